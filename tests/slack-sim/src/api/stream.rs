//! Streams: a message that grows while people read. They live about five minutes, which Slack documents nowhere.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::{MARKDOWN_TEXT, channel_for_bot, message_mut, name_blocks};
use crate::blocks::{self, Place};
use crate::message::{Message, Stream};
use crate::world::{BOT_USER, Kind, World};
use serde_json::{Value, json};

const CHUNK_BLOCKS: usize = 50;

pub(super) fn start(world: &mut World, args: &Args) -> Answer {
    let channel = channel_for_bot(world, &args.text("channel").unwrap_or_default())?;
    let thread = super::chat::thread(world, &channel, args)?;
    let direct = world.channels[&channel].kind == Kind::Direct;
    for recipient in ["recipient_user_id", "recipient_team_id"] {
        if !direct && args.text(recipient).is_none() {
            return Err(fail(if recipient.contains("user") {
                "missing_recipient_user_id"
            } else {
                "missing_recipient_team_id"
            }));
        }
    }
    let mut stream = Stream {
        started: world.now,
        markdown: String::new(),
        tasks: Vec::new(),
        plan: None,
        extra: Vec::new(),
        done: false,
    };
    grow(&mut stream, args)?;
    if world.faults.oddities.nameless_streams {
        stream.extra.iter_mut().for_each(|block| block["block_id"] = json!(""));
        name_blocks(world, &mut stream.extra);
    }
    let ts = world.ts();
    let mut message = Message {
        ts: ts.clone(),
        channel: channel.clone(),
        user: BOT_USER.to_owned(),
        thread_ts: thread,
        stream: Some(stream),
        ..Message::default()
    };
    show(&mut message, &[]);
    super::chat::insert(world, message);
    Ok(json!({ "channel": channel, "ts": ts }))
}

pub(super) fn append(world: &mut World, args: &Args) -> Answer {
    let (channel, ts) = running(world, args)?;
    if args.text("markdown_text").is_none() && args.0.get("chunks").is_none() {
        return Err(fail("no_text"));
    }
    let now = world.now;
    let message = message_mut(world, &channel, &ts)?;
    if let Some(stream) = &mut message.stream {
        grow(stream, args)?;
    }
    message.revise(now);
    show(message, &[]);
    Ok(json!({ "channel": channel, "ts": ts }))
}

pub(super) fn stop(world: &mut World, args: &Args) -> Answer {
    let (channel, ts) = running(world, args)?;
    let mut last = args.list("blocks", "invalid_blocks_format")?.unwrap_or_default();
    blocks::check(&last, Place::Message).map_err(|complaint| fail("invalid_blocks").message(complaint))?;
    name_blocks(world, &mut last);
    let (now, metadata) = (world.now, args.json("metadata", "invalid_metadata_format")?);
    let message = message_mut(world, &channel, &ts)?;
    let before = message.clone();
    if let Some(stream) = &mut message.stream {
        grow(stream, args)?;
        stream.done = true;
    }
    message.revise(now);
    message.metadata = metadata.or(message.metadata.take());
    show(message, &last);
    let event_ts = world.ts();
    super::chat::changed(world, &channel, &before, &event_ts);
    let view = world.channels[&channel].messages[&ts].view(&world.channels[&channel], true);
    Ok(json!({ "channel": channel, "ts": ts, "message": view }))
}

/// The stream that is meant, if it still is one.
fn running(world: &mut World, args: &Args) -> Result<(String, String), Failure> {
    let channel = channel_for_bot(world, &args.text("channel").unwrap_or_default())?;
    let ts = args.text("ts").ok_or_else(|| fail("message_not_found"))?;
    let (now, life) = (world.now, world.pace.stream);
    let message = message_mut(world, &channel, &ts)?;
    if !message.from_bot() {
        return Err(fail("message_not_owned_by_app"));
    }
    let lives = |stream: &Stream| !stream.done && now.saturating_sub(stream.started) < life;
    match message.stream.as_ref().is_some_and(lives) {
        true => Ok((channel, ts)),
        false => Err(fail("message_not_in_streaming_state")),
    }
}

fn grow(stream: &mut Stream, args: &Args) -> Result<(), Failure> {
    if let Some(text) = args.text("markdown_text") {
        grow_text(stream, &text)?;
    }
    for chunk in args.list("chunks", "invalid_chunks")?.unwrap_or_default() {
        grow_chunk(stream, &chunk)?;
    }
    Ok(())
}

fn grow_text(stream: &mut Stream, text: &str) -> Result<(), Failure> {
    if text.chars().count() > MARKDOWN_TEXT {
        return Err(fail("msg_too_long"));
    }
    stream.markdown.push_str(text);
    Ok(())
}

fn grow_chunk(stream: &mut Stream, chunk: &Value) -> Result<(), Failure> {
    match chunk["type"].as_str() {
        Some("markdown_text") => {
            grow_text(stream, chunk["text"].as_str().ok_or_else(|| fail("invalid_chunks"))?)
        }
        Some("plan_update") => {
            stream.plan = chunk["title"].as_str().map(str::to_owned);
            Ok(())
        }
        Some("task_update") => {
            let id = chunk["id"].as_str().ok_or_else(|| fail("invalid_chunks"))?;
            let mut card = chunk.clone();
            card["type"] = json!("task_card");
            card["task_id"] = json!(id);
            stream.tasks.retain(|task| task["task_id"] != id);
            stream.tasks.push(card);
            Ok(())
        }
        Some("blocks") => grow_blocks(stream, chunk),
        _ => Err(fail("invalid_chunks")),
    }
}

fn grow_blocks(stream: &mut Stream, chunk: &Value) -> Result<(), Failure> {
    let given = chunk["blocks"].as_array().ok_or_else(|| fail("invalid_chunks"))?;
    blocks::check(given, Place::Message).map_err(|complaint| fail("invalid_blocks").message(complaint))?;
    stream.extra.extend(given.iter().cloned());
    if stream.extra.len() > CHUNK_BLOCKS { Err(fail("invalid_blocks")) } else { Ok(()) }
}

/// What people see of a stream at this moment.
fn show(message: &mut Message, last: &[Value]) {
    let Some(stream) = &message.stream else { return };
    message.text.clone_from(&stream.markdown);
    let plan = stream.plan.iter().map(|title| json!({ "type": "plan", "title": title }));
    let markdown = Some(&stream.markdown).filter(|text| !text.is_empty());
    let markdown = markdown.map(|text| json!({ "type": "markdown", "text": text }));
    let shown = plan.chain(stream.tasks.iter().cloned()).chain(markdown).chain(stream.extra.iter().cloned());
    message.blocks = shown.chain(last.iter().cloned()).collect();
}
