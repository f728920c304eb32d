//! The HTTP side: the API under `/api/v1`, health, metrics.
//!
//! Handlers are short: they check what comes in, ask the live picture or the bridge, and turn errors into
//! problem documents that say what, where and how to mend.

mod about;
mod asks;
mod assets;
mod bridge;
mod health;
mod once;
mod problem;
mod sessions;
mod steer;
mod thread;
mod verdict;
mod watch;

use crate::access::{self, Access};
use crate::bridge::Caller;
use crate::ids::IdSource;
use crate::problem::Problem;
use crate::projects::Catalogue;
use crate::sessions::desk::Desk;
use crate::sessions::live::Board;
use crate::sessions::ports::Archive;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use once::Answers;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Largest request body: a message of some MiB with files in it.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Said in the page: what works here is a demo.
    pub demo: bool,
}

/// What the handlers work with.
#[derive(Clone)]
pub struct Api {
    pub desk: Arc<Desk>,
    pub board: Arc<Board>,
    pub caller: Caller,
    pub ids: IdSource,
    pub registry: Arc<Registry>,
    pub catalogue: Arc<Catalogue>,
    pub archive: Arc<dyn Archive>,
    pub demo: bool,
    pub stopping: CancellationToken,
}

pub fn router(api: Api, access: Arc<Access>) -> Router {
    let v1 = Router::new()
        .route("/bridge", get(bridge::status))
        .route("/sessions", get(sessions::list).post(sessions::create))
        .route("/sessions/{id}", get(sessions::show))
        .route("/sessions/{id}/messages", get(sessions::messages).post(steer::say))
        .route("/sessions/{id}/abort", post(steer::stop))
        .route("/sessions/{id}/pause", post(steer::pause))
        .route("/sessions/{id}/resume", post(steer::resume))
        .route("/sessions/{id}/close", post(steer::close))
        .route("/sessions/{id}/thread", get(thread::show))
        .route("/sessions/{id}/thread/events", get(thread::events))
        .route("/cards", get(thread::cards))
        .route("/cards/events", get(thread::card_events))
        .route("/sessions/{id}/rename", post(sessions::rename))
        .route("/sessions/{id}/diff", get(sessions::diff))
        .route("/sessions/{id}/hold", post(sessions::hold))
        .route("/sessions/{id}/events", get(watch::events))
        .route("/asks", get(asks::list))
        .route("/asks/{id}", get(asks::show))
        .route("/asks/{id}/answer", post(asks::answer))
        .route("/asks/{id}/aside", post(asks::aside))
        .route("/me", get(about::me))
        .route("/projects", get(about::projects))
        .route("/routing", get(about::routing))
        .route("/audit", get(about::audit))
        .route("/state", get(about::state))
        .fallback(problem::no_such_page)
        .layer(from_fn_with_state(Arc::new(Answers::default()), once::once))
        .layer(from_fn_with_state(Arc::clone(&access), access::guard))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES));
    let door = Router::new()
        .route("/api/v1/sign-in", post(access::sign_in))
        .route("/api/v1/sign-out", post(access::sign_out))
        .with_state(access);
    Router::new()
        .nest("/api/v1", v1)
        .route("/", get(assets::index))
        .route("/{*path}", get(assets::file))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(api)
        .merge(door)
}
