//! The HTTP side: the API under `/api/v1`, health, metrics.
//!
//! Handlers are short: they check what comes in, ask the live picture or the bridge, and turn errors into
//! problem documents that say what, where and how to mend.

mod api_problems;
mod ask_routes;
mod assets;
mod bridge;
mod check_routes;
mod choice_routes;
mod delivery_routes;
mod events;
mod grant_routes;
mod health;
mod idempotency;
mod lab_routes;
mod me_routes;
mod open_opencode;
mod openapi;
mod paging;
mod passkey_routes;
mod path_ids;
mod project_routes;
mod review_routes;
mod routes;
mod sent_files;
mod session_stream;
mod sessions;
mod setup;
mod state_routes;
mod steer;
mod thread;
mod traced;
mod uploads;
mod workspace_routes;

pub use setup::Setup;

use crate::access::{self, Access};
use crate::front;
use crate::ids::IdSource;
use crate::passkeys::Passkeys;
use crate::problem::Problem;
use crate::sessions::desk::Desk;
use crate::sessions::pages::OpenCodePages;
use crate::sessions::presence::Presence;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use idempotency::Answers;
use openapi::Document;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Largest request body: a message of some MiB with files in it.
const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// A token of the sign-in provider.
const MAX_STRANGERS_BODY_BYTES: usize = 64 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Said in the page: what works here is a demo.
    pub demo: bool,
    pub setup: Setup,
}

/// What the handlers work with.
#[derive(Clone)]
pub struct Api {
    pub desk: Arc<Desk>,
    pub ids: IdSource,
    pub registry: Arc<Registry>,
    pub pages: Arc<OpenCodePages>,
    pub presence: Arc<Presence>,
    pub passkeys: Arc<Passkeys>,
    pub config: Arc<Config>,
    /// A word for this run of the gateway, in the ids of events.
    pub run: Arc<str>,
    pub stopping: CancellationToken,
}

pub fn router(api: Api, access: Arc<Access>) -> Router {
    let (v1, mut operations) = routes::v1().into_parts();
    let (links, described) = routes::links().into_parts();
    operations.extend(described);
    let v1 = v1
        .merge(links.with_state(Arc::clone(&access)))
        .fallback(api_problems::no_such_page)
        .method_not_allowed_fallback(api_problems::no_such_method)
        .layer(from_fn_with_state(Arc::new(Answers::default()), idempotency::once))
        .layer(from_fn_with_state(Arc::clone(&access), access::guard))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(traced::traced));
    let (door, described) = routes::door().into_parts();
    operations.extend(described);
    let (devices, described) = routes::devices().into_parts();
    operations.extend(described);
    let (operation, described) = routes::operation().into_parts();
    operations.extend(described);
    let document = Arc::new(Document::of(operations));
    let way_out = Router::new().route("/opencode/enter", get(open_opencode::enter));
    let way_out = way_out.with_state((api.clone(), Arc::clone(&access)));
    Router::new()
        .nest("/api/v1", v1)
        .route("/", get(assets::index))
        .route("/scalar", get(assets::reference))
        .route("/{*path}", get(assets::file))
        .route("/openapi.json", get(async move || ([(CONTENT_TYPE, "application/json")], document.json())))
        .merge(operation)
        .with_state(api)
        .merge(way_out)
        .merge(door.merge(entrances()).layer(from_fn(front::in_time)).with_state(Arc::clone(&access)))
        .merge(devices.layer(DefaultBodyLimit::max(MAX_STRANGERS_BODY_BYTES)).with_state(Arc::clone(&access)))
        .merge(provider().with_state(access))
        .method_not_allowed_fallback(api_problems::no_such_method)
}

/// What is asked before anybody is known, and has to arrive in time.
fn entrances() -> Router<Arc<Access>> {
    let back_channel = post(access::back_channel).layer(DefaultBodyLimit::max(MAX_STRANGERS_BODY_BYTES));
    Router::new().route("/enter", get(access::enter)).route(access::BACK_CHANNEL, back_channel)
}

/// Where a browser goes to a sign-in provider and comes back. The provider is asked meanwhile.
fn provider() -> Router<Arc<Access>> {
    Router::new()
        .route(access::BEGIN, get(access::begin))
        .route(access::CALLBACK, get(access::callback))
        .route(access::GITHUB_BEGIN, get(access::github_begin))
        .route(access::GITHUB_CALLBACK, get(access::github_callback))
}
