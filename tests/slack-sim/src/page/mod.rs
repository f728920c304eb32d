//! The page at `/`: what people see, to look at and click. Its files are part of the binary.

use super::core::Sim;
use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use std::sync::Arc;

const HTML: &str = include_str!("index.html");
const STYLE: &str = include_str!("style.css");
const SCRIPTS: &[(&str, &str)] = &[
    ("/page.js", include_str!("page.js")),
    ("/blocks.js", include_str!("blocks.js")),
    ("/fields.js", include_str!("fields.js")),
    ("/text.js", include_str!("text.js")),
];

pub(super) fn routes() -> Router<Arc<Sim>> {
    let page = Router::new()
        .route("/", get(|| async { ([(CONTENT_TYPE, "text/html; charset=utf-8")], HTML) }))
        .route("/style.css", get(|| async { ([(CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }));
    SCRIPTS.iter().fold(page, |page, &(path, text)| page.route(path, get(move || script(text))))
}

async fn script(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], text)
}
