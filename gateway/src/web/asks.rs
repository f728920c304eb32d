//! What waits for a person, and the answers.

use super::sessions::DEADLINE;
use super::{Api, Problem};
use crate::sessions::live::{AskBody, AskState, LiveAsk};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use bridge_protocol::{AskOutcome, Command, HeldTool, ReplyResult, Verdict as HoldVerdict};
use gateway_domain::{Answer, AnswerGiven, Ask, Person, Verdict};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Who answers, as a trusted caller of the API says it. Whoever holds the API's token is trusted.
const PERSON: &str = "x-gateway-person";

/// How long an answer may wait for the disk before its sender is told to try again.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Deserialize)]
pub(super) struct GivenAnswer {
    #[serde(flatten)]
    answer: Answer,
    /// Of what the person saw. An ask that changed meanwhile is not answered with it.
    digest: Option<String>,
}

/// Everything that waits: cards of permissions and questions, and calls that are held.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Waiting {
    Card(Box<Ask>),
    Held(Box<LiveAsk>),
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<Waiting>> {
    let cards = api.cards.unsettled().into_iter().map(|ask| Waiting::Card(Box::new(ask)));
    let is_held = |ask: &LiveAsk| matches!(ask.body, AskBody::Held(_)) && ask.is_open();
    let held = api.board.asks().into_iter().filter(is_held).map(|ask| Waiting::Held(Box::new(ask)));
    Json(cards.chain(held).collect())
}

pub(super) async fn show(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Waiting>, Problem> {
    match (api.cards.get(&id), api.board.ask(&id)) {
        (Some(card), _) => Ok(Json(Waiting::Card(Box::new(card)))),
        // OpenCode's own name of an ask that has a card already is no second card.
        (None, Some(held)) if matches!(held.body, AskBody::Held(_)) => {
            Ok(Json(Waiting::Held(Box::new(held))))
        }
        (None, _) => Err(unknown(&id)),
    }
}

pub(super) async fn answer(
    State(api): State<Api>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<GivenAnswer>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(GivenAnswer { answer, digest }) = body?;
    let by = person(&headers)?;
    if let Some(card) = api.cards.get(&id) {
        let given = AnswerGiven { ask: id, digest, by, answer };
        return decide(&api, &card, given).await;
    }
    match api.board.ask(&id) {
        Some(LiveAsk { body: AskBody::Held(held), state: AskState::Open }) => {
            release(&api, held, answer).await
        }
        Some(_) => Err(Problem::conflict("OpenCode no longer waits for this.")),
        None => Err(unknown(&id)),
    }
}

async fn decide(api: &Api, card: &Ask, given: AnswerGiven) -> Result<Json<Verdict>, Problem> {
    let deciding = tokio::time::timeout(PATIENCE, api.cores.answer(&card.session, given)).await;
    let Ok(Some(verdict)) = deciding else {
        let detail = "The answer is not on disk yet, so it is not confirmed; look at the ask, and try again.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not stored", detail));
    };
    match &verdict {
        Verdict::Taken | Verdict::TakenForLater | Verdict::TakenLate => Ok(Json(verdict)),
        Verdict::AnsweredBefore { by, answer } => {
            let answer = serde_json::to_string(answer).unwrap_or_default();
            Err(Problem::conflict(format!("This was answered by {by}: {answer}.")))
        }
        Verdict::NoLongerAsked { why } => {
            Err(Problem::conflict(format!("Nobody waits for this any more: {why}.")))
        }
        Verdict::NotAllowed => {
            let detail = "You may not answer for this project; ask one of its approvers.";
            Err(Problem::new(StatusCode::FORBIDDEN, "Not yours to decide", detail))
        }
        Verdict::Changed => Err(Problem::conflict("What is asked has changed; look at it again.")),
        Verdict::WrongKind => Err(Problem::bad_request(
            "A permission takes once, always or deny; a question takes `answers`, a list of labels or words for each part.",
        )),
        Verdict::Unknown => Err(unknown(&card.id)),
    }
}

async fn release(api: &Api, held: HeldTool, answer: Answer) -> Result<Json<Verdict>, Problem> {
    let verdict = match answer {
        Answer::Once => HoldVerdict::Through,
        Answer::Deny { reason } => HoldVerdict::Refuse {
            message: reason.unwrap_or_else(|| "A person refused this call. Go on without it.".to_owned()),
        },
        Answer::Always | Answer::Answers { .. } => {
            return Err(Problem::bad_request("A held call takes once or deny."));
        }
    };
    let HeldTool { session_id, hold_id, .. } = held;
    let command = Command::HoldRelease { session_id: session_id.clone(), hold_id, verdict };
    match api.caller.call_session(&session_id, command, DEADLINE).await? {
        ReplyResult::Ask { outcome: AskOutcome::Applied } => Ok(Json(Verdict::Taken)),
        _ => Err(Problem::conflict("The call is not held any more.")),
    }
}

fn person(headers: &HeaderMap) -> Result<Person, Problem> {
    let Some(name) = headers.get(PERSON) else {
        return Ok(Person { id: "api:operator".to_owned(), name: "operator".to_owned() });
    };
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | ' ');
    match name.to_str() {
        Ok(name) if !name.is_empty() && name.len() <= 64 && name.chars().all(plain) => {
            Ok(Person { id: format!("api:{name}"), name: name.to_owned() })
        }
        _ => Err(Problem::bad_request(format!("{PERSON} must be a plain name of at most 64 characters."))),
    }
}

fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("There is no ask {id}; `gateway asks list` shows those that wait."))
}
