//! `Idempotency-Key`: a change that is sent again with the same key gets the first answer, and is made once.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Method, Response as HttpResponse, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gateway_domain::Person;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

use super::Problem;

pub(super) const KEY: &str = "idempotency-key";

/// Answers that are remembered; the oldest is forgotten first.
const KEPT: usize = 1_000;

/// Largest answer that is remembered.
const MAX_ANSWER: usize = 1 << 20;

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    kind: Option<axum::http::HeaderValue>,
    body: Bytes,
}

type Slot = Arc<OnceCell<Answer>>;

#[derive(Default)]
pub(super) struct Answers(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    slots: HashMap<String, Slot>,
    order: VecDeque<String>,
}

impl Answers {
    fn slot(&self, name: String) -> Slot {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = kept.slots.get(&name) {
            return Arc::clone(slot);
        }
        if kept.order.len() >= KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.slots.remove(&oldest);
        }
        let slot = Slot::default();
        kept.order.push_back(name.clone());
        kept.slots.insert(name, Arc::clone(&slot));
        slot
    }

    fn forget(&self, name: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.slots.remove(name);
        kept.order.retain(|known| known != name);
    }
}

pub(super) async fn once(State(answers): State<Arc<Answers>>, request: Request, next: Next) -> Response {
    let key = request.headers().get(KEY).map(|key| key.to_str().unwrap_or_default().to_owned());
    let (Some(key), Method::POST) = (key, request.method().clone()) else { return next.run(request).await };
    if key.is_empty() || key.len() > 128 {
        return Problem::bad_request("An Idempotency-Key has 1 to 128 characters.").into_response();
    }
    let who = request.extensions().get::<Person>().map_or("", |person| person.id.as_str());
    let name = format!("{who}\n{}\n{key}", request.uri().path());
    // Whoever comes second waits for the first.
    let slot = answers.slot(name.clone());
    let answer = slot.get_or_init(|| async { remembered(next.run(request).await).await }).await.clone();
    // What failed for a passing reason may be tried again.
    if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
        answers.forget(&name);
    }
    answer.into_response()
}

async fn remembered(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_ANSWER).await.unwrap_or_default();
    Answer { status: parts.status, kind: parts.headers.get(header::CONTENT_TYPE).cloned(), body }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let Self { status, kind, body } = self;
        let mut response = HttpResponse::new(Body::from(body));
        *response.status_mut() = status;
        response.headers_mut().extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
        response
    }
}
