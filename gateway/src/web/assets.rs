//! The console's files, built into the binary.

use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "console/dist"]
#[exclude = "*.map"]
struct Files;

/// Only what this gateway serves: no foreign script, style, frame or form.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// Files with a hash in their name never change.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) async fn index() -> Response {
    page()
}

/// The reference of the API, drawn from `/openapi.json`.
pub(super) async fn reference() -> Response {
    page_of("scalar.html")
}

/// A file; any other path is a page of the console, which finds its own way. What browsers ask for by themselves, such
/// as an icon, is not answered with a page.
pub(super) async fn file(Path(path): Path<String>) -> Response {
    match Files::get(&path) {
        Some(file) => serve(&path, file),
        None if is_file(&path) => StatusCode::NOT_FOUND.into_response(),
        None => page(),
    }
}

/// The console's own pages have no dot in their last part.
fn is_file(path: &str) -> bool {
    path.starts_with("assets/") || path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

fn page() -> Response {
    page_of("index.html")
}

fn page_of(name: &str) -> Response {
    match Files::get(name) {
        Some(file) => serve(name, file),
        None => (StatusCode::NOT_FOUND, "This build has no web console. Build it with `make run`.\n")
            .into_response(),
    }
}

fn serve(path: &str, file: EmbeddedFile) -> Response {
    let kind = file.metadata.mimetype().to_owned();
    let cache = if path.starts_with("assets/") { FOR_EVER } else { "no-cache" };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("text/plain")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (headers, file.data).into_response()
}
