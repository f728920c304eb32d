//! Sessions: list, make, write to, stop.

use super::{Api, Problem};
use crate::sessions::live::SessionView;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use bridge_protocol::{Command, HoldMode, ModelRef, PromptPart, ReplyResult, limits};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

pub(super) const DEADLINE: Duration = Duration::from_millis(limits::COMMAND_DEADLINE_MS);

/// Longest title OpenCode's lists show in one line with some room.
const MAX_TITLE: usize = 200;

/// Most messages in one answer.
const MAX_MESSAGES: u32 = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    directory: String,
    title: String,
    /// The pod to work in; with just one connected it need not be named.
    pod: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
    #[serde(default)]
    hold: HoldMode,
    /// The first message.
    prompt: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    text: String,
    /// The sender's own word for this message: sent again with the same one, it is written once.
    key: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resume {
    /// The newest user message, whose turn OpenCode's death cut short.
    message_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Title {
    title: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hold {
    hold: HoldMode,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    limit: Option<u32>,
    before: Option<String>,
}

/// Checks an id that came from outside before anything is done with it.
pub(super) fn checked(id: String) -> Result<String, Problem> {
    match gateway_domain::SessionId::parse(&id) {
        Ok(_) => Ok(id),
        Err(error) => Err(Problem::bad_request(error.to_string())),
    }
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<SessionView>> {
    Json(api.board.list())
}

pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
) -> Result<Json<SessionView>, Problem> {
    let id = checked(id)?;
    api.board.get(&id).map(Json).ok_or_else(|| unknown(&id))
}

pub(super) fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("No session {id} is known; `gateway sessions list` shows those that are."))
}

pub(super) async fn create(
    State(api): State<Api>,
    body: Result<Json<NewSession>, JsonRejection>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    let Json(NewSession { directory, title, pod, agent, model, hold, prompt }) = body?;
    let title = checked_title(&title)?;
    let pod = choose_pod(&api, pod)?;
    let command =
        Command::SessionCreate { directory, title, agent: agent.clone(), model: model.clone(), hold };
    let ReplyResult::Session { session } = api.caller.call(&pod, command, DEADLINE).await? else {
        return Err(odd_reply());
    };
    api.board.made(&pod.as_str().into(), &session);
    if let Some(text) = prompt {
        deliver(&api, &session.id, NewMessage { text, key: None, agent, model }).await?;
    }
    let view = api.board.get(&session.id).ok_or_else(|| unknown(&session.id))?;
    Ok((StatusCode::CREATED, Json(view)))
}

pub(super) async fn send(
    State(api): State<Api>,
    Path(id): Path<String>,
    body: Result<Json<NewMessage>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (id, Json(message)) = (checked(id)?, body?);
    let message_id = deliver(&api, &id, message).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "message_id": message_id }))))
}

/// Sends under ids of our own, so that it can be read back whether OpenCode took the message.
async fn deliver(api: &Api, session: &str, message: NewMessage) -> Result<String, Problem> {
    if message.text.trim().is_empty() {
        return Err(Problem::bad_request("The message is empty; write what the agent should do."));
    }
    let key = message.key.map_or_else(|| Ok(api.ids.next("")), checked_key)?;
    let message_id = format!("msg_gw{key}");
    let text = PromptPart::Text { id: format!("prt_gw{key}"), text: message.text };
    let command = Command::SessionMessage {
        session_id: session.to_owned(),
        message_id: message_id.clone(),
        parts: vec![text],
        agent: message.agent,
        model: message.model,
        no_reply: false,
    };
    api.caller.call_session(session, command, DEADLINE).await?;
    Ok(message_id)
}

/// Messages as OpenCode has them, oldest first.
pub(super) async fn messages(
    State(api): State<Api>,
    Path(id): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let (id, Query(page)) = (checked(id)?, page?);
    let limit = page.limit.unwrap_or(50).clamp(1, MAX_MESSAGES);
    let command = Command::SessionMessages { session_id: id.clone(), limit, before: page.before };
    match api.caller.call_session(&id, command, DEADLINE).await? {
        ReplyResult::Messages { messages, more } => Ok(Json(json!({ "messages": messages, "more": more }))),
        _ => Err(odd_reply()),
    }
}

pub(super) async fn abort(State(api): State<Api>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let id = checked(id)?;
    api.caller.call_session(&id, Command::SessionAbort { session_id: id.clone() }, DEADLINE).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Goes on with a turn that was cut short.
pub(super) async fn resume(
    State(api): State<Api>,
    Path(id): Path<String>,
    body: Result<Json<Resume>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (id, Json(Resume { message_id })) = (checked(id)?, body?);
    let command = Command::SessionResume { session_id: id.clone(), message_id };
    api.caller.call_session(&id, command, DEADLINE).await?;
    Ok(StatusCode::ACCEPTED)
}

pub(super) async fn rename(
    State(api): State<Api>,
    Path(id): Path<String>,
    body: Result<Json<Title>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (id, Json(Title { title })) = (checked(id)?, body?);
    let command = Command::SessionRename { session_id: id.clone(), title: checked_title(&title)? };
    api.caller.call_session(&id, command, DEADLINE).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn hold(
    State(api): State<Api>,
    Path(id): Path<String>,
    body: Result<Json<Hold>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let (id, Json(Hold { hold })) = (checked(id)?, body?);
    api.caller.call_session(&id, Command::SessionHold { session_id: id.clone(), hold }, DEADLINE).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn diff(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let id = checked(id)?;
    let command = Command::SessionDiff { session_id: id.clone(), message_id: None };
    match api.caller.call_session(&id, command, DEADLINE).await? {
        ReplyResult::Diff { files } => Ok(Json(json!({ "files": files }))),
        _ => Err(odd_reply()),
    }
}

fn checked_key(key: String) -> Result<String, Problem> {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && (8..=64).contains(&key.len()) {
        return Ok(key);
    }
    Err(Problem::bad_request("A message's key has 8 to 64 letters or digits."))
}

fn checked_title(title: &str) -> Result<String, Problem> {
    let title = title.trim();
    if title.is_empty() || title.chars().count() > MAX_TITLE || title.chars().any(char::is_control) {
        return Err(Problem::bad_request(format!("A title has 1 to {MAX_TITLE} characters in one line.")));
    }
    Ok(title.to_owned())
}

fn choose_pod(api: &Api, wanted: Option<String>) -> Result<String, Problem> {
    if let Some(pod) = wanted {
        return Ok(pod);
    }
    let mut connected: Vec<_> =
        api.caller.status().into_iter().filter(|pod| pod.connected).map(|pod| pod.pod).collect();
    match connected.len() {
        1 => Ok(connected.remove(0)),
        0 => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "OpenCode cannot be reached now",
            "No OpenCode pod is connected; start one with the plugin (see README.md).",
        )),
        _ => Err(Problem::bad_request(format!("Say in which pod: {}.", connected.join(", ")))),
    }
}

pub(super) fn odd_reply() -> Problem {
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "The plugin answered oddly",
        "The plugin's reply does not fit the command; it may be of another version.",
    )
}
