//! Routes about the caller and the gateway: who I am, which projects there are, which agent suits a task.

use super::paging::bounded;
use super::{Api, Problem};
use crate::sessions::desk::{Choices, Task as Sought};
use crate::sessions::ports::{AuditPage, KeptHealth, Project, Repository};
use crate::sessions::presence::Present;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use gateway_domain::{ChainedEntry, Person, RowFault, Suggestion};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the page needs to know before anything else.
#[derive(JsonSchema, Serialize)]
pub(super) struct Me {
    person: Person,
    signed_in: bool,
    /// A scripted model plays in place of a real one.
    demo: bool,
    gateway_version: &'static str,
}

pub(super) async fn me(State(api): State<Api>, Extension(person): Extension<Person>) -> Json<Me> {
    let signed_in = !person.id.starts_with("api:");
    Json(Me { person, signed_in, demo: api.config.demo, gateway_version: env!("CARGO_PKG_VERSION") })
}

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

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Task {
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
    task: Result<Query<Task>, QueryRejection>,
) -> Result<Json<Option<Suggestion>>, Problem> {
    let Query(Task { title, description, project, pod, directory }) = task?;
    let task = Sought {
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
pub(super) struct At {
    pod: Option<String>,
    directory: Option<String>,
}

/// What a session can be started with there, or go on with.
pub(super) async fn choices(
    State(api): State<Api>,
    at: Result<Query<At>, QueryRejection>,
) -> Result<Json<Choices>, Problem> {
    let Query(At { pod, directory }) = at?;
    Ok(Json(api.desk.choices(pod.as_deref(), directory.as_deref()).await))
}

/// Who is in OpenCode's own web UI, and on which session.
pub(super) async fn presence(State(api): State<Api>) -> Json<Vec<Present>> {
    Json(api.presence.here())
}

/// Entries in one page.
const MAX_ENTRIES: u32 = 200;

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    session: Option<String>,
    /// Part of the id of whoever did it, such as `anna` or `slack:`.
    person: Option<String>,
    /// What stands anywhere in an entry: a command, a file, a title, an answer.
    text: Option<String>,
    /// The number of the last entry of the page before.
    before: Option<u64>,
    /// Most entries in the answer; 50 when it is not said.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct AuditEntries {
    entries: Vec<ChainedEntry>,
    /// What to give as `before` for the next page; none on the last.
    next: Option<u64>,
}

/// Who decided what, newest first.
pub(super) async fn audit(
    State(api): State<Api>,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Json<AuditEntries>, Problem> {
    let Query(AuditQuery { session, person, text, before, limit }) = query?;
    let limit = bounded(limit, 50, MAX_ENTRIES)? as usize;
    let wanted = AuditPage { session, person, text, before, limit };
    let entries = api.desk.audit_page(wanted).await.map_err(|error| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "The audit log can't be read right now",
            error.to_string(),
        )
    })?;
    let next = (entries.len() == limit).then(|| entries.last().map(|link| link.number)).flatten();
    Ok(Json(AuditEntries { entries, next }))
}

/// How the state is doing.
pub(super) async fn state(State(api): State<Api>) -> Json<KeptHealth> {
    Json(api.desk.state_health())
}
