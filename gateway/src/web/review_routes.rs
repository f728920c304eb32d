//! Overrides that somebody else has to look at, and that somebody did.

use super::path_ids::OfAsk;
use super::{Api, Problem};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use gateway_domain::{OpenReview, Person, Proven, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(JsonSchema, Serialize)]
pub(super) struct OpenReviews {
    /// Those that are due first.
    reviews: Vec<OpenReview>,
}

pub(super) async fn list(State(api): State<Api>) -> Json<OpenReviews> {
    Json(OpenReviews { reviews: api.desk.open_reviews() })
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewGiven {
    /// What the person found. Everyone sees it.
    words: Option<String>,
}

pub(super) async fn review(
    State(api): State<Api>,
    OfAsk(id): OfAsk,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    body: Result<Json<ReviewGiven>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(ReviewGiven { words }) = body?;
    Ok(Json(api.desk.review(id, by, proven, words).await?.into()))
}
