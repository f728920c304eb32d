//! `Idempotency-Key`: a change that is sent again with the same key gets the first answer, and is made once.
//!
//! Only what was done is remembered. Whatever was refused, or failed, may be otherwise the next time, so it is tried
//! again. What makes something in OpenCode also takes its own key from here ([`SentAs`]): that holds after a restart
//! of the gateway, and when nobody knows what became of the first attempt.

use super::MAX_BODY_BYTES;
use crate::problem::Problem;
use axum::body::{Body, Bytes, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, Response as HttpResponse, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use gateway_domain::Person;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

pub(super) const KEY: &str = "idempotency-key";

/// Longest key.
const MAX_KEY: usize = 128;

/// Answers that are remembered; the oldest is forgotten first.
const KEPT: usize = 1_000;

/// Largest answer that is remembered: the answer to a change is a few lines. All together stay below 64 MiB.
const MAX_ANSWER: usize = 64 * 1024;

/// A key of letters and digits, made of who sent it, where to and under which word: the same each time.
#[derive(Clone, Debug)]
pub(super) struct SentAs(pub(super) String);

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    kind: Option<HeaderValue>,
    body: Bytes,
}

/// A change under a key: what it is, and what became of it.
struct Slot {
    asked: [u8; 32],
    answer: OnceCell<Answer>,
}

#[derive(Default)]
pub(super) struct Answers(Mutex<RememberedAnswers>);

#[derive(Default)]
struct RememberedAnswers {
    slots: HashMap<String, Arc<Slot>>,
    order: VecDeque<String>,
}

impl Answers {
    fn slot(&self, name: &str, asked: [u8; 32]) -> Arc<Slot> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = kept.slots.get(name) {
            return Arc::clone(slot);
        }
        if kept.order.len() >= KEPT
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.slots.remove(&oldest);
        }
        let slot = Arc::new(Slot { asked, answer: OnceCell::new() });
        kept.order.push_back(name.to_owned());
        kept.slots.insert(name.to_owned(), Arc::clone(&slot));
        slot
    }

    fn forget(&self, name: &str, slot: &Arc<Slot>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.slots.get(name).is_some_and(|known| Arc::ptr_eq(known, slot)) && !slot.answer.initialized() {
            kept.slots.remove(name);
            kept.order.retain(|known| known != name);
        }
    }
}

pub(super) async fn once(State(answers): State<Arc<Answers>>, request: Request, next: Next) -> Response {
    let key = request.headers().get(KEY).map(|key| key.to_str().unwrap_or_default().to_owned());
    let (Some(key), Method::POST) = (key, request.method().clone()) else { return next.run(request).await };
    if key.is_empty() || key.len() > MAX_KEY {
        return Problem::bad_request(
            "An Idempotency-Key must have 1 to 128 visible ASCII \
            characters.",
        )
        .into_response();
    }
    match answers.answer(&key, request, next).await {
        Ok(answer) => answer.into_response(),
        Err(response) => *response,
    }
}

impl Answers {
    async fn answer(&self, key: &str, request: Request, next: Next) -> Result<Answer, Box<Response>> {
        let who = request.extensions().get::<Person>().map_or("", |person| person.id.as_str());
        let name = format!("{who}\n{}\n{key}", request.uri().path());
        let (asked, mut request) = fingerprint(request).await.map_err(boxed)?;
        request.extensions_mut().insert(SentAs(hex::encode(&Sha256::digest(&name)[..16])));
        let slot = self.slot(&name, asked);
        if slot.asked != asked {
            let detail = "This Idempotency-Key was already used for a different request. Use a new key.";
            return Err(boxed(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Key already used", detail)));
        }
        // Whoever comes second waits for the first; when that did nothing, it tries itself.
        let answer =
            slot.answer.get_or_try_init(|| async { remembered(next.run(request).await).await }).await;
        let answer = answer.cloned();
        if answer.is_err() {
            self.forget(&name, &slot);
        }
        answer
    }
}

/// What is asked for, and the request with its body again.
async fn fingerprint(request: Request) -> Result<([u8; 32], Request), Problem> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.map_err(|_| {
        let detail =
            format!("Request bodies are limited to {} MiB and must arrive complete.", MAX_BODY_BYTES >> 20);
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Invalid request", detail)
    })?;
    Ok((Sha256::digest(&body).into(), Request::from_parts(parts, Body::from(body))))
}

/// What was done is worth remembering; all else goes out as it is.
async fn remembered(response: Response) -> Result<Answer, Box<Response>> {
    let small = response.body().size_hint().exact().is_some_and(|size| size <= MAX_ANSWER as u64);
    if !response.status().is_success() || !small {
        return Err(Box::new(response));
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, MAX_ANSWER).await.unwrap_or_default();
    Ok(Answer { status: parts.status, kind: parts.headers.get(header::CONTENT_TYPE).cloned(), body })
}

fn boxed(problem: Problem) -> Box<Response> {
    Box::new(problem.into_response())
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tower::ServiceExt;

    /// Answers with the statuses one after the other, the last one for ever, and counts.
    fn router(statuses: &'static [u16]) -> (Router, Arc<AtomicUsize>) {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let handler = async move || {
            let call = counted.fetch_add(1, Ordering::SeqCst);
            let status = statuses.get(call).or(statuses.last()).copied().unwrap();
            (StatusCode::from_u16(status).unwrap(), format!("call {call}"))
        };
        let once = from_fn_with_state(Arc::new(Answers::default()), once);
        (Router::new().route("/", post(handler)).layer(once), calls)
    }

    async fn send(router: &Router, key: &str, body: &'static str) -> (u16, String) {
        let request = Request::post("/").header(KEY, key).body(Body::from(body)).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let text = to_bytes(response.into_body(), MAX_ANSWER).await.unwrap();
        (status, String::from_utf8(text.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn what_was_done_is_done_once_and_answered_the_same() {
        // REQ-CONSOLE-02
        let (router, calls) = router(&[201]);
        assert_eq!(send(&router, "one", "{}").await, (201, "call 0".to_owned()));
        assert_eq!(send(&router, "one", "{}").await, (201, "call 0".to_owned()));
        assert_eq!(send(&router, "two", "{}").await.1, "call 1");
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_was_refused_may_be_tried_again() {
        // REQ-CONSOLE-02
        for status in [403, 404, 409, 422, 429, 500, 503, 504] {
            let (router, calls) = router(Vec::leak(vec![status, 200]));
            assert_eq!(send(&router, "one", "{}").await.0, status);
            assert_eq!(send(&router, "one", "{}").await, (200, "call 1".to_owned()), "after {status}");
            assert_eq!(send(&router, "one", "{}").await.1, "call 1");
            assert_eq!(calls.load(Ordering::SeqCst), 2);
        }
    }

    #[tokio::test]
    async fn the_same_key_for_something_else_is_refused() {
        // REQ-CONSOLE-02
        let (router, calls) = router(&[200]);
        send(&router, "one", "{\"answer\":\"once\"}").await;
        let (status, problem) = send(&router, "one", "{\"answer\":\"deny\"}").await;
        assert!(status == 422 && problem.contains("Use a new key"), "{problem}");
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn two_at_once_are_one() {
        // REQ-CONSOLE-02
        let (router, calls) = router(&[200]);
        let both = tokio::join!(send(&router, "one", "{}"), send(&router, "one", "{}"));
        assert_eq!(both.0, both.1);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }
}
