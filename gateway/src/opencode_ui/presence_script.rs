//! Presence: the script added to OpenCode's page reports which session a person is using.

use super::{OpenDoor, SWEEP, Shared, page};
use crate::problem::Problem;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use gateway_domain::{Person, SessionId};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

const SCRIPT: &str = include_str!("presence.js");

pub(super) async fn script() -> Response {
    page::script(SCRIPT)
}

#[derive(Deserialize)]
pub(super) struct Beat {
    /// The session that is shown; none on other pages.
    session: Option<String>,
}

pub(super) async fn beat(
    State(here): State<OpenDoor>,
    Extension(person): Extension<Person>,
    beat: Result<Json<Beat>, JsonRejection>,
) -> Result<StatusCode, Problem> {
    let Json(Beat { session }) = beat?;
    let session = session.map(|id| SessionId::parse(&id)).transpose();
    let session = session.map_err(|error| Problem::bad_request(error.to_string()))?;
    here.ui.parts.presence.seen(&person, session.as_ref().map(SessionId::as_str));
    here.ui.count_people();
    Ok(StatusCode::NO_CONTENT)
}

/// Tells of those who left, until the gateway stops.
pub(super) async fn sweep(ui: Arc<Shared>) {
    let mut ticks = tokio::time::interval(SWEEP);
    while ui.parts.stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        ui.parts.presence.sweep();
        ui.count_people();
    }
}

impl Shared {
    fn count_people(&self) {
        let here = self.parts.presence.here();
        let people: BTreeSet<_> = here.iter().map(|present| present.person.id.as_str()).collect();
        self.parts.metrics.people(people.len());
    }
}
