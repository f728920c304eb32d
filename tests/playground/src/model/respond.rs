//! The answers on the wire, as OpenAI's API writes them.

use super::scenario::{Failure, Step};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;

/// Chunks that may wait for a slow client.
const CHUNKS: usize = 64;

pub(super) fn failure(failure: &Failure) -> Response {
    let body = json!({ "error": { "message": "A scripted error.", "type": failure.kind } });
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}

pub(super) fn whole(id: u64, step: &Step) -> Response {
    let message = json!({ "role": "assistant", "content": step.full_text() });
    Json(json!({
        "id": format!("chat-{id}"), "object": "chat.completion", "created": 1, "model": "scripted-1",
        "choices": [{ "index": 0, "finish_reason": "stop", "message": message }],
        "usage": usage(step),
    }))
    .into_response()
}

pub(super) fn stream(id: u64, step: Step) -> Response {
    let (sender, receiver) = mpsc::channel::<Bytes>(CHUNKS);
    // Ends with the step, or when the client goes away.
    tokio::spawn(async move { play(id, step, &sender).await });
    let chunks = stream::unfold(receiver, |mut receiver| async move {
        receiver.recv().await.map(|chunk| (Ok::<_, Infallible>(chunk), receiver))
    });
    ([(header::CONTENT_TYPE, "text/event-stream")], Body::from_stream(chunks)).into_response()
}

/// Returns early when nobody listens any more.
async fn play(id: u64, step: Step, out: &mpsc::Sender<Bytes>) -> Option<()> {
    let say = |delta: Value, finish: Option<&str>| chunk(id, &delta, finish);
    out.send(say(json!({ "role": "assistant", "content": "" }), None)).await.ok()?;
    for word in step.reasoning.split_inclusive(' ') {
        out.send(say(json!({ "reasoning_content": word }), None)).await.ok()?;
    }
    for word in step.full_text().split_inclusive(' ') {
        out.send(say(json!({ "content": word }), None)).await.ok()?;
        if step.delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(step.delay_ms)).await;
        }
    }
    if step.hang {
        out.closed().await;
        return None;
    }
    for (index, call) in step.tools.iter().enumerate() {
        let call = json!({
            "index": index, "id": format!("call_{id}_{index}"), "type": "function",
            "function": { "name": call.name, "arguments": call.args.to_string() },
        });
        out.send(say(json!({ "tool_calls": [call] }), None)).await.ok()?;
    }
    let finish = if step.tools.is_empty() { "stop" } else { "tool_calls" };
    out.send(say(json!({}), Some(finish))).await.ok()?;
    let last = json!({
        "id": format!("chat-{id}"), "object": "chat.completion.chunk", "created": 1, "model": "scripted-1",
        "choices": [], "usage": usage(&step),
    });
    out.send(format!("data: {last}\n\n").into()).await.ok()?;
    out.send("data: [DONE]\n\n".into()).await.ok()
}

fn chunk(id: u64, delta: &Value, finish: Option<&str>) -> Bytes {
    let chunk = json!({
        "id": format!("chat-{id}"), "object": "chat.completion.chunk", "created": 1, "model": "scripted-1",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    });
    format!("data: {chunk}\n\n").into()
}

fn usage(step: &Step) -> Value {
    let written = step.full_text().split_whitespace().count() + 10;
    json!({ "prompt_tokens": 100, "completion_tokens": written, "total_tokens": 100 + written })
}
