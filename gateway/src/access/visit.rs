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

/// Whether this is a page of the very host that leads there. Browsers drop blanks and controls from addresses, so
/// what is no way out as it stands may become one.
pub(crate) fn is_inside(to: &str) -> bool {
    let plain = !to.contains(['\\', ' ']) && !to.contains(char::is_control);
    to.starts_with('/') && !to.starts_with("//") && plain
}

fn word<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn nobody_is_led_to_another_host() {
        // L3
        for ours in ["/", "/L3dvcms/session/ses_1?x=1#y", "/a//b"] {
            assert!(is_inside(ours), "{ours}");
        }
        for theirs in [
            "",
            "//evil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "/\\evil.test",
            "\t//evil.test",
            "https://evil.test",
        ] {
            assert!(!is_inside(theirs), "{theirs:?}");
        }
    }
}
