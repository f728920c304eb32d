//! The console's files, built into the binary.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
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

/// Of each text there is a packed copy under its name and this.
const PACKED: &str = ".gz";

pub(super) async fn index(headers: HeaderMap) -> Response {
    page_of("index.html", &headers)
}

/// The reference of the API, drawn from `/openapi.json`.
pub(super) async fn reference(headers: HeaderMap) -> Response {
    page_of("scalar.html", &headers)
}

/// A file; any other path is a page of the console, which finds its own way. What browsers ask for by themselves, such
/// as an icon, is not answered with a page.
pub(super) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match Files::get(&path) {
        Some(file) => serve(&path, file, &headers),
        None if is_file(&path) => StatusCode::NOT_FOUND.into_response(),
        None => page_of("index.html", &headers),
    }
}

/// The console's own pages have no dot in their last part.
fn is_file(path: &str) -> bool {
    path.starts_with("assets/") || path.rsplit('/').next().is_some_and(|last| last.contains('.'))
}

fn page_of(name: &str, headers: &HeaderMap) -> Response {
    match Files::get(name) {
        Some(file) => serve(name, file, headers),
        None => (StatusCode::NOT_FOUND, "This build has no web console. Build it with `make run`.\n")
            .into_response(),
    }
}

fn serve(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let kind = file.metadata.mimetype().to_owned();
    let cache = if path.starts_with("assets/") { FOR_EVER } else { "no-cache" };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("text/plain")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    let packed = takes_gzip(asked).then(|| Files::get(&format!("{path}{PACKED}"))).flatten();
    match packed {
        Some(packed) => (headers, [(header::CONTENT_ENCODING, "gzip")], packed.data).into_response(),
        None => (headers, file.data).into_response(),
    }
}

/// Whether whoever asks can unpack. One who writes more than that (`q=0`, `*`) gets the file as it is.
fn takes_gzip(asked: &HeaderMap) -> bool {
    let encodings = asked.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    encodings.flat_map(|value| value.split(',')).any(|one| one.trim() == "gzip")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(encodings: &[&str]) -> HeaderMap {
        let value = |text: &&str| (header::ACCEPT_ENCODING, HeaderValue::from_str(text).unwrap());
        encodings.iter().map(value).collect()
    }

    #[test]
    fn only_who_can_unpack_gets_a_packed_file() {
        // Issue 12, point 11: console_first_page
        for encodings in [&["gzip"][..], &["gzip, deflate, br, zstd"], &["br", "deflate,gzip"]] {
            assert!(takes_gzip(&asking(encodings)), "{encodings:?}");
        }
        for encodings in [&[][..], &[""], &["identity"], &["gzip;q=0"], &["br, x-gzip2"]] {
            assert!(!takes_gzip(&asking(encodings)), "{encodings:?}");
        }
    }
}
