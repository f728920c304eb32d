//! What the console asks before anything else: who I am, what forms offer, and who is in OpenCode's own web UI.

use super::path_ids::OfSignIn;
use super::{Api, Problem};
use crate::access::{self, Access, CurrentSignIn};
use crate::sessions::presence::Present;
use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use gateway_domain::{Person, Vocabulary};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// What the page needs to know before anything else.
#[derive(JsonSchema, Serialize)]
pub(super) struct Me {
    person: Person,
    signed_in: bool,
    /// Those that the sign-in provider names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<String>,
    /// When the person last showed the sign-in provider that it is them, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<i64>,
    /// A scripted model plays in place of a real one.
    demo: bool,
    gateway_version: &'static str,
}

pub(super) async fn me(
    State(api): State<Api>,
    Extension(person): Extension<Person>,
    current: Option<Extension<CurrentSignIn>>,
) -> Json<Me> {
    let (signed_in, demo) = (!person.id.starts_with("api:"), api.config.demo);
    let provided = current.map(|Extension(current)| (current.groups, current.auth_time));
    let (groups, auth_time) = provided.unwrap_or_default();
    Json(Me { person, signed_in, groups, auth_time, demo, gateway_version: env!("CARGO_PKG_VERSION") })
}

pub(super) async fn vocabulary(State(api): State<Api>) -> Json<Vocabulary> {
    Json(api.desk.vocabulary())
}

/// Signs this person out in another browser, or in this one.
pub(super) async fn end_sign_in(
    State(access): State<Arc<Access>>,
    Extension(person): Extension<Person>,
    OfSignIn(id): OfSignIn,
) -> Result<StatusCode, Problem> {
    access::end_own_sign_in(&access, &person, &id).await
}

/// Who is in OpenCode's own web UI, and on which session.
pub(super) async fn presence(State(api): State<Api>) -> Json<Vec<Present>> {
    Json(api.presence.here())
}
