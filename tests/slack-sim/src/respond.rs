//! `response_url`: five answers within half an hour, without a token.

use super::api::answer::{Failure, fail};
use super::api::args::Args;
use super::api::chat::{change, post, remove, whisper};
use super::api::content::{self, Content};
use super::core::Sim;
use super::faults::Fault;
use super::witness::Call;
use super::world::{BOT_USER, World};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use std::sync::Arc;

const USES: u32 = 5;

pub(super) async fn respond(State(sim): State<Arc<Sim>>, Path(id): Path<String>, body: Bytes) -> Response {
    let fault = sim.quietly(|world| world.faults.draw("response_url", &mut world.chance));
    if let Some(Fault::Status(code)) = fault {
        return StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
    }
    if let Some(Fault::RateLimited(wait)) = fault {
        return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", wait.to_string())]).into_response();
    }
    let outcome = match serde_json::from_slice(&body) {
        Ok(Value::Object(fields)) => sim.enter(|world| recorded(world, &id, &Args(fields))),
        _ => Err(fail("invalid_payload")),
    };
    match outcome {
        Ok(()) => "ok".into_response(),
        Err(failure) => (StatusCode::NOT_FOUND, axum::Json(failure.body())).into_response(),
    }
}

fn recorded(world: &mut World, id: &str, args: &Args) -> Result<(), Failure> {
    let outcome = answer(world, id, args);
    let (body, status) = match &outcome {
        Ok(()) => (serde_json::json!({ "ok": true }), 200),
        Err(failure) => (failure.body(), 404),
    };
    let call = Call::new("response_url", args, &body, status, world.now);
    world.witness.call(call);
    outcome
}

fn answer(world: &mut World, id: &str, args: &Args) -> Result<(), Failure> {
    let (now, life) = (world.now, world.pace.response_url);
    let url = world.response_urls.get_mut(id).ok_or_else(|| fail("used_url"))?;
    if now.saturating_sub(url.made) > life {
        return Err(fail("expired_url"));
    }
    if url.uses >= USES {
        return Err(fail("used_url"));
    }
    let (channel, user, message) = (url.channel.clone(), url.user.clone(), url.message.clone());
    let thread = args.text("thread_ts").or_else(|| url.thread.clone());
    if args.flag("delete_original") == Some(true) {
        let ts = message.ok_or_else(|| fail("no_original"))?;
        used(world, id);
        take_away(world, &channel, &ts);
        return Ok(());
    }
    let content = content::content(world, args)?;
    used(world, id);
    match message.filter(|_| args.flag("replace_original") == Some(true)) {
        Some(ts) => replace(world, &channel, &ts, content),
        None => add(world, &channel, &user, args, content, thread),
    }
    Ok(())
}

fn used(world: &mut World, id: &str) {
    if let Some(url) = world.response_urls.get_mut(id) {
        url.uses += 1;
    }
}

/// An answer is seen by that person only, unless it says otherwise.
pub(super) fn add(
    world: &mut World,
    channel: &str,
    user: &str,
    args: &Args,
    content: Content,
    thread: Option<String>,
) {
    match args.text("response_type").as_deref() {
        Some("in_channel") => drop(post(world, channel, BOT_USER, content, thread, false)),
        _ => drop(whisper(world, channel, user, content, thread)),
    }
}

fn replace(world: &mut World, channel: &str, ts: &str, content: Content) {
    let now = world.now;
    let Some(place) = world.channels.get_mut(channel) else { return };
    let Some(shown) = place.ephemerals.iter_mut().find(|one| one.message.ts == ts) else {
        // The original is replaced as a whole.
        let blocks = Some(content.blocks.unwrap_or_default());
        change(world, channel, ts, Content { blocks, ..content });
        return;
    };
    shown.message.revise(now);
    shown.message.text = content.text.unwrap_or_default();
    shown.message.blocks = content.blocks.unwrap_or_default();
}

fn take_away(world: &mut World, channel: &str, ts: &str) {
    if let Some(place) = world.channels.get_mut(channel) {
        place.ephemerals.retain(|one| one.message.ts != ts);
    }
    remove(world, channel, ts);
}
