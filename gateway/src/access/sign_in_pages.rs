//! Plain pages of the gateway's own, for people on their way in.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// Nothing but text.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// `body` is HTML; what comes from outside is [`escaped`] in it.
pub(crate) fn page(title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>body{{font:1.0625rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.25rem}}\
         :root{{color-scheme:light dark}}</style><h1>{title}</h1>{body}</html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, Html(text)).into_response()
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Lets the browser ask again, this time from a page of ours: a strict cookie does not come along from another
/// site's link.
pub(crate) fn once_more() -> Response {
    ([(header::REFRESH, "0")], page("One moment", "<p>Looking who you are…</p>")).into_response()
}

/// Goes on to another page of this host by itself.
pub(crate) fn go_on(to: &str) -> Response {
    let link = escaped(to);
    let body =
        format!("<meta http-equiv=\"refresh\" content=\"0;url={link}\"><p><a href=\"{link}\">Go on</a></p>");
    page("One moment", &body)
}
