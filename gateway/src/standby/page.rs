//! What a gateway that stands by answers: that it lives, that it is ready to take over, and nothing else.

use crate::clock;
use crate::vitals;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::registry::Registry;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// When somebody who came to the wrong one may try again.
const RETRY_AFTER_SECONDS: &str = "1";

pub(super) struct Page {
    done: CancellationToken,
    serving: JoinHandle<()>,
}

impl Page {
    /// Serves on the listener that the working gateway will have after it.
    pub(super) fn open(listener: &TcpListener) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::from_std(listener.try_clone()?)?;
        let done = CancellationToken::new();
        let served = axum::serve(listener, router()).with_graceful_shutdown(done.clone().cancelled_owned());
        let serving = tokio::spawn(async move {
            if let Err(error) = served.await {
                tracing::warn!(%error, "the standby's page ended");
            }
        });
        Ok(Self { done, serving })
    }

    pub(super) async fn close(self) {
        self.done.cancel();
        // Whoever still reads the page is cut: it says nothing that lasts.
        self.serving.abort();
        let _ = self.serving.await;
    }
}

fn router() -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(|| async { "standby\n" }))
        .route("/metrics", get(metrics))
        .fallback(|| async {
            let sentence = "This gateway stands by; another one works. Try again.\n";
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_SECONDS)], sentence)
        })
        .with_state(Arc::new(vitals::registry(false, &*clock::system())))
}

async fn metrics(State(registry): State<Arc<Registry>>) -> Response {
    match vitals::show(&registry) {
        Ok(text) => ([(header::CONTENT_TYPE, vitals::OPENMETRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
