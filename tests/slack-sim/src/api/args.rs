//! Arguments of a Web API call, however they came: query, form with JSON in strings, JSON, multipart.

use axum::extract::{FromRequest, Multipart, Request};
use serde_json::{Map, Value};

use super::answer::{Failure, fail};

/// The largest body of a call.
const MAX_BODY: usize = 8 * 1024 * 1024;

#[derive(Clone, Debug, Default)]
pub struct Args(pub Map<String, Value>);

impl Args {
    pub fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    pub fn need(&self, key: &str) -> Result<String, Failure> {
        self.text(key).ok_or_else(|| {
            fail("invalid_arguments").message(format!("[ERROR] missing required field: {key}"))
        })
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        match self.0.get(key)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_i64() != Some(0)),
            Value::String(text) => Some(matches!(text.as_str(), "true" | "1")),
            _ => None,
        }
    }

    pub fn number(&self, key: &str) -> Option<u64> {
        match self.0.get(key)? {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// An argument that is JSON, or JSON in a string as forms have it. `Err` holds the error code that was given.
    pub fn json(&self, key: &str, error: &str) -> Result<Option<Value>, Failure> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text).map(Some).map_err(|_| fail(error)),
            Some(value) => Ok(Some(value.clone())),
        }
    }

    pub fn list(&self, key: &str, error: &str) -> Result<Option<Vec<Value>>, Failure> {
        match self.json(key, error)? {
            None => Ok(None),
            Some(Value::Array(list)) => Ok(Some(list)),
            Some(_) => Err(fail(error)),
        }
    }
}

pub struct Read {
    pub args: Args,
    /// A token in query or form. In JSON bodies Slack does not look for one.
    pub token: Option<String>,
    pub was_json: bool,
}

pub async fn read(request: Request) -> Result<Read, Failure> {
    let mut fields = pairs(request.uri().query().unwrap_or_default().as_bytes());
    let kind =
        request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut was_json = false;
    if kind == "multipart/form-data" {
        fields.extend(parts(request).await?);
    } else {
        let body = axum::body::to_bytes(request.into_body(), MAX_BODY).await;
        let body = body.map_err(|_| fail("request_timeout"))?;
        match kind.as_str() {
            "application/json" => {
                was_json = true;
                let mut given = object(&body)?;
                given.remove("token");
                fields.extend(given);
            }
            "application/x-www-form-urlencoded" => fields.extend(pairs(&body)),
            _ if body.is_empty() => {}
            "" => return Err(fail("missing_post_type")),
            _ => return Err(fail("invalid_post_type")),
        }
    }
    let token = fields.remove("token").and_then(|token| token.as_str().map(str::to_owned));
    Ok(Read { args: Args(fields), token, was_json })
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Failure> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(fail("json_not_object")),
        Err(_) => Err(fail("invalid_json")),
    }
}

/// Fields of a form or a query. A text that is no form holds none.
pub fn pairs(bytes: &[u8]) -> Map<String, Value> {
    form_urlencoded::parse(bytes)
        .map(|(key, value)| (key.into_owned(), Value::String(value.into_owned())))
        .collect()
}

async fn parts(request: Request) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| fail("invalid_form_data"))?;
    while let Some(field) = form.next_field().await.map_err(|_| fail("invalid_form_data"))? {
        let name = field.name().unwrap_or_default().to_owned();
        let text = field.text().await.map_err(|_| fail("invalid_form_data"))?;
        fields.insert(name, Value::String(text));
    }
    Ok(fields)
}
