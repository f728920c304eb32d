//! Routes of projects, workspaces, models, and the progress of starts.

use super::path_ids::{OfSession, OfStart, OfWorkspace};
use super::steer::own_key;
use super::{Api, Problem};
use crate::sessions::desk::StartView;
use crate::sessions::ports::{ModelView, WorkspaceView};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use gateway_domain::{
    Choice, Inference, ListedProject, ModelChoice, NewProject, Person, ProgressLine, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

// --- projects ---

pub(super) async fn add_project(
    State(api): State<Api>,
    body: Result<Json<NewProject>, JsonRejection>,
) -> Result<(StatusCode, Json<ListedProject>), Problem> {
    let Json(new) = body?;
    Ok((StatusCode::CREATED, Json(api.desk.add_project(new).await?)))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Titled {
    title: String,
}

pub(super) async fn infer(
    State(api): State<Api>,
    titled: Result<Query<Titled>, QueryRejection>,
) -> Result<Json<Inference>, Problem> {
    let Query(Titled { title }) = titled?;
    Ok(Json(api.desk.infer_project(&title)))
}

// --- workspaces ---

#[derive(JsonSchema, Serialize)]
pub(super) struct WorkspaceShown {
    #[serde(flatten)]
    workspace: WorkspaceView,
    /// Title and id of the session that works there.
    #[serde(skip_serializing_if = "Option::is_none")]
    used_by: Option<String>,
}

pub(super) async fn workspaces(State(api): State<Api>) -> Result<Json<Vec<WorkspaceShown>>, Problem> {
    let all = api.desk.workspaces().await?;
    Ok(Json(all.into_iter().map(|(workspace, used_by)| WorkspaceShown { workspace, used_by }).collect()))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    /// What is only there may go.
    #[serde(default)]
    confirmed: bool,
}

pub(super) async fn remove_workspace(
    State(api): State<Api>,
    OfWorkspace(name): OfWorkspace,
    body: Result<Json<Removal>, JsonRejection>,
) -> Result<Json<Vec<ProgressLine>>, Problem> {
    let Json(Removal { confirmed }) = body?;
    Ok(Json(api.desk.remove_workspace(&name, confirmed).await?))
}

// --- models and agents ---

pub(super) async fn models(State(api): State<Api>) -> Json<Vec<ModelView>> {
    Json(api.desk.models().await)
}

/// In one line.
const NAME: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenModel {
    #[schemars(length(min = 1, max = 120), regex(pattern = NAME))]
    provider: String,
    #[schemars(length(min = 1, max = 120), regex(pattern = NAME))]
    model: String,
}

pub(super) async fn choose_model(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    body: Result<Json<ChosenModel>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(ChosenModel { provider, model }) = body?;
    let choice = Choice { agent: None, model: Some(ModelChoice { provider, model }) };
    Ok(Json(api.desk.choose(&id, by, choice).await?))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenAgent {
    #[schemars(length(min = 1, max = 120), regex(pattern = NAME))]
    agent: String,
}

pub(super) async fn choose_agent(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    body: Result<Json<ChosenAgent>, JsonRejection>,
) -> Result<Json<Verdict>, Problem> {
    let Json(ChosenAgent { agent }) = body?;
    Ok(Json(api.desk.choose(&id, by, Choice { agent: Some(agent), model: None }).await?))
}

// --- starts ---

pub(super) async fn start(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    OfStart(key): OfStart,
) -> Result<Json<StartView>, Problem> {
    Ok(Json(api.desk.progress_of(&own_key(&by, &key))))
}
