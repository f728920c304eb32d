//! The page at `/`: what people see, to look at and click.

use super::core::Sim;
use axum::Router;
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
}
