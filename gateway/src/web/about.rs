//! What the console asks about itself: who I am, which projects there are, who would suit a task.

use super::page::bounded;
use super::{Api, Problem};
use crate::projects::{Project, Repository, directories};
use crate::sessions::ports::{AuditPage, KeptHealth};
use crate::sessions::presence::Present;
use crate::sessions::workspaces::ProjectBook;
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
    Json(Me { person, signed_in, demo: api.demo, gateway_version: env!("CARGO_PKG_VERSION") })
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Projects {
    projects: Vec<Project>,
    /// Directories that OpenCode has open, whoever opened them.
    directories: Vec<Repository>,
    /// Rows of the project list that could not be used.
    faults: Vec<RowFault>,
}

pub(super) async fn projects(State(api): State<Api>) -> Json<Projects> {
    let directories = directories(api.desk.pods.open_directories());
    let faults = api.projects.list().faults.clone();
    Json(Projects { projects: api.projects.all(), directories, faults })
}

#[derive(JsonSchema, Deserialize)]
pub(super) struct Task {
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    project: Option<String>,
}

/// A suggestion; a person confirms or overrides it.
pub(super) async fn routing(
    State(api): State<Api>,
    task: Result<Query<Task>, QueryRejection>,
) -> Result<Json<Option<Suggestion>>, Problem> {
    let Query(Task { title, description, project }) = task?;
    Ok(Json(api.projects.suggest(project.as_deref(), &title, &description)))
}

/// Who is in OpenCode's own web UI, and on which session.
pub(super) async fn presence(State(api): State<Api>) -> Json<Vec<Present>> {
    Json(api.presence.here())
}

/// Entries in one page.
const MAX_ENTRIES: u32 = 200;

#[derive(JsonSchema, Deserialize)]
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
    let entries = api.archive.audit_page(wanted).await.map_err(|error| {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The log cannot be read now", error.to_string())
    })?;
    let next = (entries.len() == limit).then(|| entries.last().map(|link| link.number)).flatten();
    Ok(Json(AuditEntries { entries, next }))
}

/// How the state is doing.
pub(super) async fn state(State(api): State<Api>) -> Json<KeptHealth> {
    Json(api.archive.health())
}
