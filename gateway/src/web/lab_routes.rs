//! Labs: deploy a session's work, see how it goes, read its log, remove it.

use super::path_ids::OfSession;
use super::{Api, Problem};
use crate::sessions::desk::LabOverview;
use axum::extract::State;
use axum::{Extension, Json};
use gateway_domain::{LabCard, Person, Reply};
use schemars::JsonSchema;
use serde::Serialize;

/// How a session's lab stands.
#[derive(JsonSchema, Serialize)]
pub(super) struct LabShown {
    /// Missing where the session has no lab.
    #[serde(skip_serializing_if = "Option::is_none")]
    lab: Option<LabCard>,
}

/// What a lab wrote.
#[derive(JsonSchema, Serialize)]
pub(super) struct LabLog {
    /// The last 50 lines, with secrets masked; empty when nothing is known.
    log: String,
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<LabOverview>> {
    Json(api.desk.labs().await)
}

pub(super) async fn show(
    State(api): State<Api>,
    OfSession(id): OfSession,
) -> Result<Json<LabShown>, Problem> {
    Ok(Json(LabShown { lab: api.desk.lab(&id)? }))
}

pub(super) async fn log(State(api): State<Api>, OfSession(id): OfSession) -> Result<Json<LabLog>, Problem> {
    Ok(Json(LabLog { log: api.desk.lab_log(&id).await?.unwrap_or_default() }))
}

pub(super) async fn deploy(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(api.desk.deploy(&id, by).await?.into()))
}

pub(super) async fn take_over(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(api.desk.take_over_lab(&id, by).await?.into()))
}

pub(super) async fn clean(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(api.desk.clean_lab(&id, by).await?.into()))
}
