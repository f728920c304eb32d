//! Errors of the API as `application/problem+json`: a title, and a sentence on what to do.

use crate::bridge::CallError;
use crate::sessions::desk::Refusal;
use crate::sessions::ports::{PodRefusal, PodRefused};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    title: &'static str,
    detail: String,
}

impl Problem {
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into() }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "The request is wrong", detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is no such thing", detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "That does not fit how things stand", detail)
    }

    fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OpenCode cannot be reached now", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, title, detail } = self;
        let body = json!({ "title": title, "status": status.as_u16(), "detail": detail });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(body)).into_response()
    }
}

impl From<PodRefused> for Problem {
    fn from(PodRefused { kind, sentence }: PodRefused) -> Self {
        match kind {
            PodRefusal::NoSuch => Self::not_found(sentence),
            PodRefusal::Invalid => Self::bad_request(sentence),
            PodRefusal::Conflict => Self::conflict(sentence),
            PodRefusal::Away => Self::unavailable(sentence),
            PodRefusal::Busy => Self::new(StatusCode::TOO_MANY_REQUESTS, "Too much at once", sentence),
            PodRefusal::TimedOut => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "OpenCode did not answer in time", sentence)
            }
            PodRefusal::Failed => Self::new(StatusCode::BAD_GATEWAY, "OpenCode could not do it", sentence),
        }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        PodRefused::from(error).into()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::UnknownSession(id) => Self::not_found(format!(
                "No session {id} is known; `gateway sessions list` shows those that are."
            )),
            Refusal::UnknownAsk(id) => {
                Self::not_found(format!("There is no ask {id}; `gateway asks list` shows those that wait."))
            }
            Refusal::Invalid(_) | Refusal::WhichPod(_) => Self::bad_request(detail),
            Refusal::Limit(_) => Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many sessions run", detail),
            Refusal::NoPod => Self::unavailable(detail),
            Refusal::Pod(refused) => refused.into(),
            Refusal::NotStored => Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not stored", detail),
            Refusal::Decided(verdict) => super::verdict::refused(&verdict),
        }
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), "The request is wrong", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

pub(super) async fn no_such_page() -> Problem {
    Problem::not_found("The API has no such page; docs/protocol.md and README.md list what there is.")
}
