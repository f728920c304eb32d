//! What waits for a person, and the answers.

use super::{Api, Problem};
use crate::sessions::desk::{AnswerBrought, Refusal};
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use gateway_domain::{Answer, Ask, Person, Verdict};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(JsonSchema, Debug, Deserialize)]
pub(super) struct GivenAnswer {
    #[serde(flatten)]
    answer: Answer,
    /// Of what the person saw. An ask that changed meanwhile is not answered with it.
    digest: Option<String>,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TakenAside {
    /// Where it is talked about, once that is known.
    place: Option<String>,
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<Ask>> {
    Json(api.desk.asks())
}

pub(super) async fn show(State(api): State<Api>, Path(id): Path<String>) -> Result<Json<Ask>, Problem> {
    Ok(api.desk.ask(&id).map(Json).ok_or(Refusal::UnknownAsk(id))?)
}

pub(super) async fn answer(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    body: Result<Json<GivenAnswer>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(GivenAnswer { answer, digest }) = body?;
    Ok(Json(api.desk.answer(AnswerBrought { ask: id, digest, by, answer }).await?))
}

/// A complex ask goes to a thread of its own.
pub(super) async fn aside(
    State(api): State<Api>,
    Path(id): Path<String>,
    Extension(by): Extension<Person>,
    body: Result<Json<TakenAside>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(TakenAside { place }) = body?;
    Ok(Json(api.desk.take_aside(id, by, place).await?))
}
