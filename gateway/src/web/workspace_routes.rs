//! Workspaces, and how starts are getting on.

use super::path_ids::{OfStart, OfWorkspace};
use super::steer::own_key;
use super::{Api, Problem};
use crate::sessions::desk::StartView;
use crate::sessions::ports::WorkspaceView;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use gateway_domain::{Person, ProgressLine};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    Extension(by): Extension<Person>,
    OfWorkspace(name): OfWorkspace,
    body: Result<Json<Removal>, JsonRejection>,
) -> Result<Json<Vec<ProgressLine>>, Problem> {
    let Json(Removal { confirmed }) = body?;
    Ok(Json(api.desk.remove_workspace(&name, confirmed, &by).await?))
}

pub(super) async fn start(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    OfStart(key): OfStart,
) -> Result<Json<StartView>, Problem> {
    Ok(Json(api.desk.progress_of(&own_key(&by, &key))))
}
