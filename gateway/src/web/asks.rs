//! What waits for a person, and the answers.

use super::steer::tell;
use super::{Api, Problem};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use gateway_domain::{Answer, AnswerGiven, Ask, Input, Person, Verdict};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct GivenAnswer {
    #[serde(flatten)]
    answer: Answer,
    /// Of what the person saw. An ask that changed meanwhile is not answered with it.
    digest: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TakenAside {
    /// Where it is talked about, once that is known.
    place: Option<String>,
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<Ask>> {
    Json(api.cards.unsettled())
}

pub(super) async fn show(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Ask>, Problem> {
    api.cards.get(&id).map(Json).ok_or_else(|| unknown(&id))
}

pub(super) async fn answer(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    body: Result<Json<GivenAnswer>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(GivenAnswer { answer, digest }) = body?;
    let session = api.cards.session_of(&id).ok_or_else(|| unknown(&id))?;
    tell(&api, &session, Input::Answer(AnswerGiven { ask: id, digest, by, answer })).await.map(Json)
}

/// A complex ask goes to a thread of its own.
pub(super) async fn aside(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    body: Result<Json<TakenAside>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(TakenAside { place }) = body?;
    let session = api.cards.session_of(&id).ok_or_else(|| unknown(&id))?;
    tell(&api, &session, Input::TakenAside { ask: id, by, place }).await.map(Json)
}

pub(super) fn unknown(id: &str) -> Problem {
    Problem::not_found(format!("There is no ask {id}; `gateway asks list` shows those that wait."))
}
