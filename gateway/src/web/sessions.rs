//! Sessions: list, make, write to, stop.

use super::idempotency::SentAs;
use super::paging::{Cursor, Page, PageQuery, bounded};
use super::path_ids::OfSession;
use super::steer::key;
use super::uploads::{NewFile, attachments};
use super::{Api, Problem, api_problems};
use crate::sessions::desk::{Changes, Start, Started, WorkspaceWanted};
use crate::sessions::live::SessionView;
use crate::sessions::ports::MessagePage;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bridge_protocol::{FileChange, HoldMode, MessageInfo, ModelRef};
use gateway_domain::{
    MAX_CATEGORY, MAX_FILES, MAX_TITLE, Person, Priority, Proven, SAFE_NAME_PATTERN, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most messages in one answer.
const MAX_MESSAGES: u32 = 200;

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["directory"], "properties": { "directory": { "minLength": 1 } } },
    { "required": ["workspace"], "properties": { "workspace": { "type": "object" } } },
]))]
pub(super) struct NewSession {
    /// Where to work, as the pod sees it; not needed with a workspace.
    #[serde(default)]
    directory: String,
    /// A place of its own, made for the session.
    workspace: Option<NewWorkspace>,
    /// In one line.
    #[schemars(
        length(min = 1, max = MAX_TITLE),
        regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")
    )]
    title: String,
    project: Option<String>,
    /// The pod to work in; with just one connected it need not be named.
    pod: Option<String>,
    agent: Option<String>,
    model: Option<ModelRef>,
    #[serde(default)]
    hold: HoldMode,
    /// One or two words.
    #[schemars(
        length(min = 1, max = MAX_CATEGORY),
        regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")
    )]
    category: Option<String>,
    priority: Option<Priority>,
    /// The first message.
    #[schemars(regex(pattern = r"\S"))]
    prompt: Option<String>,
    /// The files of the first message.
    #[serde(default)]
    #[schemars(length(max = MAX_FILES))]
    files: Vec<NewFile>,
    /// The sender's own word for this start: sent again with the same one, it is the same session.
    #[schemars(regex(pattern = r"^[A-Za-z0-9]{8,64}$"))]
    key: Option<String>,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewWorkspace {
    /// Made of project and title if it is not given.
    #[schemars(length(max = 64), regex(pattern = SAFE_NAME_PATTERN))]
    name: Option<String>,
    /// All of the project if none are named.
    #[serde(default)]
    #[schemars(inner(length(max = 64), regex(pattern = SAFE_NAME_PATTERN)))]
    repositories: Vec<String>,
}

impl From<NewWorkspace> for WorkspaceWanted {
    fn from(NewWorkspace { name, repositories }: NewWorkspace) -> Self {
        Self { name, repositories }
    }
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewHome {
    /// The name of a pod that is connected.
    #[schemars(length(min = 1, max = 128))]
    pod: String,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Title {
    /// In one line.
    #[schemars(
        length(min = 1, max = MAX_TITLE),
        regex(pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")
    )]
    title: String,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hold {
    hold: HoldMode,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    /// Most messages in the answer; 50 when it is not said.
    #[schemars(range(min = 1, max = 200))]
    limit: Option<u32>,
    /// The id of the first message of the page after.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{0,128}$"))]
    before: Option<String>,
}

/// A page of messages, the oldest first.
#[derive(JsonSchema, Serialize)]
pub(super) struct Messages {
    messages: Vec<MessageInfo>,
    /// Older ones exist: ask again with `before` set to the id of the first.
    more: bool,
}

#[derive(JsonSchema, Serialize)]
pub(super) struct Diff {
    files: Vec<FileChange>,
    /// A sentence for people, where the list is not the whole truth.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

pub(super) async fn list(
    State(api): State<Api>,
    wanted: Result<Query<PageQuery>, QueryRejection>,
) -> Result<Json<Page<SessionView>>, Problem> {
    let place = |session: &SessionView| Cursor(session.info.created_at, session.info.id.clone());
    Ok(Json(Page::newest_first(api.desk.live_sessions(), &wanted?.0, place)?))
}

pub(super) async fn show(
    State(api): State<Api>,
    OfSession(id): OfSession,
) -> Result<Json<SessionView>, Problem> {
    Ok(Json(api.desk.live_session(&id)?))
}

pub(super) async fn create(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    sent_as: Option<Extension<SentAs>>,
    body: Result<Json<NewSession>, JsonRejection>,
) -> Result<(StatusCode, Json<SessionView>), Problem> {
    let Json(wanted) = body?;
    let key = key(&api, &by, wanted.key, sent_as)?;
    let start = Start {
        by,
        proven,
        directory: wanted.directory,
        workspace: wanted.workspace.map(NewWorkspace::into),
        title: wanted.title,
        key,
        project: wanted.project,
        pod: wanted.pod,
        agent: wanted.agent,
        model: wanted.model,
        hold: wanted.hold,
        category: wanted.category,
        priority: wanted.priority,
        description: None,
        prompt: wanted.prompt,
        files: attachments(wanted.files)?,
        thread: None,
    };
    let Started { session, new } = api.desk.start(start).await?;
    let view = api.desk.live_session(&session)?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(view)))
}

/// Messages as OpenCode has them, oldest first.
pub(super) async fn messages(
    State(api): State<Api>,
    OfSession(id): OfSession,
    page: Result<Query<Before>, QueryRejection>,
) -> Result<Json<Messages>, Problem> {
    let Query(page) = page?;
    let limit = bounded(page.limit, 50, MAX_MESSAGES)?;
    let before = page.before.filter(|id| !id.is_empty());
    let MessagePage { messages, more } = api.desk.messages(&id, limit, before).await?;
    Ok(Json(Messages { messages, more }))
}

pub(super) async fn rename(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    OfSession(id): OfSession,
    body: Result<Json<Title>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(Title { title }) = body?;
    api.desk.rename(&id, &title, &by).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn hold(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    OfSession(id): OfSession,
    body: Result<Json<Hold>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(Hold { hold }) = body?;
    match api.desk.hold(&id, by, proven, hold).await? {
        Verdict::Done => Ok(StatusCode::NO_CONTENT),
        other => Err(api_problems::refused(&other)),
    }
}

pub(super) async fn hand_over(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    OfSession(id): OfSession,
    body: Result<Json<NewHome>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(NewHome { pod }) = body?;
    api.desk.hand_over(&id, &pod, by).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn diff(State(api): State<Api>, OfSession(id): OfSession) -> Result<Json<Diff>, Problem> {
    let Changes { files, note } = api.desk.changes(&id).await?;
    Ok(Json(Diff { files, note }))
}
