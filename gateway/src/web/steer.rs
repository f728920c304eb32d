//! What people do to a session: write, stop, pause, resume, close. Each is decided and kept before it is confirmed.

use super::sessions::{checked, unknown};
use super::{Api, Problem};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bridge_protocol::ModelRef;
use gateway_domain::{Input, ModelChoice, Person, Said, Steer, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// How long a decision may wait for the disk before its sender is told to try again.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMessage {
    text: String,
    /// The sender's own word for this message: sent again with the same one, it is written once.
    key: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
}

pub(super) async fn say(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    body: Result<Json<NewMessage>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let (id, Json(NewMessage { text, key, agent, model })) = (checked(id)?, body?);
    let key = key.map_or_else(|| Ok(api.ids.next("")), checked_key)?;
    let message_id = format!("msg_gw{key}");
    let model = model.map(|ModelRef { provider, model }| ModelChoice { provider, model });
    let verdict = deliver(&api, &id, Said { message_id: message_id.clone(), by, text, agent, model }).await?;
    let mut told = serde_json::to_value(verdict).unwrap_or_default();
    told["message_id"] = json!(message_id);
    Ok((StatusCode::ACCEPTED, Json(told)))
}

pub(super) async fn stop(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Stop).await
}

pub(super) async fn pause(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Pause).await
}

pub(super) async fn resume(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Resume).await
}

pub(super) async fn close(
    state: State<Api>,
    path: Path<String>,
    by: Extension<Person>,
) -> Result<Json<Verdict>, Problem> {
    steer(state, path, by, Steer::Close).await
}

async fn steer(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    to: Steer,
) -> Result<Json<Verdict>, Problem> {
    let id = checked(id)?;
    known(&api, &id).await?;
    tell(&api, &id, Input::Steered { by, to }).await.map(Json)
}

/// Hands a message to its session, which sends it or keeps it until the agent has time.
pub(super) async fn deliver(api: &Api, session: &str, said: Said) -> Result<Verdict, Problem> {
    if said.text.trim().is_empty() {
        return Err(Problem::bad_request("The message is empty; write what the agent should do."));
    }
    known(api, session).await?;
    tell(api, session, Input::Said(said)).await
}

/// A session that was only looked at so far gets its task with the first thing that a person does to it.
async fn known(api: &Api, session: &str) -> Result<(), Problem> {
    if api.cores.knows(session) {
        return Ok(());
    }
    let view = api.board.get(session).ok_or_else(|| unknown(session))?;
    api.cores.register(&view.pod.as_str().into(), session, crate::sessions::about(&view.info)).await;
    Ok(())
}

/// Tells the session what a person did; what was refused becomes a sentence.
pub(super) async fn tell(api: &Api, session: &str, did: Input) -> Result<Verdict, Problem> {
    let deciding = tokio::time::timeout(PATIENCE, api.cores.person(session, did)).await;
    let Ok(Some(verdict)) = deciding else {
        let detail = "It is not on disk yet, so it is not confirmed; look how things are, and try again.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not stored", detail));
    };
    refused(&verdict).map_or(Ok(verdict), Err)
}

fn refused(verdict: &Verdict) -> Option<Problem> {
    match verdict {
        Verdict::Taken
        | Verdict::TakenForLater
        | Verdict::TakenLate
        | Verdict::NeedsSecond { .. }
        | Verdict::Sent
        | Verdict::Queued { .. }
        | Verdict::Answered { .. }
        | Verdict::Done => None,
        Verdict::AnsweredBefore { by, answer } => {
            let answer = serde_json::to_string(answer).unwrap_or_default();
            Some(Problem::conflict(format!("This was answered by {by}: {answer}.")))
        }
        Verdict::NoLongerAsked { why } => {
            Some(Problem::conflict(format!("Nobody waits for this any more: {why}.")))
        }
        Verdict::NotAllowed => {
            let detail = "You may not answer for this project; ask one of its approvers.";
            Some(Problem::new(StatusCode::FORBIDDEN, "Not yours to decide", detail))
        }
        Verdict::Changed => Some(Problem::conflict("What is asked has changed; look at it again.")),
        Verdict::WrongKind => Some(Problem::bad_request(
            "A permission takes once, always (unless it is risky) or deny; a question takes `answers`, a list of \
             labels or words for each part; a held call or a gate takes once or deny; a configuration takes \
             `values` for its fields.",
        )),
        Verdict::QueueFull { limit } => Some(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "Too much waits already",
            format!(
                "The agent is busy, and {limit} messages (or 128 KiB) wait; stop it or wait until it has read them."
            ),
        )),
        Verdict::TooLong { limit } => Some(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "The message is too long",
            format!(
                "A message has at most {} KiB; put the rest into a file of the repository.",
                limit / 1024
            ),
        )),
        Verdict::SessionEnded => Some(Problem::conflict("This session has ended; start a new one.")),
        Verdict::Idle { why } => Some(Problem::conflict(format!("There is nothing to do: {why}."))),
        Verdict::Unknown => {
            Some(Problem::not_found("There is no such ask; `gateway asks list` shows those that wait."))
        }
    }
}

pub(super) fn checked_key(key: String) -> Result<String, Problem> {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && (8..=64).contains(&key.len()) {
        return Ok(key);
    }
    Err(Problem::bad_request("A key has 8 to 64 letters or digits."))
}
