//! Pages shown instead of OpenCode's: where to sign in, or that it is offline.

use crate::access::sign_in_pages::{escaped, page};
use crate::problem::Problem;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use reqwest::Url;

pub(super) fn foreign() -> Response {
    let detail = "Requests from pages of another origin can't use OpenCode's web UI.";
    Problem::new(StatusCode::FORBIDDEN, "Wrong origin", detail).into_response()
}

/// Where to sign in; from there one comes back to the page that was wanted.
pub(super) fn sign_in(console: &str, headers: &HeaderMap, wanted: &Uri) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let path = wanted.path_and_query().map_or("/", |path| path.as_str());
    let link = Url::parse_with_params(&format!("{console}/opencode/enter"), [("host", host), ("to", path)]);
    let link = link.map_or_else(|_| console.to_owned(), |link| link.to_string());
    let body = format!(
        "<p>This is OpenCode's web UI. Sign in to the gateway to open it.</p>\
         <p><a href=\"{}\">Sign in</a></p>",
        escaped(&link)
    );
    (StatusCode::UNAUTHORIZED, page("Sign in first", &body)).into_response()
}

/// What went wrong on the way to OpenCode: a page for a person, a problem document for OpenCode's own script.
pub(super) fn trouble(visit: bool, status: StatusCode, detail: &str) -> Response {
    if visit {
        let body = format!("<p>{}</p>", escaped(detail));
        return (status, page("OpenCode can't be shown right now", &body)).into_response();
    }
    Problem::new(status, "OpenCode is unreachable", detail).into_response()
}
