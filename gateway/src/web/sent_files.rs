//! A file of a message, as a browser may have it.
//!
//! What is in it came from a person or an agent, and this address is the console's own. So what it is said to be counts for
//! nothing: only pictures whose first bytes say so are shown, and everything else is handed out to be kept. HTML and SVG are
//! text here.

use super::openapi::{Output, Sketch};
use super::path_ids::OfFile;
use super::{Api, Problem};
use crate::sessions::desk::FileContent;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Shown in place by browsers, which draw them and do nothing else.
const PICTURES: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

/// Of a text nothing but its letters is meant.
const TEXT: &str = "text/plain; charset=utf-8";
const PDF: &str = "application/pdf";
const OTHER: &str = "application/octet-stream";

/// Even a browser that opens it as a page runs and loads nothing of it.
const POLICY: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

/// It never changes; kept by the browser of whoever saw it, not by anything between.
const KEPT: &str = "private, max-age=3600";

const SAME_ORIGIN: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

pub(super) async fn show(State(api): State<Api>, path: OfFile) -> Result<AttachedFile, Problem> {
    let OfFile { session, message, file } = path;
    Ok(AttachedFile(api.desk.attachment(&session, &message, &file).await?))
}

pub(super) struct AttachedFile(pub(super) FileContent);

impl IntoResponse for AttachedFile {
    fn into_response(self) -> Response {
        let Self(FileContent { name, mime, content }) = self;
        let (kind, shown) = match mime {
            Some(mime) if PICTURES.contains(&mime) => (mime, "inline"),
            Some("text/plain") => (TEXT, "attachment"),
            Some(PDF) => (PDF, "attachment"),
            _ => (OTHER, "attachment"),
        };
        let named = HeaderValue::from_str(&disposition(shown, &name));
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
            (header::CONTENT_DISPOSITION, named.unwrap_or(HeaderValue::from_static("attachment"))),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
            (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (header::CACHE_CONTROL, HeaderValue::from_static(KEPT)),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (SAME_ORIGIN, HeaderValue::from_static("same-origin")),
        ];
        (headers, content).into_response()
    }
}

/// The name in letters that every header takes, and beside it as it is (RFC 6266).
fn disposition(shown: &str, name: &str) -> String {
    let plain: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).collect();
    let whole: String = name.bytes().map(encoded).collect();
    format!("{shown}; filename=\"{plain}\"; filename*=UTF-8''{whole}")
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '.' | '-' | '_' | '(' | ')')
}

fn encoded(byte: u8) -> String {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}

impl Output for AttachedFile {
    fn describe(sketch: &mut Sketch<'_>) {
        let kinds: Vec<_> = PICTURES.into_iter().chain([TEXT, PDF, OTHER]).collect();
        sketch.answers_any_of(&kinds, &json!({ "type": "string", "format": "binary" }));
        sketch
            .answers_header("Content-Disposition", "Whether to display or download the file, and its name.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(name: &str, mime: Option<&'static str>) -> Vec<String> {
        let content = FileContent { name: name.into(), mime, content: b"x".to_vec() };
        let headers = AttachedFile(content).into_response().headers().clone();
        [header::CONTENT_TYPE, header::CONTENT_DISPOSITION, header::CONTENT_SECURITY_POLICY]
            .map(|name| headers[name].to_str().unwrap().to_owned())
            .to_vec()
    }

    #[test]
    fn only_pictures_are_shown_in_place() {
        // B33
        let of =
            |mime| answered("a", mime)[..2].join(", ").replace("; filename=\"a\"; filename*=UTF-8''a", "");
        assert_eq!(of(Some("image/png")), "image/png, inline");
        assert_eq!(of(Some("text/plain")), "text/plain; charset=utf-8, attachment");
        assert_eq!(of(Some("application/pdf")), "application/pdf, attachment");
        assert_eq!(of(Some("image/svg+xml")), "application/octet-stream, attachment");
        assert_eq!(of(Some("text/html")), "application/octet-stream, attachment");
        assert_eq!(of(None), "application/octet-stream, attachment");
        assert!(answered("a", None)[2].contains("sandbox"));
    }

    #[test]
    fn a_name_is_a_name_and_no_header() {
        // B33
        let name = answered("pl\"an;\u{fc}.txt", Some("text/plain")).remove(1);
        assert_eq!(name, "attachment; filename=\"pl_an__.txt\"; filename*=UTF-8''pl%22an%3B%C3%BC.txt");
    }
}
