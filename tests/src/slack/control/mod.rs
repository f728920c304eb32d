//! The same for tests that are not in Rust, and for the page: `POST /_control/VERB` with JSON.

use super::core::Sim;
use axum::Router;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
}
