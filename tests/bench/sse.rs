//! The bare reference of the console's figures: a page of given size, and server-sent events without anything behind.

use anyhow::Context;
use axum::Router;
use axum::extract::Query;
use axum::http::header;
use axum::response::sse::{Event, Sse};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// The argument that makes this program that server.
pub(crate) const SERVE: &str = "--sse-server";

/// Time between two events under measurement: what an agent that writes makes of a page at most (the plugin flushes
/// text that often).
pub(crate) const PACE: Duration = Duration::from_millis(bridge_protocol::limits::STREAM_FLUSH_MS);

/// Shows each event, as text, at the end of the page.
const LISTENING: &str = "<!doctype html><title>Events</title><main></main><script>
new EventSource('/events').onmessage = (event) => document.querySelector('main').append(event.data)</script>";

pub(crate) async fn serve_for_ever() -> anyhow::Result<()> {
    let port = std::env::args().next_back().context("no port")?;
    let router = Router::new()
        .route("/page", get(page))
        .route("/bytes.js", get(bytes))
        .route("/listen", get(|| async { Html(LISTENING) }))
        .route("/events", get(events))
        .route("/hold", get(hold));
    Ok(axum::serve(TcpListener::bind(format!("127.0.0.1:{port}")).await?, router).await?)
}

#[derive(Deserialize)]
struct StreamWanted {
    bytes: usize,
}

/// A page with a script of so many bytes, which says when it is there.
async fn page(Query(StreamWanted { bytes }): Query<StreamWanted>) -> impl IntoResponse {
    Html(format!(
        "<!doctype html><title>Static</title><main></main><script src=/bytes.js?bytes={bytes}></script>"
    ))
}

async fn bytes(Query(StreamWanted { bytes }): Query<StreamWanted>) -> impl IntoResponse {
    let mut script =
        String::from("document.querySelector('main').innerHTML = '<a data-session>Ready</a>' //");
    while script.len() < bytes {
        // Writing to a text never fails.
        let _ = write!(script, "{:08x}", script.len());
    }
    ([(header::CONTENT_TYPE, "text/javascript")], script)
}

/// The time of each event is its text.
async fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    Sse::new(stream::unfold(Instant::now(), |due| async move {
        tokio::time::sleep_until(due).await;
        Some((Ok(Event::default().data(stamp())), due + PACE))
    }))
}

/// One event, and then a stream that is open.
async fn hold() -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let first = stream::iter([Ok(Event::default().data(stamp()))]);
    Sse::new(first.chain(stream::pending()))
}

/// The machine's time, in milliseconds, as the page finds it in what it shows.
pub(crate) fn stamp() -> String {
    let now = gateway::clock::system().now();
    let (whole, part) = (now.as_millisecond(), now.subsec_microsecond().rem_euclid(1000));
    format!("t{whole}.{part:03} ")
}
