//! What the console asks before anything else: who I am, what forms offer, and who is in OpenCode's own web UI.

use super::Api;
use crate::sessions::presence::Present;
use axum::extract::State;
use axum::{Extension, Json};
use gateway_domain::{Person, Vocabulary};
use schemars::JsonSchema;
use serde::Serialize;

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

pub(super) async fn vocabulary(State(api): State<Api>) -> Json<Vocabulary> {
    Json(api.desk.vocabulary())
}

/// Who is in OpenCode's own web UI, and on which session.
pub(super) async fn presence(State(api): State<Api>) -> Json<Vec<Present>> {
    Json(api.presence.here())
}
