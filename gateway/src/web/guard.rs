//! Who may use the API: whoever has the token, if there is one; never another web site's page.

use super::Problem;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The operator's token for the API.
#[derive(Clone, Debug)]
pub struct ApiToken(SecretString);

impl ApiToken {
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }

    fn matches(&self, presented: &str) -> bool {
        let ours = Sha256::digest(self.0.expose_secret().as_bytes());
        let theirs = Sha256::digest(presented.as_bytes());
        ours.ct_eq(&theirs).into()
    }
}

pub(super) async fn guard(State(token): State<Option<ApiToken>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !same_origin(headers) {
        let detail = "Pages of another origin may not use this API.";
        return Problem::new(StatusCode::FORBIDDEN, "Wrong origin", detail).into_response();
    }
    if token.is_none() && !names_loopback(headers) {
        let detail = "Without a token the API answers to localhost only; set GATEWAY_API_TOKEN.";
        return Problem::new(StatusCode::FORBIDDEN, "Wrong host", detail).into_response();
    }
    if token.is_some_and(|token| !bearer(headers).is_some_and(|presented| token.matches(presented))) {
        let detail = "The API wants `Authorization: Bearer <token>` with the gateway's GATEWAY_API_TOKEN.";
        return Problem::new(StatusCode::UNAUTHORIZED, "Who are you?", detail).into_response();
    }
    next.run(request).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// A browser says where a page came from; programs say nothing.
fn same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, from)| from == host)
}

/// A name that points at loopback from outside (DNS rebinding) is no name of ours.
fn names_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(header::HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn pages_of_other_sites_are_turned_away() {
        // REQ-CONSOLE-03
        let ours = headers(&[(header::HOST, "localhost:8000"), (header::ORIGIN, "http://localhost:8000")]);
        let theirs = headers(&[(header::HOST, "localhost:8000"), (header::ORIGIN, "http://evil.test")]);
        assert!(same_origin(&ours) && !same_origin(&theirs));
        assert!(same_origin(&headers(&[(header::HOST, "localhost:8000")])));
    }

    #[test]
    fn a_foreign_name_for_loopback_is_turned_away() {
        // REQ-CONSOLE-03
        for ours in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost"] {
            assert!(names_loopback(&headers(&[(header::HOST, ours)])), "{ours}");
        }
        assert!(!names_loopback(&headers(&[(header::HOST, "rebound.test:8000")])));
    }
}
