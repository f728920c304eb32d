//! The pods and their links.

use super::Api;
use crate::bridge::PodStatus;
use axum::Json;
use axum::extract::State;
use std::collections::HashMap;

pub(super) async fn status(State(api): State<Api>) -> Json<Vec<PodStatus>> {
    let mut pods = api.caller.status();
    // What a pod said in its hello is of then; sessions come and go since.
    let mut shown: HashMap<String, usize> = HashMap::new();
    for session in api.board.list() {
        *shown.entry(session.pod).or_default() += 1;
    }
    for pod in &mut pods {
        pod.sessions = shown.get(&pod.pod).copied().unwrap_or_default();
    }
    Json(pods)
}
