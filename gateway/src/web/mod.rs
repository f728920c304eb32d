//! The HTTP side: the API under `/api/v1`, health, metrics.
//!
//! Handlers are short: they check what comes in, ask the live picture or the bridge, and turn errors into
//! problem documents that say what, where and how to mend.

mod asks;
mod bridge;
mod guard;
mod health;
mod problem;
mod sessions;
mod watch;

pub use guard::ApiToken;
pub use problem::Problem;

use crate::bridge::Caller;
use crate::ids::IdSource;
use crate::sessions::core::{Cards, Cores};
use crate::sessions::live::Board;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Largest request body: a message of some MiB with files in it.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Wanted as `Authorization: Bearer …` from everybody. Without one the gateway listens on loopback only.
    pub token: Option<ApiToken>,
}

/// What the handlers work with.
#[derive(Clone)]
pub struct Api {
    pub board: Arc<Board>,
    pub cards: Arc<Cards>,
    pub cores: Arc<Cores>,
    pub caller: Caller,
    pub ids: IdSource,
    pub registry: Arc<Registry>,
    pub stopping: CancellationToken,
}

pub fn router(config: Config, api: Api) -> Router {
    let v1 = Router::new()
        .route("/bridge", get(bridge::status))
        .route("/sessions", get(sessions::list).post(sessions::create))
        .route("/sessions/{id}", get(sessions::show))
        .route("/sessions/{id}/messages", get(sessions::messages).post(sessions::send))
        .route("/sessions/{id}/abort", post(sessions::abort))
        .route("/sessions/{id}/rename", post(sessions::rename))
        .route("/sessions/{id}/diff", get(sessions::diff))
        .route("/sessions/{id}/resume", post(sessions::resume))
        .route("/sessions/{id}/hold", post(sessions::hold))
        .route("/sessions/{id}/events", get(watch::events))
        .route("/asks", get(asks::list))
        .route("/asks/{id}", get(asks::show))
        .route("/asks/{id}/answer", post(asks::answer))
        .fallback(problem::no_such_page)
        .layer(from_fn_with_state(config.token, guard::guard))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    Router::new()
        .nest("/api/v1", v1)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(api)
}
