//! Projects: all that there are, a new one, and which one a title means.

use super::{Api, Problem};
use crate::sessions::ports::{Project, Repository};
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use gateway_domain::{Inference, ListedProject, NewProject, Person, RowFault};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(JsonSchema, Serialize)]
pub(super) struct Projects {
    projects: Vec<Project>,
    /// Directories that sessions can work in, those that were worked in last first.
    directories: Vec<Repository>,
    /// Rows of the project list that could not be used.
    faults: Vec<RowFault>,
}

pub(super) async fn projects(State(api): State<Api>) -> Json<Projects> {
    let directories = api.desk.directories().await;
    Json(Projects { projects: api.desk.projects(), directories, faults: api.desk.project_faults() })
}

pub(super) async fn add_project(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    body: Result<Json<NewProject>, JsonRejection>,
) -> Result<(StatusCode, Json<ListedProject>), Problem> {
    let Json(new) = body?;
    Ok((StatusCode::CREATED, Json(api.desk.add_project(new, &by).await?)))
}

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TitleQuery {
    title: String,
}

pub(super) async fn infer(
    State(api): State<Api>,
    titled: Result<Query<TitleQuery>, QueryRejection>,
) -> Result<Json<Inference>, Problem> {
    let Query(TitleQuery { title }) = titled?;
    Ok(Json(api.desk.infer_project(&title)))
}
