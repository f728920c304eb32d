//! Which headers go through. What concerns one connection stays on it, and what a person shows the gateway is not
//! shown to OpenCode.

use crate::access::PERSON;
use axum::http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, COOKIE, EXPECT, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    ORIGIN, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE, REFERER, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, WWW_AUTHENTICATE,
};
use axum::http::{HeaderMap, HeaderName};

const ONE_CONNECTION: [HeaderName; 9] = [
    CONNECTION,
    EXPECT,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    KEEP_ALIVE,
];

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// Cookies know no ports, so the console's come along; a token may be there too. The origin was looked at here, and
/// OpenCode would not know it.
const OURS: [HeaderName; 6] = [HOST, COOKIE, AUTHORIZATION, ORIGIN, REFERER, HeaderName::from_static(PERSON)];

/// What would bring a page that the script cannot be put into.
const NOT_FOR_PAGES: [HeaderName; 4] = [ACCEPT_ENCODING, IF_NONE_MATCH, IF_MODIFIED_SINCE, RANGE];

/// Of OpenCode's answer: a cookie of its own would be one of the console's host as well, and a browser must not ask
/// anybody for OpenCode's password.
const OPENCODES: [HeaderName; 2] = [SET_COOKIE, WWW_AUTHENTICATE];

pub(super) fn to_opencode(mut headers: HeaderMap, proxy: Option<&HeaderName>, page: bool) -> HeaderMap {
    drop_of_connection(&mut headers);
    let pages = if page { NOT_FOR_PAGES.as_slice() } else { &[] };
    for name in OURS.iter().chain(pages).chain(proxy) {
        headers.remove(name);
    }
    headers
}

pub(super) fn to_person(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    drop_of_connection(&mut headers);
    for name in &OPENCODES {
        headers.remove(name);
    }
    headers
}

/// The standing ones, and those that `Connection` names.
fn drop_of_connection(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<_> =
        named.flat_map(|all| all.split(',')).filter_map(|name| name.trim().parse().ok()).collect();
    for name in named.iter().chain(&ONE_CONNECTION) {
        headers.remove::<&HeaderName>(name);
    }
}

/// Wants to become a WebSocket.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    headers.get(UPGRADE).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_static(v))).collect()
    }

    fn names(headers: &HeaderMap) -> Vec<&str> {
        let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn what_a_person_shows_the_gateway_stays_here() {
        let proxy = HeaderName::from_static("x-forwarded-user");
        let sent = headers(&[
            ("cookie", "gateway_person=secret"),
            ("authorization", "Bearer secret"),
            ("x-gateway-person", "anna"),
            ("x-forwarded-user", "anna"),
            ("origin", "http://localhost:8001"),
            ("host", "localhost:8001"),
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("accept-encoding", "gzip"),
            ("content-type", "application/json"),
        ]);
        let passed = to_opencode(sent.clone(), Some(&proxy), false);
        assert_eq!(names(&passed), ["accept-encoding", "content-type"]);
        assert_eq!(names(&to_opencode(sent, Some(&proxy), true)), ["content-type"]);
    }

    #[test]
    fn opencode_sets_no_cookie_and_asks_for_no_password() {
        let answered = headers(&[
            ("set-cookie", "gateway_person=forged"),
            ("www-authenticate", "Basic"),
            ("transfer-encoding", "chunked"),
            ("content-type", "text/event-stream"),
        ]);
        assert_eq!(names(&to_person(&answered)), ["content-type"]);
    }
}
