//! Webhooks of the forge. Verified by their signature, they only make a delivery look earlier: what they say is never believed, and
//! without them everything works as well (REQ-DELIVER-17).

use super::delivery_rooms::DeliveryRooms;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use gateway_forge::webhook::{self, MOST_OF_A_WEBHOOK, WebhookFault};
use secrecy::SecretString;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

const PATH: &str = "/hooks/github";

/// Deliveries of webhooks that are remembered. One that comes again is answered and does nothing.
const REMEMBERED: usize = 1_000;

#[derive(Clone)]
struct Door {
    rooms: Arc<DeliveryRooms>,
    secret: SecretString,
    seen: Arc<Mutex<VecDeque<String>>>,
}

pub fn webhook_door(rooms: Arc<DeliveryRooms>, secret: SecretString) -> Router {
    let door = Door { rooms, secret, seen: Arc::default() };
    Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::max(MOST_OF_A_WEBHOOK)).with_state(door)
}

async fn take(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let hint = match webhook::verify(&door.secret, &headers, &body) {
        Ok(hint) => hint,
        Err(fault @ WebhookFault::TooLong) => return (StatusCode::PAYLOAD_TOO_LARGE, format!("{fault}\n")),
        Err(fault) => {
            tracing::warn!(%fault, "a webhook was refused");
            return (StatusCode::UNAUTHORIZED, format!("{fault}\n"));
        }
    };
    if let Some(repository) = hint.repository.filter(|_| door.is_new(hint.delivery)) {
        door.rooms.look_now(&repository.to_string(), &hint.pulls).await;
    }
    (StatusCode::ACCEPTED, "Taken.\n".to_owned())
}

impl Door {
    fn is_new(&self, delivery: String) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.contains(&delivery) {
            return false;
        }
        if seen.len() >= REMEMBERED {
            seen.pop_front();
        }
        seen.push_back(delivery);
        true
    }
}
