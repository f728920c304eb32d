//! Answers of the Web API: `{"ok":true,…}`, or `{"ok":false,"error":…}` with HTTP 200 all the same.

use serde_json::{Map, Value, json};

#[derive(Clone, Debug)]
pub struct Failure {
    pub code: String,
    pub extra: Map<String, Value>,
}

pub type Answer = Result<Value, Failure>;

pub fn fail(code: &str) -> Failure {
    Failure { code: code.to_owned(), extra: Map::new() }
}

impl Failure {
    /// A sentence under `response_metadata.messages`, where Slack puts the reason.
    #[must_use]
    pub fn message(self, text: impl Into<String>) -> Self {
        self.with("response_metadata", json!({ "messages": [text.into()] }))
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: Value) -> Self {
        self.extra.insert(key.to_owned(), value);
        self
    }

    pub fn body(&self) -> Value {
        let mut body = self.extra.clone();
        body.insert("ok".to_owned(), json!(false));
        body.insert("error".to_owned(), json!(self.code));
        Value::Object(body)
    }
}

/// `ok` in front of what a method answers.
pub fn success(answer: Value) -> Value {
    let mut body = Map::from_iter([("ok".to_owned(), json!(true))]);
    if let Value::Object(fields) = answer {
        body.extend(fields);
    }
    Value::Object(body)
}
