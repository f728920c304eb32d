//! Posting, changing and deleting messages.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::{self, Content, channel_for_bot, content, message_mut, post_target};
use crate::message::{Ephemeral, Message};
use crate::world::{BOT_USER, World};
use serde_json::{Value, json};

pub(super) fn post_message(world: &mut World, args: &Args) -> Answer {
    let channel = post_target(world, args.text("channel"))?;
    let content = content(world, args)?;
    let thread = thread(world, &channel, args)?;
    let broadcast = args.flag("reply_broadcast").unwrap_or(false);
    let ts = post(world, &channel, BOT_USER, content, thread, broadcast);
    let message = world.channels[&channel].messages[&ts].view(&world.channels[&channel], true);
    Ok(json!({ "channel": channel, "ts": ts, "message": message }))
}

/// The thread that a reply goes to. Its first message must be there, and be no reply itself.
pub(super) fn thread(world: &World, channel: &str, args: &Args) -> Result<Option<String>, Failure> {
    let Some(thread) = args.text("thread_ts") else { return Ok(None) };
    match world.channels[channel].messages.get(&thread) {
        None => Err(fail("thread_not_found")),
        Some(message) if message.is_reply() => Err(fail("cannot_reply_to_message")),
        Some(_) => Ok(Some(thread)),
    }
}

/// Puts a message into a channel and tells the app, as Slack does also for the app's own posts.
pub fn post(
    world: &mut World,
    channel: &str,
    user: &str,
    content: Content,
    thread: Option<String>,
    broadcast: bool,
) -> String {
    let ts = world.ts();
    let message = Message {
        ts: ts.clone(),
        channel: channel.to_owned(),
        user: user.to_owned(),
        text: content::cut(&content.text.unwrap_or_default()),
        blocks: content.blocks.unwrap_or_default(),
        attachments: content.attachments.unwrap_or_default(),
        metadata: content.metadata.filter(Value::is_object),
        thread_ts: thread,
        broadcast,
        ..Message::default()
    };
    insert(world, message);
    ts
}

/// Puts a whole message into its channel, and tells the app.
pub fn insert(world: &mut World, message: Message) {
    let (id, ts) = (message.channel.clone(), message.ts.clone());
    let Some(channel) = world.channels.get_mut(&id) else { return };
    channel.messages.insert(ts.clone(), message);
    let channel = &world.channels[&id];
    let (kind, subscription) = channel.kind_names();
    let mut event = channel.messages[&ts].view(channel, true);
    event["channel"] = json!(id);
    event["channel_type"] = json!(kind);
    event["event_ts"] = json!(ts);
    if channel.members.contains(BOT_USER) {
        world.event(subscription, event);
    }
}

pub(super) fn post_ephemeral(world: &mut World, args: &Args) -> Answer {
    let channel = post_target(world, args.text("channel"))?;
    let content = content(world, args)?;
    let user = args.text("user").ok_or_else(|| fail("user_not_found"))?;
    if !world.channels[&channel].members.contains(&user) {
        return Err(fail("user_not_in_channel"));
    }
    let thread = thread(world, &channel, args)?;
    let ts = whisper(world, &channel, &user, content, thread);
    Ok(json!({ "message_ts": ts }))
}

/// Shows a message to one person only.
pub fn whisper(
    world: &mut World,
    channel: &str,
    user: &str,
    content: Content,
    thread: Option<String>,
) -> String {
    let ts = world.ts();
    let message = Message {
        ts: ts.clone(),
        channel: channel.to_owned(),
        user: BOT_USER.to_owned(),
        text: content::cut(&content.text.unwrap_or_default()),
        blocks: content.blocks.unwrap_or_default(),
        attachments: content.attachments.unwrap_or_default(),
        thread_ts: thread,
        ..Message::default()
    };
    if let Some(channel) = world.channels.get_mut(channel) {
        channel.ephemerals.push(Ephemeral { user: user.to_owned(), message });
    }
    ts
}

pub(super) fn update(world: &mut World, args: &Args) -> Answer {
    let channel = channel_for_bot(world, &args.text("channel").unwrap_or_default())?;
    let ts = args.text("ts").ok_or_else(|| fail("message_not_found"))?;
    let message = message_mut(world, &channel, &ts)?;
    if !message.from_bot() {
        return Err(fail("cant_update_message"));
    }
    if message.stream.as_ref().is_some_and(|stream| !stream.done) {
        expire(world, &channel, &ts)?;
    }
    if args.text("text").is_some_and(|text| text.chars().count() > content::UPDATE_TEXT) {
        return Err(fail("msg_too_long"));
    }
    let content = content(world, args)?;
    change(world, &channel, &ts, content);
    let message = world.channels[&channel].messages[&ts].clone();
    let view = message.view(&world.channels[&channel], true);
    Ok(json!({ "channel": channel, "ts": ts, "text": message.text, "message": view }))
}

