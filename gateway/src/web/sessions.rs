//! Sessions: list, make, write to, stop.

use super::files::{NewFile, attachments};
use super::steer::checked_key;
use super::{Api, Problem};
use crate::sessions::desk::{Refusal, Start, Started, checked_title};
use crate::sessions::live::SessionView;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bridge_protocol::{Command, FileChange, HoldMode, MessageInfo, ModelRef, ReplyResult, limits};
use gateway_domain::{Person, Priority};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub(super) const DEADLINE: Duration = Duration::from_millis(limits::COMMAND_DEADLINE_MS);

/// Most messages in one answer.
const MAX_MESSAGES: u32 = 200;

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSession {
    directory: String,
    title: String,
    project: Option<String>,
    /// The pod to work in; with just one connected it need not be named.
    pod: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
    #[serde(default)]
    hold: HoldMode,
    category: Option<String>,
    priority: Option<Priority>,
    /// The first message.
    prompt: Option<String>,
    /// The files of the first message.
    #[serde(default)]
    files: Vec<NewFile>,
    /// The sender's own word for this start: sent again with the same one, it is the same session.
    key: Option<String>,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Title {
    title: String,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hold {
    hold: HoldMode,
}

#[derive(JsonSchema, Debug, Deserialize)]
pub(super) struct Page {
    limit: Option<u32>,
    before: Option<String>,
}

/// A page of messages, the oldest first.
#[derive(JsonSchema, Serialize)]
pub(super) struct Messages {
    messages: Vec<MessageInfo>,
    /// Older ones exist: ask again with `before` set to the id of the first.
    more: bool,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Diff {
    files: Vec<FileChange>,
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
    Refusal::UnknownSession(id.to_owned()).into()
}

pub(super) async fn create(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    body: Result<Json<NewSession>, JsonRejection>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    let Json(wanted) = body?;
    let key = wanted.key.map_or_else(|| Ok(api.ids.next("")), checked_key)?;
    let start = Start {
        by,
        directory: wanted.directory,
        title: wanted.title,
        key,
        project: wanted.project,
        pod: wanted.pod,
        agent: wanted.agent,
        model: wanted.model,
        hold: wanted.hold,
        category: wanted.category,
        priority: wanted.priority,
        prompt: wanted.prompt,
        files: attachments(wanted.files)?,
        place: None,
    };
    let Started { session, new } = api.desk.start(start).await?;
    let view = api.board.get(&session).ok_or_else(|| unknown(&session))?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(view)))
}

/// Messages as OpenCode has them, oldest first.
pub(super) async fn messages(
    State(api): State<Api>,
    Path(id): Path<String>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Messages>, Problem> {
    let (id, Query(page)) = (checked(id)?, page?);
    let limit = page.limit.unwrap_or(50).clamp(1, MAX_MESSAGES);
    let command = Command::SessionMessages { session_id: id.clone(), limit, before: page.before };
    match api.caller.call_session(&id, command, DEADLINE).await? {
        ReplyResult::Messages { messages, more } => Ok(Json(Messages { messages, more })),
        _ => Err(odd_reply()),
    }
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

pub(super) async fn diff(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Diff>, Problem> {
    let id = checked(id)?;
    let command = Command::SessionDiff { session_id: id.clone(), message_id: None };
    match api.caller.call_session(&id, command, DEADLINE).await? {
        ReplyResult::Diff { files } => Ok(Json(Diff { files })),
        _ => Err(odd_reply()),
    }
}

pub(super) fn odd_reply() -> Problem {
    Problem::new(
        StatusCode::BAD_GATEWAY,
        "The plugin answered oddly",
        "The plugin's reply does not fit the command; it may be of another version.",
    )
}
