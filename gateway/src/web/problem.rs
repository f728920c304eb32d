//! Errors of the API as `application/problem+json`: a title, and a sentence on what to do.

use crate::bridge::CallError;
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bridge_protocol::{CommandError, ErrorCode};
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

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        let detail = error.to_string();
        match error {
            CallError::UnknownPod { .. } | CallError::UnknownSession { .. } => Self::not_found(detail),
            CallError::Offline { .. } | CallError::PodRestarted { .. } => Self::unavailable(detail),
            CallError::Busy { .. } => Self::new(StatusCode::TOO_MANY_REQUESTS, "Too much at once", detail),
            CallError::AlreadyInFlight { .. } => Self::conflict(detail),
            CallError::TimedOut { .. } => {
                Self::new(StatusCode::GATEWAY_TIMEOUT, "OpenCode did not answer in time", detail)
            }
            CallError::Command(error) => error.into(),
        }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let detail = error.message;
        match error.code {
            ErrorCode::InvalidArgument | ErrorCode::DirectoryNotFound => Self::bad_request(detail),
            ErrorCode::SessionNotFound | ErrorCode::MessageNotFound => Self::not_found(detail),
            ErrorCode::Busy | ErrorCode::Superseded => Self::conflict(detail),
            ErrorCode::OpencodeUnreachable => Self::unavailable(detail),
            _ => Self::new(StatusCode::BAD_GATEWAY, "OpenCode could not do it", detail),
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
