//! Server-sent events with a type: what a stream may tell is an enum, and the document has its schema.

use super::openapi::{Input, Output, Sketch};
use crate::problem::Problem;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Quiet time after which a comment is sent, so that proxies keep the stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One event of a stream.
pub(super) trait TypedEvent: JsonSchema + Send + 'static {
    fn event(&self) -> Event;
}

/// A stream of `T`, until the gateway stops.
pub(super) struct Events<T> {
    stream: BoxStream<'static, Result<Event, Infallible>>,
    kind: PhantomData<T>,
}

impl<T: TypedEvent> Events<T> {
    pub(super) fn until(stopping: &CancellationToken, told: impl Stream<Item = T> + Send + 'static) -> Self {
        let told = told.map(|one| Ok(one.event())).take_until(stopping.clone().cancelled_owned());
        Self { stream: told.boxed(), kind: PhantomData }
    }
}

/// An event with a name and JSON data.
pub(super) fn named(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}

/// The event after which a stream is wanted: what the watcher took last, by its `id`.
pub(super) struct Since(Option<String>);

/// Longest id that is looked at; ours are shorter.
const MAX_ID: usize = 64;

impl Since {
    /// The number, if the event was told in this run of the gateway: numbers begin anew with each.
    pub(super) fn number(&self, run: &str) -> Option<u64> {
        let (told_in, number) = self.0.as_deref()?.split_once('-')?;
        if told_in == run { number.parse().ok() } else { None }
    }
}

/// The id of an event.
pub(super) fn id(run: &str, number: u64) -> String {
    format!("{run}-{number}")
}

#[derive(JsonSchema, Deserialize)]
struct SinceQuery {
    last_event_id: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Since {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let header = parts.headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let query = Query::<SinceQuery>::from_request_parts(parts, state).await?;
        Ok(Self(header.or(query.0.last_event_id).filter(|id| id.len() <= MAX_ID)))
    }
}

impl Input for Since {
    fn describe(sketch: &mut Sketch<'_>) {
        let words = "The `id` of the last event that the client has seen: the stream continues after it. If \
            that event is too old, or from before a restart of the gateway, the stream starts with a full \
            snapshot.";
        sketch.header("Last-Event-ID", words, &json!({ "type": "string" }));
        sketch.query::<SinceQuery>();
    }
}

/// Nothing more to say than that.
#[derive(Clone, Copy, Debug, Default, JsonSchema, Serialize)]
pub(super) struct NoData {}

impl<T> IntoResponse for Events<T> {
    fn into_response(self) -> Response {
        Sse::new(self.stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
    }
}

impl<T: TypedEvent> Output for Events<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_events::<T>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_an_earlier_run_says_nothing() {
        // REQ-CONSOLE-02
        let since = Since(Some(id("abcd", 7)));
        assert_eq!((since.number("abcd"), since.number("efgh")), (Some(7), None));
        for odd in ["", "7", "abcd", "abcd-", "abcd-x", "abcd--1"] {
            assert_eq!(Since(Some(odd.to_owned())).number("abcd"), None, "{odd}");
        }
        assert_eq!(Since(None).number("abcd"), None);
    }
}
