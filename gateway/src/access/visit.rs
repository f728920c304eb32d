//! What a browser tells of where a request comes from.

use axum::http::{HeaderMap, Method};

/// A page of another site, or of another port of this host, makes the browser ask.
pub(crate) fn is_foreign(headers: &HeaderMap) -> bool {
    matches!(word(headers, "sec-fetch-site"), "cross-site" | "same-site")
}

/// Somebody opens a page of their own will: follows a link, types an address.
pub(crate) fn is_visit(method: &Method, headers: &HeaderMap) -> bool {
    let framed = !matches!(word(headers, "sec-fetch-dest"), "" | "document");
    method == Method::GET && word(headers, "accept").contains("text/html") && !framed
}

fn word<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
