//! Sessions: list, make, write to, stop.

use super::steer::{checked_key, deliver};
use super::{Api, Problem};
use crate::sessions::live::SessionView;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bridge_protocol::{Command, HoldMode, ModelRef, ReplyResult, limits};
use gateway_domain::{About, ModelChoice, Person, Said, Sort};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
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
    project: Option<String>,
    /// The pod to work in; with just one connected it need not be named.
    pod: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
    #[serde(default)]
    hold: HoldMode,
    /// The first message.
    prompt: Option<String>,
    /// The sender's own word for this start: sent again with the same one, it is the same session.
    key: Option<String>,
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
    Extension(by): Extension<Person>,
    body: Result<Json<NewSession>, JsonRejection>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    let Json(mut wanted) = body?;
    wanted.title = checked_title(&wanted.title)?;
    wanted.key = wanted.key.map(checked_key).transpose()?;
    let key = wanted.key.clone().unwrap_or_else(|| api.ids.next(""));
    let (id, status) = match started_before(&api, &key) {
        Some(id) => (id, StatusCode::OK),
        None => (make(&api, &wanted, &key, by.clone()).await?, StatusCode::CREATED),
    };
    if let Some(text) = wanted.prompt {
        let model = wanted.model.map(|model| ModelChoice { provider: model.provider, model: model.model });
        let (message_id, agent) = (format!("msg_gw{key}"), wanted.agent);
        deliver(&api, &id, Said { message_id, by, text, agent, model }).await?;
    }
    let view = api.board.get(&id).ok_or_else(|| unknown(&id))?;
    Ok((status, Json(view)))
}

/// The session that was started for the same.
fn started_before(api: &Api, key: &str) -> Option<String> {
    let cards = api.threads.cards();
    let same = cards.iter().find(|card| card.about.start_key.as_deref() == Some(key))?;
    Some(same.session.clone())
}

/// Makes the session. Whoever is killed in the middle and asks again with the same key gets the one that was made.
async fn make(api: &Api, wanted: &NewSession, key: &str, owner: Person) -> Result<String, Problem> {
    let running: Vec<_> = api.threads.cards().iter().map(|card| (**card).clone()).collect();
    if let Err(reached) = api.limits.check(&running, wanted.project.as_deref(), &owner.id) {
        let detail = format!("{reached}.");
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "Too many sessions run", detail));
    }
    let pod = choose_pod(api, wanted.pod.clone())?;
    let NewSession { directory, title, agent, model, hold, .. } = wanted;
    let (directory, title, agent, model) = (directory.clone(), title.clone(), agent.clone(), model.clone());
    let command = Command::SessionCreate { directory, title, agent, model, hold: *hold };
    let made = api.caller.call_as(format!("req_start_{key}"), &pod, command, DEADLINE).await?;
    let ReplyResult::Session { session } = made else { return Err(odd_reply()) };
    let pod: Arc<str> = pod.into();
    api.board.made(&pod, &session);
    let about = About {
        sort: Sort::Work,
        project: wanted.project.clone(),
        owner: Some(owner),
        started_at: Some(api.clock.now()),
        start_key: Some(key.to_owned()),
        ..crate::sessions::about(&session)
    };
    api.cores.register(&pod, &session.id, about).await;
    Ok(session.id)
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
