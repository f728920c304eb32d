//! Lets a peer in: checks its token, then hands the socket to a link task.

use super::auth::{self, AuthError, Shown};
use super::{Reception, link};
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
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
    let shown = match auth::admit(shared, &headers, peer.ip()).await {
        Ok(shown) => shown,
        Err(refusal) => {
            shared.metrics.refused("token");
            // Of thousands of guesses some lines tell as much.
            match refusal {
                AuthError::TooOften(_) => tracing::debug!(%peer, reason = %refusal, "bridge peer refused"),
                _ => tracing::warn!(%peer, reason = %refusal, "bridge peer refused"),
            }
            return (refusal.status(), refusal.to_string()).into_response();
        }
    };
    if shared.closing.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "The gateway is stopping; connect again.").into_response();
    }
    upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(HARD_FRAME_BYTES)
        .max_frame_size(HARD_FRAME_BYTES)
        .on_upgrade(move |socket| start(reception, socket, peer, shown))
}

/// The link runs in the hub's own task set, so that closing the hub waits for it.
async fn start(reception: Reception, socket: WebSocket, peer: SocketAddr, shown: Shown) {
    let tasks = reception.shared.tasks.clone();
    tasks.spawn(link::run(reception, socket, peer, shown));
}
