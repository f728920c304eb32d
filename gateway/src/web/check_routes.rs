//! Checks of a session: what is offered, what came of the latest, running and stopping them, what one printed.

use super::path_ids::{OfCheck, OfSession};
use super::sent_files::AttachedFile;
use super::{Api, Problem};
use crate::sessions::desk::{ChecksWanted, SessionChecks};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use gateway_domain::{CheckKind, Person, Proven, Reply};
use schemars::JsonSchema;
use serde::Deserialize;

/// More names than any session has checks.
const MOST_NAMES: usize = 20;

/// Which checks are to run. Without anything: those that are configured, or else the first unit tests that were found.
#[derive(JsonSchema, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RunChecks {
    /// By their names, as they are offered.
    #[schemars(length(max = MOST_NAMES))]
    names: Vec<String>,
    /// All of one kind.
    kind: Option<CheckKind>,
    /// Also on the code as it was before the session's changes, with the tests of now: "fails before, passes after".
    before: bool,
}

pub(super) async fn show(
    State(api): State<Api>,
    OfSession(id): OfSession,
) -> Result<Json<SessionChecks>, Problem> {
    Ok(Json(api.desk.checks(&id).await?))
}

pub(super) async fn run(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    Extension(proven): Extension<Proven>,
    body: Result<Json<RunChecks>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(RunChecks { names, kind, before }) = body?;
    if names.len() > MOST_NAMES {
        return Err(Problem::bad_request(format!("At most {MOST_NAMES} checks can be named.")));
    }
    let wanted = match kind {
        _ if !names.is_empty() => ChecksWanted::Named(names),
        Some(kind) => ChecksWanted::OfKind(kind),
        None => ChecksWanted::Usual,
    };
    Ok(Json(api.desk.run_checks(&id, by, proven, wanted, before).await?.into()))
}

pub(super) async fn stop(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
) -> Result<Json<Reply>, Problem> {
    Ok(Json(api.desk.stop_checks(&id, by).await?.into()))
}

pub(super) async fn output(
    State(api): State<Api>,
    OfCheck { session, check }: OfCheck,
) -> Result<AttachedFile, Problem> {
    Ok(AttachedFile(api.desk.check_output(&session, &check).await?))
}
