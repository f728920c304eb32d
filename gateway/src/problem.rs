//! Errors over HTTP as `application/problem+json`: a title, and a sentence on what to do.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gateway_domain::Running;
use schemars::JsonSchema;
use serde::Serialize;

/// What a problem document is sent as.
pub const KIND: &str = "application/problem+json";

/// What went wrong, and what to do.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Problem {
    #[serde(serialize_with = "number")]
    #[schemars(with = "u16")]
    status: StatusCode,
    title: &'static str,
    /// A sentence for a person.
    detail: String,
    /// At a limit of running sessions: those that count.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    running: Vec<Running>,
}

fn number<S: serde::Serializer>(status: &StatusCode, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u16(status.as_u16())
}

impl Problem {
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), running: vec![] }
    }

    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Invalid request", detail)
    }

    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", detail)
    }

    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "That's no longer possible", detail)
    }

    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "OpenCode is unreachable", detail)
    }

    /// Names the sessions that stand in the way.
    pub fn with_running(self, running: Vec<Running>) -> Self {
        Self { running, ..self }
    }

    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (self.status, [(header::CONTENT_TYPE, KIND)], Json(self)).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            let detail = "Requests are limited to 8 MiB (128 KiB of text plus 5 MiB of files).";
            return Self::new(rejection.status(), "Request too large", detail);
        }
        Self::new(rejection.status(), "Invalid request", rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}
