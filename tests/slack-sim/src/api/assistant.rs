//! Status, title and suggested prompts of an assistant thread.

use super::answer::{Answer, Failure, fail};
use super::args::Args;
use super::content::channel_for_bot;
use crate::world::World;
use serde_json::{Value, json};

/// Loading messages that a status may rotate through, and prompts that may be suggested.
const MAX_LOADING: usize = 10;
const MAX_PROMPTS: usize = 4;

fn put(world: &mut World, args: &Args, key: &str, value: Value) -> Answer {
    let channel = channel_for_bot(world, &args.text("channel_id").unwrap_or_default())?;
    let thread = args.text("thread_ts").ok_or_else(|| fail("invalid_thread_ts"))?;
    let known = world.channels.get(&channel).is_some_and(|channel| channel.messages.contains_key(&thread));
    if !known {
        return Err(fail("invalid_thread_ts"));
    }
    let state = world.assistant.entry((channel, thread)).or_insert_with(|| json!({}));
    state[key] = value;
    Ok(json!({}))
}

pub(super) fn status(world: &mut World, args: &Args) -> Answer {
    let loading = args.list("loading_messages", "invalid_arguments")?.unwrap_or_default();
    if loading.len() > MAX_LOADING {
        return Err(fail("invalid_arguments"));
    }
    let given = matches!(args.0.get("status"), Some(Value::String(_)));
    let status = if given { args.text("status").unwrap_or_default() } else { return Err(missing("status")) };
    put(world, args, "status", json!(status))
}

pub(super) fn title(world: &mut World, args: &Args) -> Answer {
    let title = args.text("title").ok_or_else(|| missing("title"))?;
    put(world, args, "title", json!(title))
}

pub(super) fn prompts(world: &mut World, args: &Args) -> Answer {
    let prompts = args.list("prompts", "invalid_arguments")?.ok_or_else(|| missing("prompts"))?;
    let whole = |prompt: &Value| prompt["title"].is_string() && prompt["message"].is_string();
    if prompts.len() > MAX_PROMPTS || !prompts.iter().all(whole) {
        return Err(fail("invalid_arguments"));
    }
    put(world, args, "prompts", json!(prompts))
}

fn missing(field: &str) -> Failure {
    fail("invalid_arguments").message(format!("[ERROR] missing required field: {field}"))
}
