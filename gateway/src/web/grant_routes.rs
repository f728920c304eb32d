//! Grants: those in force and those that ended, and the way to end one.

use super::path_ids::OfGrant;
use super::{Api, Problem};
use axum::extract::State;
use axum::{Extension, Json};
use gateway_domain::{GrantView, Person};
use schemars::JsonSchema;
use serde::Serialize;

#[derive(JsonSchema, Serialize)]
pub(super) struct GrantList {
    /// Newest first, those in force before those that ended.
    grants: Vec<GrantView>,
}

pub(super) async fn list(State(api): State<Api>) -> Json<GrantList> {
    Json(GrantList { grants: api.desk.grants() })
}

/// It counts no more when this has answered.
pub(super) async fn revoke(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    OfGrant(id): OfGrant,
) -> Result<Json<GrantView>, Problem> {
    Ok(Json(api.desk.revoke_grant(&id, &by).await?))
}
