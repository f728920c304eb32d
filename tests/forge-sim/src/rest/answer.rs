//! What the API answers, and how it refuses.

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

pub(crate) const DOCS: &str = "https://docs.github.com/rest";

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: Vec<(String, String)>,
    /// In place of the body, where it isn't JSON.
    pub(crate) text: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) message: String,
    pub(crate) errors: Vec<Value>,
    pub(crate) headers: Vec<(String, String)>,
}

pub(crate) type Outcome = Result<Answer, Refusal>;

impl Answer {
    pub(crate) fn ok(body: Value) -> Self {
        Self::with(200, body)
    }

    pub(crate) fn created(body: Value) -> Self {
        Self::with(201, body)
    }

    pub(crate) fn empty() -> Self {
        Self::with(204, Value::Null)
    }

    pub(crate) fn with(status: u16, body: Value) -> Self {
        Self { status, body, headers: Vec::new(), text: None }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        match (&self.text, &self.body) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Value::Null) => Vec::new(),
            (None, body) => body.to_string().into_bytes(),
        }
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let kind =
            if self.text.is_some() { "text/plain; charset=utf-8" } else { "application/json; charset=utf-8" };
        let bytes = self.bytes();
        let mut response = Response::builder().status(self.status);
        if !bytes.is_empty() {
            response = response.header("content-type", kind);
        }
        for (name, value) in &self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(bytes)).unwrap_or_default()
    }
}

impl Refusal {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }

    pub(crate) fn bad_credentials() -> Self {
        Self::new(401, "Bad credentials")
    }

    /// 422 with one error as GitHub lists them.
    pub(crate) fn invalid(resource: &str, field: &str, code: &str) -> Self {
        let error = json!({ "resource": resource, "field": field, "code": code });
        Self { errors: vec![error], ..Self::new(422, "Validation Failed") }
    }

    /// 422 with a sentence.
    pub(crate) fn custom(resource: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let error = json!({ "resource": resource, "code": "custom", "message": message });
        Self { errors: vec![error], ..Self::new(422, "Validation Failed") }
    }

    pub(crate) fn into_answer(self) -> Answer {
        let mut body = json!({
            "message": self.message,
            "documentation_url": DOCS,
            "status": self.status.to_string(),
        });
        if !self.errors.is_empty() {
            body["errors"] = Value::Array(self.errors);
        }
        Answer { status: self.status, body, headers: self.headers, text: None }
    }
}

/// As they look at GitHub; no two are alike when their numbers aren't.
pub(crate) fn request_id(number: u64) -> String {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    format!("{a:02X}{b:02X}:{c:02X}{d:02X}:{e:02X}{f:02X}{g:02X}{h:02X}")
}
