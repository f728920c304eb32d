//! Deliveries: begin one from a session's work, look at it and at its patch, steer it, and switch how far all of them go.

use super::path_ids::{OfDelivery, OfSession};
use super::{Api, Problem};
use crate::sessions::ports::{DeliveryDetails, DeliveryView, DeliveryWish};
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use gateway_domain::{Person, Reply};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a delivery changes.
#[derive(JsonSchema, Serialize)]
pub(super) struct DeliveryPatch {
    /// Of the newest tree that was measured, as a unified diff; empty before that.
    patch: String,
}

/// What came of what a person wanted of deliveries.
#[derive(JsonSchema, Serialize)]
pub(super) struct DeliverySteered {
    sentence: String,
}

/// How far deliveries go by themselves now.
#[derive(JsonSchema, Serialize)]
pub(super) struct DeliveryModeShown {
    /// `off`, `shadow`, `draft` or `full`.
    mode: String,
}

/// Less than the project allows. Without anything: as far as that.
#[derive(JsonSchema, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct DeliverWanted {
    only: Option<HowFar>,
}

#[derive(JsonSchema, Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum HowFar {
    /// Everything is measured and judged, and nothing leaves.
    Shadow,
    /// A draft, which nobody makes ready by itself.
    Draft,
}

#[derive(JsonSchema, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModeWanted {
    mode: Mode,
}

#[derive(JsonSchema, Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// Nothing is delivered.
    Off,
    /// Everything is measured and judged, and nothing leaves.
    Shadow,
    /// Drafts are opened, and none of them becomes ready by itself.
    Draft,
    /// As far as the configuration says.
    Full,
}

impl HowFar {
    fn word(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Draft => "draft",
        }
    }
}

impl Mode {
    fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Shadow => "shadow",
            Self::Draft => "draft",
            Self::Full => "full",
        }
    }
}

pub(super) async fn list(State(api): State<Api>) -> Json<Vec<DeliveryView>> {
    Json(api.desk.deliveries())
}

pub(super) async fn show(
    State(api): State<Api>,
    OfDelivery(run): OfDelivery,
) -> Result<Json<DeliveryDetails>, Problem> {
    Ok(Json(api.desk.delivery(&run)?))
}

pub(super) async fn patch(
    State(api): State<Api>,
    OfDelivery(run): OfDelivery,
) -> Result<Json<DeliveryPatch>, Problem> {
    Ok(Json(DeliveryPatch { patch: api.desk.delivery_patch(&run).await? }))
}

pub(super) async fn steer(
    State(api): State<Api>,
    OfDelivery(run): OfDelivery,
    Extension(by): Extension<Person>,
    body: Result<Json<DeliveryWish>, JsonRejection>,
) -> Result<Json<DeliverySteered>, Problem> {
    let Json(wish) = body?;
    Ok(Json(DeliverySteered { sentence: api.desk.steer_delivery(&run, by, wish).await? }))
}

pub(super) async fn deliver(
    State(api): State<Api>,
    OfSession(id): OfSession,
    Extension(by): Extension<Person>,
    body: Result<Json<DeliverWanted>, JsonRejection>,
) -> Result<Json<Reply>, Problem> {
    let Json(DeliverWanted { only }) = body?;
    let only = only.map(|only| only.word().to_owned());
    Ok(Json(api.desk.deliver(&id, by, only).await?.into()))
}

pub(super) async fn mode(State(api): State<Api>) -> Json<DeliveryModeShown> {
    Json(DeliveryModeShown { mode: api.desk.delivery_mode() })
}

pub(super) async fn switch(
    State(api): State<Api>,
    Extension(by): Extension<Person>,
    body: Result<Json<ModeWanted>, JsonRejection>,
) -> Result<Json<DeliverySteered>, Problem> {
    let Json(ModeWanted { mode }) = body?;
    Ok(Json(DeliverySteered { sentence: api.desk.switch_deliveries(mode.word(), by).await? }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, from_value, json};

    #[test]
    fn a_session_is_delivered_as_far_as_its_project_allows_or_less() {
        // REQ-DELIVER-01, REQ-DELIVER-16
        let read = |body: Value| from_value::<DeliverWanted>(body).map(|body| body.only.map(HowFar::word));
        assert_eq!(read(json!({})).unwrap(), None);
        assert_eq!(read(json!({ "only": null })).unwrap(), None);
        assert_eq!(read(json!({ "only": "shadow" })).unwrap(), Some("shadow"));
        assert_eq!(read(json!({ "only": "draft" })).unwrap(), Some("draft"));
        assert!(read(json!({ "only": "full" })).is_err());
        assert!(read(json!({ "onyl": "draft" })).is_err());
    }

    #[test]
    fn a_mode_is_one_of_four_words() {
        // REQ-DELIVER-16
        let read = |body: Value| from_value::<ModeWanted>(body).map(|body| body.mode.word());
        for word in ["off", "shadow", "draft", "full"] {
            assert_eq!(read(json!({ "mode": word })).unwrap(), word);
        }
        assert!(read(json!({ "mode": "on" })).is_err());
        assert!(read(json!({})).is_err());
    }
}
