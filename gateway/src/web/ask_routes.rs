//! What waits for a person, and the answers.

use super::Api;
use super::paging::{Cursor, Page, PageQuery};
use super::path_ids::OfAsk;
use crate::passkeys::{AnswerSigned, AnswerWanted, GivenAssertion};
use crate::problem::Problem;
use crate::sessions::desk::Refusal;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::{Extension, Json};
use gateway_domain::{Answer, AnswerGiven, AskView, MAX_REASON, Person, Proven, Reply, cut};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(JsonSchema, Debug, Deserialize)]
pub(super) struct GivenAnswer {
    #[serde(flatten)]
    said: AnswerSaid,
    /// Of what the person saw. An ask that changed meanwhile is not answered with it.
    digest: Option<String>,
    /// A passkey's signature over this answer, for requests that need one (`POST /asks/{id}/challenge`).
    assertion: Option<GivenAssertion>,
}

/// What a person says: a passkey signs all of it, and it is given as it was signed.
#[derive(JsonSchema, Debug, Deserialize)]
pub(super) struct AnswerSaid {
    #[serde(flatten)]
    answer: Answer,
    /// Why the person allows it, where rules ask for a reason. Everyone sees it.
    because: Option<String>,
    /// Override the rules, as one of those who can. It takes a reason.
    #[serde(default)]
    break_glass: bool,
}

impl From<AnswerSaid> for AnswerWanted {
    fn from(AnswerSaid { answer, because, break_glass }: AnswerSaid) -> Self {
        Self { answer, because: because.map(|why| cut(&why, MAX_REASON)), break_glass }
    }
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TakenAside {
    /// Where it is talked about, once that is known.
    place: Option<String>,
}

pub(super) async fn list(
    State(api): State<Api>,
    wanted: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<AskView>>, Problem> {
    let place = |view: &AskView| Cursor(view.ask.asked_at.as_microsecond(), view.ask.id.clone());
    let asks = api.desk.asks().into_iter().map(AskView::of).collect();
    Ok(Json(Page::oldest_first(asks, &wanted?.0, place)?))
}

pub(super) async fn show(State(api): State<Api>, OfAsk(id): OfAsk) -> Result<Json<AskView>, Problem> {
    Ok(Json(api.desk.ask(&id).map(AskView::of).ok_or(Refusal::UnknownAsk(id))?))
}

pub(super) async fn answer(
    State(api): State<Api>,
    OfAsk(id): OfAsk,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    body: Result<Json<GivenAnswer>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(GivenAnswer { said, digest, assertion }) = body?;
    let wanted = AnswerWanted::from(said);
    let proven = Proven { reason: wanted.because.clone(), break_glass: wanted.break_glass, ..proven };
    let Some(assertion) = assertion else {
        let given = AnswerGiven { ask: id, digest, by, proven, answer: wanted.answer };
        return Ok(Json(api.desk.answer(given).await?.into()));
    };
    // The digest that was signed counts, and the request must still be that one.
    let AnswerSigned { digest, signed } = api.passkeys.check_answer(&by, &id, &wanted, &assertion).await?;
    let (digest, proven, answer) = (Some(digest), proven.signed(signed), wanted.answer);
    Ok(Json(api.desk.answer(AnswerGiven { ask: id, digest, by, proven, answer }).await?.into()))
}

/// Whoever may decide it sees it as it is.
pub(super) async fn reveal(
    State(api): State<Api>,
    OfAsk(id): OfAsk,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(api.desk.reveal(id, by, proven).await?.into()))
}

/// A complex ask goes to a thread of its own.
pub(super) async fn aside(
    State(api): State<Api>,
    OfAsk(id): OfAsk,
    Extension(by): Extension<Person>,
    body: Result<Json<TakenAside>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(TakenAside { place }) = body?;
    Ok(Json(api.desk.take_aside(id, by, place).await?.into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_answer_is_a_word_and_no_number() {
        // REQ-ASK-03
        let read = |body: Value| serde_json::from_value::<GivenAnswer>(body);
        assert_eq!(read(json!({ "answer": "once", "digest": "d" })).unwrap().said.answer, Answer::Once);
        for odd in
            [json!({ "answer": 0 }), json!({ "answer": null }), json!({ "answer": ["once"] }), json!({})]
        {
            assert!(read(odd.clone()).is_err(), "{odd}");
        }
    }
}
