//! Lets a peer in: checks its token, then hands the socket to a link task.

use super::{Reception, auth, link};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bridge_protocol::limits::HARD_FRAME_BYTES;
use std::net::SocketAddr;

/// What is read of a socket at once, and held for each link as long as it lasts. It is written over with zeros before
/// each read, so a large one costs time as well as memory; a frame that is longer gets the room that it needs.
const READ_BUFFER: usize = 16 * 1024;

pub(super) async fn upgrade(
    State(reception): State<Reception>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let shared = &reception.shared;
    let (token, accounts) = (shared.config.token.as_ref(), shared.accounts.as_deref());
    if let Err(refusal) = auth::admit(token, accounts, &headers).await {
        shared.metrics.refused("token");
        tracing::warn!(%peer, reason = %refusal, "bridge peer refused");
        return (StatusCode::UNAUTHORIZED, refusal.to_string()).into_response();
    }
    if shared.closing.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "The gateway is stopping; connect again.").into_response();
    }
    upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(HARD_FRAME_BYTES)
        .max_frame_size(HARD_FRAME_BYTES)
        .on_upgrade(move |socket| start(reception, socket, peer))
}

/// The link runs in the hub's own task set, so that closing the hub waits for it.
async fn start(reception: Reception, socket: axum::extract::ws::WebSocket, peer: SocketAddr) {
    let tasks = reception.shared.tasks.clone();
    tasks.spawn(link::run(reception, socket, peer));
}
