//! Channels, direct messages, their members and what was said in them.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::visible_channel;
use super::need_scope;
use crate::message::Message;
use crate::world::{BOT_USER, Channel, Kind, World};
use serde_json::{Value, json};

const PAGE: u64 = 100;
const MAX_PAGE: u64 = 1000;

fn meant(world: &World, args: &Args) -> Result<String, Failure> {
    visible_channel(world, &args.text("channel").unwrap_or_default())
}

pub(super) fn open(world: &mut World, args: &Args) -> Answer {
    if let Some(channel) = args.text("channel") {
        visible_channel(world, &channel)?;
        return Ok(json!({ "channel": { "id": channel } }));
    }
    let users = args.text("users").ok_or_else(|| fail("users_list_not_supplied"))?;
    let users: Vec<&str> = users.split(',').map(str::trim).filter(|user| !user.is_empty()).collect();
    if users.iter().any(|user| !world.users.contains_key(*user)) {
        return Err(fail("user_not_found"));
    }
    let id = match users.as_slice() {
        [user] if world.users[*user].deactivated => return Err(fail("user_disabled")),
        [user] => world.direct(user),
        many => group(world, many),
    };
    let view = world.channels[&id].view();
    let short = json!({ "id": id });
    Ok(json!({ "channel": if args.flag("return_im") == Some(true) { view } else { short } }))
}

fn group(world: &mut World, users: &[&str]) -> String {
    let members: std::collections::BTreeSet<String> =
        users.iter().chain(&[BOT_USER]).map(|&user| user.to_owned()).collect();
    let known =
        world.channels.values().find(|channel| channel.kind == Kind::Group && channel.members == members);
    if let Some(channel) = known {
        return channel.id.clone();
    }
    let id = world.id("G");
    world.channels.insert(id.clone(), Channel::new(&id, &format!("mpdm-{id}"), Kind::Group, members));
    id
}

pub(super) fn info(world: &mut World, args: &Args) -> Answer {
    let channel = &world.channels[&meant(world, args)?];
    need_scope(world, &format!("{}:read", channel.scope_family()))?;
    Ok(json!({ "channel": channel.view() }))
}

pub(super) fn list(world: &mut World, args: &Args) -> Answer {
    let kinds = args.text("types").unwrap_or_else(|| "public_channel".to_owned());
    let wanted = |channel: &&Channel| {
        let name = match channel.kind {
            Kind::Public => "public_channel",
            Kind::Private => "private_channel",
            Kind::Direct => "im",
            Kind::Group => "mpim",
        };
        let seen = channel.kind == Kind::Public || channel.members.contains(BOT_USER);
        kinds.split(',').any(|kind| kind.trim() == name)
            && seen
            && !(args.flag("exclude_archived") == Some(true) && channel.archived)
    };
    let found: Vec<Value> = world.channels.values().filter(wanted).map(Channel::view).collect();
    page(args, found, "channels")
}

pub(super) fn members(world: &mut World, args: &Args) -> Answer {
    let channel = &world.channels[&meant(world, args)?];
    let found = channel.members.iter().map(|member| json!(member)).collect();
    page(args, found, "members")
}

pub(super) fn join(world: &mut World, args: &Args) -> Answer {
    let id = meant(world, args)?;
    let Some(channel) = world.channels.get_mut(&id) else { return Err(fail("channel_not_found")) };
    if channel.kind != Kind::Public {
        return Err(fail("method_not_supported_for_channel_type"));
    }
    if channel.archived {
        return Err(fail("is_archived"));
    }
    channel.members.insert(BOT_USER.to_owned());
    Ok(json!({ "channel": channel.view() }))
}

pub(super) fn history(world: &mut World, args: &Args) -> Answer {
    let channel = readable(world, args)?;
    let shown = |message: &&Message| (!message.is_reply() || message.broadcast) && within(message, args);
    let found = channel.messages.values().rev().filter(shown);
    let found = found.map(|message| message.view(channel, with_metadata(args))).collect();
    paged_messages(args, found)
}

pub(super) fn replies(world: &mut World, args: &Args) -> Answer {
    let channel = readable(world, args)?;
    let ts = args.text("ts").ok_or_else(|| fail("thread_not_found"))?;
    let asked = channel.messages.get(&ts).ok_or_else(|| fail("thread_not_found"))?;
    // Asked for a reply, Slack answers with that one message.
    let thread: Vec<&Message> = if asked.is_reply() { vec![asked] } else { channel.thread(&ts).collect() };
    let found = thread.into_iter().filter(|message| message.ts == ts || within(message, args));
    let found = found.map(|message| message.view(channel, with_metadata(args))).collect();
    paged_messages(args, found)
}

fn readable<'a>(world: &'a World, args: &Args) -> Result<&'a Channel, Failure> {
    let channel = &world.channels[&meant(world, args)?];
    need_scope(world, &format!("{}:history", channel.scope_family()))?;
    // Public channels can be read without being in them by no bot token.
    if channel.members.contains(BOT_USER) { Ok(channel) } else { Err(fail("not_in_channel")) }
}

fn with_metadata(args: &Args) -> bool {
    args.flag("include_all_metadata") == Some(true)
}

fn within(message: &Message, args: &Args) -> bool {
    let inclusive = args.flag("inclusive") == Some(true);
    let at = seconds(&message.ts);
    let after = args.text("oldest").is_none_or(|oldest| {
        let oldest = seconds(&oldest);
        at > oldest || (inclusive && (at - oldest).abs() < 1e-7)
    });
    let before = args.text("latest").is_none_or(|latest| {
        let latest = seconds(&latest);
        at < latest || (inclusive && (at - latest).abs() < 1e-7)
    });
    after && before
}

fn seconds(ts: &str) -> f64 {
    ts.parse().unwrap_or(0.0)
}

fn paged_messages(args: &Args, found: Vec<Value>) -> Answer {
    let mut answer = page(args, found, "messages")?;
    answer["has_more"] = json!(answer["response_metadata"]["next_cursor"] != "");
    Ok(answer)
}

fn page(args: &Args, found: Vec<Value>, key: &str) -> Answer {
    let start = match args.text("cursor") {
        None => 0,
        Some(cursor) => {
            let number = cursor.strip_prefix("next-").and_then(|number| number.parse().ok());
            number.ok_or_else(|| fail("invalid_cursor"))?
        }
    };
    let limit = args.number("limit").unwrap_or(PAGE);
    if limit == 0 || limit > MAX_PAGE {
        return Err(fail("invalid_limit"));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > start + limit;
    let next = if more { format!("next-{}", start + limit) } else { String::new() };
    let items: Vec<Value> = found.into_iter().skip(start).take(limit).collect();
    Ok(json!({ key: items, "response_metadata": { "next_cursor": next } }))
}
