//! Answers of a gateway on standby: that it is alive and ready to take over, and nothing else.

use crate::clock;
use crate::front::{self, Front};
use crate::process_metrics;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// When somebody who came to the wrong one may try again.
const RETRY_AFTER_SECONDS: &str = "1";

/// Serves at the door that the working gateway will have after it, until it is dropped. Whoever still reads the page
/// is cut then: it says nothing that lasts.
pub(super) async fn show(front: &mut Front) {
    front::serve(front, router(), CancellationToken::new()).await;
}

fn router() -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async { "standby\n" }))
        .route("/metrics", get(metrics))
        .fallback(|| async {
            let sentence = "This gateway is on standby; another one is active. Try again.\n";
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_SECONDS)], sentence)
        })
        .with_state(Arc::new(process_metrics::registry(false, &*clock::system())))
}

async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    match process_metrics::show(&registry) {
        Ok(text) => ([(header::CONTENT_TYPE, process_metrics::OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
