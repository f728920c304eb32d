//! The audit log, and how the state is doing.

use super::paging::bounded;
use super::{Api, Problem};
use crate::sessions::ports::{AuditPage, KeptHealth};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use gateway_domain::{AuditKind, ChainedEntry};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Entries in one page.
const MAX_ENTRIES: u32 = 200;

#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AuditQuery {
    session: Option<String>,
    /// The request's id.
    ask: Option<String>,
    /// What the entry tells of.
    kind: Option<AuditKind>,
    /// Not earlier than that.
    from: Option<Timestamp>,
    /// Earlier than that.
    until: Option<Timestamp>,
    /// Part of the id of whoever did it, such as `anna` or `slack:`.
    person: Option<String>,
    /// What stands anywhere in an entry: a command, a file, a title, an answer.
    text: Option<String>,
    /// The number of the last entry of the page before.
    #[schemars(range(max = 18_446_744_073_709_551_615_u64))]
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
    let Query(AuditQuery { session, ask, kind, from, until, person, text, before, limit }) = query?;
    let limit = bounded(limit, 50, MAX_ENTRIES)? as usize;
    let wanted = AuditPage { session, ask, kind, from, until, person, text, before, limit };
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
