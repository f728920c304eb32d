//! For those who watch over the gateway: is it alive, is it ready, what does it count.

use super::{Api, Problem};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// Ready means: takes work. A gateway that stops takes none.
pub(super) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    if api.stopping.is_cancelled() {
        let detail = "The gateway is stopping.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not ready", detail));
    }
    Ok("ready\n")
}

pub(super) async fn metrics(State(api): State<Api>) -> Response {
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &api.registry) {
        Ok(()) => ([(header::CONTENT_TYPE, OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
