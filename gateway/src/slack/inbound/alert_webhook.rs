//! Alerts for people: Alertmanager (or Grafana, whose webhook looks the same) calls here with a token, and the
//! gateway's administrators get a message of the app. Whoever calls hears whether they have it, and calls again if not.

use crate::slack::config::AlertsToken;
use crate::slack::handlers::SlackContext;
use crate::token::bearer;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Where alerts are brought.
const PATH: &str = "/hooks/alerts";

/// A group of alerts with long annotations has a few KiB.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Of one call; more would flood whoever is told.
const MOST: usize = 20;

/// Who is told, once it is known who we are in Slack.
#[derive(Clone, Default)]
pub(in crate::slack) struct Alerts(Arc<OnceLock<Arc<SlackContext>>>);

impl Alerts {
    pub(in crate::slack) fn go_to(&self, context: Arc<SlackContext>) {
        if self.0.set(context).is_err() {
            tracing::warn!("alerts already have a receiver");
        }
    }
}

/// A call, as far as it is read.
#[derive(Debug, Deserialize)]
struct Call {
    alerts: Vec<Alert>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::slack) struct Alert {
    pub(in crate::slack) status: Status,
    #[serde(default)]
    pub(in crate::slack) labels: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::slack) annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::slack) starts_at: String,
    #[serde(default)]
    pub(in crate::slack) fingerprint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::slack) enum Status {
    Firing,
    Resolved,
}

/// The route for alerts, where a token is set.
pub(in crate::slack) fn open(token: Option<AlertsToken>) -> (Alerts, Option<Router>) {
    let alerts = Alerts::default();
    let router = token.map(|token| {
        let hook = Hook { token, alerts: alerts.clone() };
        Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(hook)
    });
    (alerts, router)
}

#[derive(Clone)]
struct Hook {
    token: AlertsToken,
    alerts: Alerts,
}

async fn take(
    State(hook): State<Hook>,
    headers: HeaderMap,
    body: Result<Json<Call>, JsonRejection>,
) -> (StatusCode, &'static str) {
    if !bearer(&headers).is_some_and(|token| hook.token.matches(token)) {
        return (StatusCode::UNAUTHORIZED, "Present GATEWAY_ALERTS_TOKEN as a bearer token.\n");
    }
    let Ok(Json(Call { alerts })) = body else {
        return (StatusCode::BAD_REQUEST, "This is not a call of Alertmanager's or Grafana's webhook.\n");
    };
    let Some(context) = hook.alerts.0.get() else {
        return (StatusCode::SERVICE_UNAVAILABLE, "Slack is not connected yet; try again.\n");
    };
    if context.config.administrators.is_empty() {
        tracing::error!("alert without recipients: `slack.administrators` is empty");
        return (StatusCode::SERVICE_UNAVAILABLE, "`slack.administrators` is empty.\n");
    }
    let mut told = true;
    for alert in alerts.iter().take(MOST) {
        told &= context.alert(alert).await;
    }
    if told {
        return (StatusCode::OK, "Told.\n");
    }
    (StatusCode::BAD_GATEWAY, "Slack did not accept it for everyone; try again.\n")
}