/// A stream that still runs cannot be changed; one that ran out can.
fn expire(world: &mut World, channel: &str, ts: &str) -> Result<(), Failure> {
    let (now, life) = (world.now, world.pace.stream);
    let stream = message_mut(world, channel, ts)?.stream.as_mut();
    match stream {
        Some(stream) if now.saturating_sub(stream.started) < life => Err(fail("streaming_state_conflict")),
        Some(stream) => {
            stream.done = true;
            Ok(())
        }
        None => Ok(()),
    }
}

/// Replaces what a message shows. What is not given is kept: new text alone leaves blocks, and so buttons, as they were.
pub fn change(world: &mut World, channel: &str, ts: &str, content: Content) {
    let (now, edited) = (world.now, world.ts());
    let Ok(message) = message_mut(world, channel, ts) else { return };
    let before = message.clone();
    message.revise(now);
    if let Some(text) = content.text {
        message.text = text;
    }
    if let Some(blocks) = content.blocks {
        message.blocks = blocks;
    }
    if let Some(attachments) = content.attachments {
        message.attachments = attachments;
    }
    if let Some(metadata) = content.metadata {
        message.metadata = Some(metadata).filter(Value::is_object);
    }
    message.edited = Some(edited.clone());
    changed(world, channel, &before, &edited);
}

/// Tells the app that a message is another one now.
pub fn changed(world: &mut World, channel: &str, before: &Message, event_ts: &str) {
    let Some(place) = world.channels.get(channel) else { return };
    let Some(message) = place.messages.get(&before.ts) else { return };
    let (kind, subscription) = place.kind_names();
    let event = json!({
        "type": "message", "subtype": "message_changed", "hidden": true, "channel": channel, "channel_type": kind,
        "ts": event_ts, "event_ts": event_ts, "message": message.view(place, true),
        "previous_message": before.view(place, true),
    });
    world.event(subscription, event);
}

pub(super) fn delete(world: &mut World, args: &Args) -> Answer {
    let channel = channel_for_bot(world, &args.text("channel").unwrap_or_default())?;
    let ts = args.text("ts").ok_or_else(|| fail("message_not_found"))?;
    if !message_mut(world, &channel, &ts)?.from_bot() {
        return Err(fail("cant_delete_message"));
    }
    remove(world, &channel, &ts);
    Ok(json!({ "channel": channel, "ts": ts }))
}

/// Takes a message away; a parent with replies leaves a tombstone.
pub fn remove(world: &mut World, channel: &str, ts: &str) {
    let event_ts = world.ts();
    let Some(place) = world.channels.get_mut(channel) else { return };
    let has_replies = place.thread(ts).any(Message::is_reply);
    let Some(message) = place.messages.get_mut(ts) else { return };
    let before: Value = message.clone().view(&world.channels[channel], true);
    let Some(place) = world.channels.get_mut(channel) else { return };
    if has_replies {
        if let Some(message) = place.messages.get_mut(ts) {
            message.tombstone = true;
            message.subtype = Some("tombstone".to_owned());
            message.text = "This message was deleted.".to_owned();
            message.blocks.clear();
            message.attachments.clear();
            message.metadata = None;
        }
    } else {
        place.messages.remove(ts);
    }
    let (kind, subscription) = place.kind_names();
    let event = json!({
        "type": "message", "subtype": "message_deleted", "hidden": true, "channel": channel, "channel_type": kind,
        "ts": event_ts, "event_ts": event_ts, "deleted_ts": ts, "previous_message": before,
    });
    world.event(subscription, event);
}

pub(super) fn permalink(world: &mut World, args: &Args) -> Answer {
    let channel = super::content::visible_channel(world, &args.text("channel").unwrap_or_default())?;
    let ts = args.text("message_ts").ok_or_else(|| fail("message_not_found"))?;
    message_mut(world, &channel, &ts)?;
    let path = ts.replace('.', "");
    Ok(
        json!({ "channel": channel, "permalink": format!("https://simulated.slack.example/archives/{channel}/p{path}") }),
    )
}
