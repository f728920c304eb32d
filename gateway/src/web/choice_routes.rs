//! Agents and models: who would suit a task, what can be chosen, and what a person chose.

use super::path_ids::OfSession;
use super::{Api, Problem};
use crate::sessions::desk::{Choices, Task};
use crate::sessions::ports::ModelView;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::{Extension, Json};
use gateway_domain::{Choice, ModelChoice, Person, Reply, Suggestion};
use schemars::JsonSchema;
use serde::Deserialize;

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskQuery {
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    project: Option<String>,
    pod: Option<String>,
    /// Where it is to be worked on.
    directory: Option<String>,
}

/// A suggestion of what OpenCode has; a person confirms or overrides it.
pub(super) async fn routing(
    State(api): State<Api>,
    task: Result<Query<TaskQuery>, QueryRejection>,
) -> Result<Json<Option<Suggestion>>, Problem> {
    let Query(TaskQuery { title, description, project, pod, directory }) = task?;
    let task = Task {
        project: project.as_deref(),
        title: &title,
        description: &description,
        pod: pod.as_deref(),
        directory: directory.as_deref(),
    };
    Ok(Json(api.desk.suggest_usable(task).await))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WhereQuery {
    pod: Option<String>,
    directory: Option<String>,
}

/// What a session can be started with there, or go on with.
pub(super) async fn choices(
    State(api): State<Api>,
    at: Result<Query<WhereQuery>, QueryRejection>,
) -> Result<Json<Choices>, Problem> {
    let Query(WhereQuery { pod, directory }) = at?;
    Ok(Json(api.desk.choices(pod.as_deref(), directory.as_deref()).await))
}

pub(super) async fn models(State(api): State<Api>) -> Json<Vec<ModelView>> {
    Json(api.desk.models().await)
}

/// One line of text.
const ONE_LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$";

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenModel {
    #[schemars(length(min = 1, max = 120), regex(pattern = ONE_LINE))]
    provider: String,
    #[schemars(length(min = 1, max = 120), regex(pattern = ONE_LINE))]
    model: String,
}

pub(super) async fn choose_model(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    body: Result<Json<ChosenModel>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(ChosenModel { provider, model }) = body?;
    let choice = Choice { agent: None, model: Some(ModelChoice { provider, model }) };
    Ok(Json(api.desk.choose(&id, by, choice).await?.into()))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChosenAgent {
    #[schemars(length(min = 1, max = 120), regex(pattern = ONE_LINE))]
    agent: String,
}

pub(super) async fn choose_agent(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    body: Result<Json<ChosenAgent>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(ChosenAgent { agent }) = body?;
    let choice = Choice { agent: Some(agent), model: None };
    Ok(Json(api.desk.choose(&id, by, choice).await?.into()))
}
