//! For those who watch over the gateway: is it alive, is it ready, what does it count.

use super::openapi::{Output, Sketch};
use super::{Api, Problem};
use crate::process_metrics::{self, OPENMETRICS};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::time::Duration;

pub(super) async fn alive(_: State<Api>) -> &'static str {
    "ok\n"
}

/// A disk that hangs is not asked for longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Ready means: takes work. A gateway that stops takes none, nor does one whose disk takes no promise.
pub(super) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    if api.stopping.is_cancelled() {
        let detail = "The gateway is stopping.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not ready", detail));
    }
    let refusing = tokio::time::timeout(PATIENCE, api.desk.refusing()).await;
    match refusing.unwrap_or_else(|_| Some("The disk isn't responding.".to_owned())) {
        Some(why) => {
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not ready: nothing can be saved", why))
        }
        None if api.desk.state_health().stuck.is_empty() => Ok("ready\n"),
        // What was promised of those sessions is on disk, and all others go on.
        None => Ok("ready, but degraded: some records can't be written; `gateway state verify` lists them\n"),
    }
}

pub(super) async fn metrics(State(api): State<Api>) -> Result<OpenMetrics, Problem> {
    match process_metrics::show(&api.registry) {
        Ok(text) => Ok(OpenMetrics(text)),
        Err(error) => {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Err(Problem::new(status, "The metrics can't be rendered", error.to_string()))
        }
    }
}

pub(super) struct OpenMetrics(String);

impl IntoResponse for OpenMetrics {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, OPENMETRICS)], self.0).into_response()
    }
}

impl Output for OpenMetrics {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers(OPENMETRICS, &json!({ "type": "string" }));
    }
}
