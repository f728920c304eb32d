//! The pods and their links.

use super::Api;
use crate::sessions::ports::PodStatus;
use axum::Json;
use axum::extract::State;

pub(super) async fn status(State(api): State<Api>) -> Json<Vec<PodStatus>> {
    Json(api.desk.pods())
}
