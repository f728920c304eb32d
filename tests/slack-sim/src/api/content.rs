//! What messages may hold, and which channel and message a call means.

use super::answer::{Failure, fail};
use super::args::Args;
use crate::blocks::{self, Place};
use crate::message::Message;
use crate::world::{BOT_USER, Kind, World};
use serde_json::{Value, json};

/// Posted text is cut here; an update must stay below the smaller limit.
pub const POST_TEXT: usize = 40_000;
pub const UPDATE_TEXT: usize = 4_000;
pub const MARKDOWN_TEXT: usize = 12_000;
const ATTACHMENTS: usize = 100;
/// Slack tells no number; this one is a guess on the safe side.
const METADATA: usize = 16_000;

/// What a post, an update or an answer to a response_url brings.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub text: Option<String>,
    pub blocks: Option<Vec<Value>>,
    pub attachments: Option<Vec<Value>>,
    pub metadata: Option<Value>,
}

pub fn content(world: &mut World, args: &Args) -> Result<Content, Failure> {
    let markdown = args.text("markdown_text");
    let mut content = Content {
        text: args.text("text"),
        blocks: args.list("blocks", "invalid_blocks_format")?,
        attachments: args.list("attachments", "invalid_attachments")?,
        metadata: metadata(args)?,
    };
    if let Some(markdown) = markdown {
        if content.text.is_some() || content.blocks.is_some() {
            return Err(fail("markdown_text_conflict"));
        }
        if markdown.chars().count() > MARKDOWN_TEXT {
            return Err(fail("msg_too_long"));
        }
        content.text = Some(markdown.clone());
        content.blocks = Some(vec![json!({ "type": "markdown", "text": markdown })]);
    }
    check(&content)?;
    if let Some(blocks) = &mut content.blocks {
        name_blocks(world, blocks);
    }
    Ok(content)
}

fn check(content: &Content) -> Result<(), Failure> {
    let filled = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if content.text.is_none() && !filled(&content.blocks) && !filled(&content.attachments) {
        return Err(fail("no_text"));
    }
    if content.attachments.as_ref().is_some_and(|list| list.len() > ATTACHMENTS) {
        return Err(fail("too_many_attachments"));
    }
    let Some(list) = &content.blocks else { return Ok(()) };
    blocks::check(list, Place::Message).map_err(|complaint| fail("invalid_blocks").message(complaint))
}

fn metadata(args: &Args) -> Result<Option<Value>, Failure> {
    let Some(metadata) = args.json("metadata", "invalid_metadata_format")? else { return Ok(None) };
    if metadata.as_object().is_some_and(serde_json::Map::is_empty) {
        // An empty object takes metadata away.
        return Ok(Some(Value::Null));
    }
    if !metadata["event_type"].is_string() || !metadata["event_payload"].is_object() {
        return Err(fail("invalid_metadata_format"));
    }
    if metadata.to_string().len() > METADATA {
        return Err(fail("metadata_too_large"));
    }
    Ok(Some(metadata))
}

/// Slack gives an id to blocks and elements that come without one.
pub fn name_blocks(world: &mut World, blocks: &mut [Value]) {
    for block in blocks {
        if block.get("block_id").is_none_or(|id| id == "") {
            block["block_id"] = json!(world.id("b"));
        }
        for path in ["/accessory", "/element"] {
            if let Some(element) = block.pointer_mut(path) {
                name_element(world, element);
            }
        }
        if let Some(Value::Array(elements)) = block.get_mut("elements") {
            elements.iter_mut().for_each(|element| name_element(world, element));
        }
    }
}

fn name_element(world: &mut World, element: &mut Value) {
    let kind = element["type"].as_str().unwrap_or_default().to_owned();
    let passive =
        matches!(kind.as_str(), "mrkdwn" | "plain_text" | "image") || kind.starts_with("rich_text_s");
    let silent = ["rich_text_preformatted", "rich_text_list", "rich_text_quote"].contains(&kind.as_str());
    if !passive && !silent && element.get("action_id").is_none_or(|id| id == "") {
        element["action_id"] = json!(world.id("a"));
    }
}

pub fn cut(text: &str) -> String {
    text.chars().take(POST_TEXT).collect()
}

/// A conversation that the app may see: it is in it, or it is public.
pub fn visible_channel(world: &World, id: &str) -> Result<String, Failure> {
    let channel = world.channels.get(id).ok_or_else(|| fail("channel_not_found"))?;
    match channel.kind == Kind::Public || channel.members.contains(BOT_USER) {
        true => Ok(channel.id.clone()),
        false => Err(fail("channel_not_found")),
    }
}

/// A conversation that the app is in.
pub fn channel_for_bot(world: &World, id: &str) -> Result<String, Failure> {
    let id = visible_channel(world, id)?;
    let channel = &world.channels[&id];
    if !channel.members.contains(BOT_USER) {
        return Err(fail("not_in_channel"));
    }
    if channel.archived {
        return Err(fail("is_archived"));
    }
    Ok(id)
}

/// Where a post goes: a channel's id or name, or a person's id. Public channels need no membership with the scope.
pub fn post_target(world: &mut World, given: Option<String>) -> Result<String, Failure> {
    let given = given.ok_or_else(|| fail("channel_not_found"))?;
    if world.users.get(&given).is_some_and(|user| !user.bot) {
        return if world.users[&given].deactivated {
            Err(fail("user_not_found"))
        } else {
            Ok(world.direct(&given))
        };
    }
    let named =
        given.strip_prefix('#').and_then(|name| world.channel_named(name)).map(|channel| channel.id.clone());
    let id = visible_channel(world, &named.unwrap_or(given))?;
    let channel = &world.channels[&id];
    if channel.archived {
        return Err(fail("is_archived"));
    }
    let public = channel.kind == Kind::Public && world.app.scopes.contains("chat:write.public");
    if channel.members.contains(BOT_USER) || public { Ok(id) } else { Err(fail("not_in_channel")) }
}

pub fn message_mut<'a>(world: &'a mut World, channel: &str, ts: &str) -> Result<&'a mut Message, Failure> {
    let channel = world.channels.get_mut(channel).ok_or_else(|| fail("channel_not_found"))?;
    let message = channel.messages.get_mut(ts).filter(|message| !message.tombstone);
    message.ok_or_else(|| fail("message_not_found"))
}
