//! OpenCode's page gets one more script: ours, from its own origin, as its content policy allows.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Longest page that is read whole; OpenCode's has 3 KB.
pub(super) const MAX_PAGE: usize = 1024 * 1024;

const SCRIPT: &str = r#"<script type="module" src="/__gw/p.js"></script>"#;

/// A script of ours, as it is served.
pub(super) fn script(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}

/// At the end of the head; a page without one gets it at its end.
pub(super) fn with_script(page: &[u8]) -> Vec<u8> {
    const END: &[u8] = b"</head>";
    let found = page.windows(END.len()).position(|window| window.eq_ignore_ascii_case(END));
    let (before, after) = page.split_at(found.unwrap_or(page.len()));
    [before, SCRIPT.as_bytes(), after].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_goes_to_the_end_of_the_head() {
        let page = String::from_utf8(with_script(b"<head><title>x</title></HEAD><body>")).unwrap();
        assert_eq!(page, format!("<head><title>x</title>{SCRIPT}</HEAD><body>"));
        assert_eq!(with_script(b"bare"), format!("bare{SCRIPT}").into_bytes());
    }
}
