//! The same for tests that are not in Rust, and for the page: `POST /_control` with `{"verb": …}` (see `Verb`), and
//! `GET /_control/state?user=NAME` for all that a person sees.

mod act;
mod state;
mod verb;

use super::core::Sim;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A page that waits for a change is answered by then all the same.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/_control", post(act)).route("/_control/state", get(look))
}

async fn act(State(sim): State<Arc<Sim>>, Json(wanted): Json<Value>) -> Response {
    let verb = match serde_json::from_value(wanted) {
        Ok(verb) => verb,
        Err(error) => return refuse(&format!("not understood: {error}")),
    };
    match act::act(&sim, verb).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refuse(&format!("{error:#}")),
    }
}

fn refuse(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response()
}

#[derive(Deserialize)]
struct Look {
    user: String,
    /// Waits until there is something newer than this.
    #[serde(default)]
    after: Option<u64>,
}

async fn look(State(sim): State<Arc<Sim>>, Query(look): Query<Look>) -> Json<Value> {
    let mut changes = sim.changes();
    if let Some(after) = look.after {
        let newer = async {
            while *changes.borrow_and_update() == after {
                if changes.changed().await.is_err() {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(LONGEST_WAIT, newer).await;
    }
    let number = *changes.borrow_and_update();
    let mut state = sim.quietly(|world| state::seen_by(world, &look.user));
    state["number"] = json!(number);
    Json(state)
}
