//! What waits for a person, and the answers.

use super::sessions::{DEADLINE, odd_reply};
use super::{Api, Problem};
use crate::sessions::live::{AskBody, AskState, LiveAsk};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use bridge_protocol::{AskOutcome, Command, PermissionReply, ReplyResult, Verdict};
use serde::Deserialize;

/// What the agent reads when a person denies without a reason.
const DENIED: &str = "A person denied this. Go on without it, or ask for something else.";

#[derive(Debug, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Answer {
    Once,
    Always,
    Deny { reason: Option<String> },
    Answers { answers: Vec<Vec<String>> },
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<LiveAsk>> {
    Json(api.board.asks())
}

pub(super) async fn answer(
    State(api): State<Api>,
    Path(id): Path<String>,
    body: Result<Json<Answer>, JsonRejection>,
) -> Result<Json<AskOutcome>, Problem> {
    let Json(answer) = body?;
    let ask = api.board.ask(&id).ok_or_else(|| Problem::not_found(format!("There is no ask {id}.")))?;
    refuse_settled(&ask)?;
    let session = ask.session_id().to_owned();
    let command = command(ask.body, answer)?;
    match api.caller.call_session(&session, command, DEADLINE).await? {
        ReplyResult::Ask { outcome } => Ok(Json(outcome)),
        _ => Err(odd_reply()),
    }
}

fn refuse_settled(ask: &LiveAsk) -> Result<(), Problem> {
    match &ask.state {
        AskState::Open => Ok(()),
        AskState::Resolved { answer, .. } => {
            Err(Problem::conflict(format!("This was answered already: {answer}.")))
        }
        AskState::Orphaned => {
            Err(Problem::conflict("OpenCode restarted under this ask; it asks again if it must."))
        }
        AskState::Withdrawn => Err(Problem::conflict("OpenCode no longer waits for this.")),
    }
}

fn command(ask: AskBody, answer: Answer) -> Result<Command, Problem> {
    match (ask, answer) {
        (AskBody::Permission(ask), answer) => Ok(Command::PermissionReply {
            session_id: ask.session_id,
            directory: ask.directory,
            permission_id: ask.id,
            reply: permission_reply(answer)?,
            tool: ask.tool,
        }),
        (AskBody::Question(ask), Answer::Answers { answers }) if answers.len() == ask.questions.len() => {
            Ok(Command::QuestionReply {
                session_id: ask.session_id,
                directory: ask.directory,
                question_id: ask.id,
                answers,
                tool: ask.tool,
            })
        }
        (AskBody::Question(ask), _) => Err(Problem::bad_request(format!(
            "This ask has {} questions; send `answers` with a list of labels or words for each.",
            ask.questions.len()
        ))),
        (AskBody::Held(held), answer) => Ok(Command::HoldRelease {
            session_id: held.session_id,
            hold_id: held.hold_id,
            verdict: verdict(answer)?,
        }),
    }
}

fn permission_reply(answer: Answer) -> Result<PermissionReply, Problem> {
    match answer {
        Answer::Once => Ok(PermissionReply::Once),
        Answer::Always => Ok(PermissionReply::Always),
        Answer::Deny { reason } => Ok(PermissionReply::Reject { message: reason_or(reason) }),
        Answer::Answers { .. } => Err(Problem::bad_request("A permission takes once, always or deny.")),
    }
}

fn verdict(answer: Answer) -> Result<Verdict, Problem> {
    match answer {
        Answer::Once => Ok(Verdict::Through),
        Answer::Deny { reason } => Ok(Verdict::Refuse { message: reason_or(reason) }),
        Answer::Always | Answer::Answers { .. } => {
            Err(Problem::bad_request("A held call takes once or deny."))
        }
    }
}

/// OpenCode ends the turn on a rejection without words, so there are always some.
fn reason_or(reason: Option<String>) -> String {
    reason.filter(|reason| !reason.trim().is_empty()).unwrap_or_else(|| DENIED.to_owned())
}
