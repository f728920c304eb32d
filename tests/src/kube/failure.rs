//! What the server says when it refuses, as the real one words it.

use super::kinds::Kind;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub code: u16,
    /// Empty where the real server gives none.
    pub reason: &'static str,
    pub message: String,
    pub details: Value,
}

impl Failure {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, reason, message: message.into(), details: json!({}) }
    }

    pub(super) fn with_causes(mut self, causes: Vec<Value>) -> Self {
        if !causes.is_empty() {
            self.details["causes"] = Value::Array(causes);
        }
        self
    }

    /// Of one object: its name, group and resource are among the details.
    fn of(mut self, kind: &Kind, name: &str) -> Self {
        self.details = json!({ "name": name, "kind": kind.resource });
        if !kind.group.is_empty() {
            self.details["group"] = json!(kind.group);
        }
        self
    }

    pub(super) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.qualified());
        Self::new(404, "NotFound", message).of(kind, name)
    }

    pub(super) fn exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::new(409, "AlreadyExists", message).of(kind, name)
    }

    /// By right or by admission.
    pub(super) fn forbidden(kind: &Kind, name: &str, why: &str) -> Self {
        let subject =
            if name.is_empty() { kind.qualified() } else { format!("{} \"{name}\"", kind.qualified()) };
        Self::new(403, "Forbidden", format!("{subject} is forbidden: {why}")).of(kind, name)
    }

    pub(super) fn conflict(kind: &Kind, name: &str, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.qualified());
        Self::new(409, "Conflict", message).of(kind, name)
    }

    pub(super) fn modified(kind: &Kind, name: &str) -> Self {
        let why =
            "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(kind, name, why)
    }

    /// One field is wrong.
    pub(super) fn invalid(kind: &Kind, name: &str, field: &str, fault: &str) -> Self {
        let subject = if kind.group.is_empty() {
            kind.kind.to_owned()
        } else {
            format!("{}.{}", kind.kind, kind.group)
        };
        let message = format!("{subject} \"{name}\" is invalid: {field}: {fault}");
        let cause = json!({ "reason": "FieldValueInvalid", "message": fault, "field": field });
        let mut failure = Self::new(422, "Invalid", message).of(kind, name);
        failure.details["kind"] = json!(kind.kind);
        failure.with_causes(vec![cause])
    }

    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if self.details.as_object().is_some_and(|details| !details.is_empty()) {
            status["details"] = self.details.clone();
        }
        status
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (code, Json(self.status())).into_response()
    }
}
