//! Plain pages of the gateway's own, for people on their way in.

use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

/// Nothing but text.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/// The console's sign-in page, without its scripts.
const STYLE: &str = "\
    :root{color-scheme:light dark;--page:#fbfbfa;--ink:#1c1b1a;--soft:#55534e;--sunken:#f3f3f1;--accent:#4f46e5}\
    @media(prefers-color-scheme:dark){\
    :root{--page:#131315;--ink:#eeedeb;--soft:#b9b7b2;--sunken:#222226;--accent:#6a63f0}}\
    body{margin:0;min-height:100dvh;display:grid;place-items:center;background:var(--page);color:var(--ink);\
    font:0.9375rem/1.55 ui-sans-serif,system-ui,sans-serif}\
    main{box-sizing:border-box;width:100%;max-width:26rem;padding:1rem}\
    .brand{display:flex;align-items:center;gap:.6rem;font-weight:600}.brand svg{width:1.75rem;height:1.75rem}\
    h1{font-size:1.25rem;line-height:1.3;margin:1.25rem 0 .5rem}p{color:var(--soft)}.brand{color:var(--ink)}\
    a{color:inherit}code{background:var(--sunken);border-radius:.375rem;padding:.1rem .35rem}\
    .button{display:block;padding:.65rem 1rem;border-radius:.75rem;background:var(--accent);color:#fff;font-weight:600;\
    text-align:center;text-decoration:none}";

const MARK: &str = "<svg viewBox=\"0 0 32 32\" aria-hidden=\"true\"><rect width=\"32\" height=\"32\" rx=\"9\" fill=\"#4f46e5\"/>\
    <path d=\"M9 11.5 13.5 16 9 20.5M16.5 21H23\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2.6\" \
    stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>";

/// `body` is HTML; what comes from outside is [`escaped`] in it.
pub(crate) fn page(title: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style><main><p class=\"brand\">{MARK}OpenCode Gateway</p><h1>{title}</h1>{body}</main></html>"
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
    ([(header::REFRESH, "0")], page("One moment", "<p>Signing you in…</p>")).into_response()
}

/// Goes on to another page of this host by itself.
pub(crate) fn go_on(to: &str) -> Response {
    let link = escaped(to);
    let body = format!(
        "<meta http-equiv=\"refresh\" content=\"0;url={link}\"><p><a href=\"{link}\">Continue</a></p>"
    );
    page("One moment", &body)
}
