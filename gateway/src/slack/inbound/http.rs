//! HTTP mode: Slack calls us. Its signature is checked before anything of the body is looked at.

use super::intake::{Ack, Intake};
use super::parse::Delivery;
use crate::clock::Clock;
use crate::slack::metrics::InMetrics;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

/// Slack's own deliveries are far smaller; a form has at most 250 KB.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Older requests may have been recorded and played again.
const WINDOW_SECONDS: i64 = 300;

/// Where Slack calls: one address for events, commands and buttons.
pub(in crate::slack) const PATH: &str = "/slack/events";

#[derive(Clone)]
pub(in crate::slack) struct Http {
    pub(in crate::slack) secret: SecretString,
    pub(in crate::slack) clock: Arc<dyn Clock>,
    pub(in crate::slack) metrics: InMetrics,
    /// Empty until it is known who we are in Slack.
    pub(in crate::slack) intake: Arc<OnceLock<Intake>>,
}

pub(in crate::slack) fn router(http: Http) -> Router {
    Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(http)
}

async fn take(
    State(http): State<Http>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Err(reason) = http.verify(&headers, &body) {
        let source = from.map(|Extension(ConnectInfo(address))| address.to_string()).unwrap_or_default();
        tracing::warn!(source, reason, "request without Slack's signature refused");
        http.metrics.rejected(reason);
        return (StatusCode::UNAUTHORIZED, "This request is not signed by Slack.\n").into_response();
    }
    let Some((delivery, payload)) = read(&headers, &body) else {
        return (StatusCode::BAD_REQUEST, "This is not a delivery from Slack.\n").into_response();
    };
    if payload["type"] == "url_verification" {
        return axum::Json(json!({ "challenge": payload["challenge"] })).into_response();
    }
    let Some(intake) = http.intake.get() else { return later() };
    match intake.take(delivery, &payload).await {
        Ack::Plain => StatusCode::OK.into_response(),
        Ack::With(answer) => axum::Json(answer).into_response(),
        Ack::None => later(),
    }
}

/// Slack brings an event again, and shows a person that it did not work.
fn later() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "Not now; try again.\n").into_response()
}

impl Http {
    fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
        let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(time), Some(signature)) = (field("x-slack-request-timestamp"), field("x-slack-signature"))
        else {
            return Err("unsigned");
        };
        verify(&self.secret, time, signature, body, self.clock.now().as_second())
    }
}

fn verify(
    secret: &SecretString,
    time: &str,
    signature: &str,
    body: &[u8],
    now: i64,
) -> Result<(), &'static str> {
    let said: i64 = time.parse().map_err(|_| "odd_timestamp")?;
    if now.abs_diff(said) > WINDOW_SECONDS.unsigned_abs() {
        return Err("old_timestamp");
    }
    let given = signature.strip_prefix("v0=").and_then(|hex| hex::decode(hex).ok()).ok_or("odd_signature")?;
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).map_err(|_| "no_secret")?;
    mac.update(format!("v0:{time}:").as_bytes());
    mac.update(body);
    // Takes the same time whatever is wrong with it.
    mac.verify_slice(&given).map_err(|_| "bad_signature")
}

/// Events are JSON, buttons JSON in a form's field, commands a form.
fn read(headers: &HeaderMap, body: &[u8]) -> Option<(Delivery, Value)> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if kind.starts_with("application/json") {
        return Some((Delivery::Event, serde_json::from_slice(body).ok()?));
    }
    let fields: Map<String, Value> =
        form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), value.into())).collect();
    match fields.get("payload").and_then(Value::as_str) {
        Some(payload) => Some((Delivery::Interactive, serde_json::from_str(payload).ok()?)),
        None if fields.contains_key("command") => Some((Delivery::Command, Value::Object(fields))),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const TIME: &str = "1531420618";
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn check(signature: &str, body: &str, now: i64) -> Result<(), &'static str> {
        verify(&SECRET.into(), TIME, signature, body.as_bytes(), now)
    }

    #[test]
    fn only_slack_can_sign_and_only_now() {
        // REQ-SLACK-01: the example of Slack's documentation.
        let now = 1_531_420_618;
        assert_eq!(check(SIGNATURE, BODY, now), Ok(()));
        assert_eq!(check(SIGNATURE, BODY, now + 300), Ok(()));
        assert_eq!(check(SIGNATURE, BODY, now + 301), Err("old_timestamp"));
        assert_eq!(check(SIGNATURE, BODY, now - 301), Err("old_timestamp"));
        assert_eq!(check(SIGNATURE, &BODY.replace("roadrunner", "coyote"), now), Err("bad_signature"));
        assert_eq!(check(&SIGNATURE[..21], BODY, now), Err("bad_signature"));
        assert_eq!(check("v1=00", BODY, now), Err("odd_signature"));
        assert_eq!(verify(&SECRET.into(), "soon", SIGNATURE, BODY.as_bytes(), now), Err("odd_timestamp"));
    }

    #[test]
    fn the_three_kinds_of_body_are_told_apart() {
        let headers = |kind: &'static str| {
            HeaderMap::from_iter([(header::CONTENT_TYPE, axum::http::HeaderValue::from_static(kind))])
        };
        let form = headers("application/x-www-form-urlencoded");
        let (delivery, payload) = read(&form, BODY.as_bytes()).unwrap();
        assert_eq!((delivery, &payload["user_id"]), (Delivery::Command, &json!("U2CERLKJA")));
        let (delivery, payload) = read(&form, b"payload=%7B%22type%22%3A%22block_actions%22%7D").unwrap();
        assert_eq!((delivery, &payload["type"]), (Delivery::Interactive, &json!("block_actions")));
        let (delivery, _) = read(&headers("application/json; charset=utf-8"), b"{}").unwrap();
        assert_eq!(delivery, Delivery::Event);
        assert!(read(&form, b"nothing=here").is_none() && read(&HeaderMap::new(), b"{}").is_none());
    }
}
