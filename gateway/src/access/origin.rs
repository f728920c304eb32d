//! What a request says of the host it is for and the page it comes from.

use crate::problem::Problem;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};

/// Another site's page must do nothing here, in nobody's name.
pub(super) fn from_no_foreign_page(headers: &HeaderMap) -> Result<(), Problem> {
    if same_origin(headers) {
        return Ok(());
    }
    let detail = "Requests from pages of another origin are refused.";
    Err(Problem::new(StatusCode::FORBIDDEN, "Wrong origin", detail))
}

/// A browser says where a page came from; programs say nothing.
fn same_origin(headers: &HeaderMap) -> bool {
    if !headers.contains_key(header::ORIGIN) {
        return true;
    }
    let (origin, host) = (only(headers, &header::ORIGIN), only(headers, &header::HOST));
    let from = origin.and_then(|origin| origin.split_once("://")).map(|(_, from)| from);
    from.is_some() && from == host
}

/// A name that points at loopback from outside (DNS rebinding) is no name of ours.
pub(super) fn names_loopback(headers: &HeaderMap) -> bool {
    let Some(host) = only(headers, &header::HOST) else { return false };
    let rest = ["localhost", "127.0.0.1", "[::1]"].iter().find_map(|name| host.strip_prefix(name));
    rest.is_some_and(|rest| rest.is_empty() || is_port(rest))
}

/// Such as `:8000`.
fn is_port(text: &str) -> bool {
    text.strip_prefix(':')
        .is_some_and(|port| port.bytes().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok())
}

/// The one value of a header. Of two nobody knows which one the next reader takes.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none())?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn pages_of_other_sites_are_turned_away() {
        // REQ-CONSOLE-03
        let ours = headers(&[(header::HOST, "localhost:8000"), (header::ORIGIN, "http://localhost:8000")]);
        let theirs = headers(&[(header::HOST, "localhost:8000"), (header::ORIGIN, "http://evil.test")]);
        assert!(same_origin(&ours) && !same_origin(&theirs));
        assert!(same_origin(&headers(&[(header::HOST, "localhost:8000")])));
        assert!(!same_origin(&headers(&[(header::ORIGIN, "http://localhost:8000")])));
        let two =
            [(header::HOST, "evil.test"), (header::HOST, "localhost"), (header::ORIGIN, "http://evil.test")];
        assert!(!same_origin(&headers(&two)));
    }

    #[test]
    fn a_foreign_name_for_loopback_is_turned_away() {
        // REQ-CONSOLE-03, L1
        for ours in ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "localhost"] {
            assert!(names_loopback(&headers(&[(header::HOST, ours)])), "{ours}");
        }
        let foreign = [
            "rebound.test:8000",
            "localhost:80@evil.test",
            "localhost:evil",
            "localhost:",
            "localhost:+80",
            "localhost:99999",
            "localhost.evil.test",
            "127.0.0.1.evil.test:80",
        ];
        for foreign in foreign {
            assert!(!names_loopback(&headers(&[(header::HOST, foreign)])), "{foreign}");
        }
        assert!(!names_loopback(&headers(&[(header::HOST, "localhost"), (header::HOST, "evil.test")])));
        assert!(!names_loopback(&HeaderMap::new()));
    }
}
