//! Server-sent events with a type: what a stream may tell is an enum, and the document has its schema.

use super::openapi::{Output, Sketch};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt};
use schemars::JsonSchema;
use serde::Serialize;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Quiet time after which a comment is sent, so that proxies keep the stream open.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// One event of a stream.
pub(super) trait Telling: JsonSchema + Send + 'static {
    fn event(&self) -> Event;
}

/// A stream of `T`, until the gateway stops.
pub(super) struct Events<T> {
    stream: BoxStream<'static, Result<Event, Infallible>>,
    kind: PhantomData<T>,
}

impl<T: Telling> Events<T> {
    pub(super) fn until(stopping: &CancellationToken, told: impl Stream<Item = T> + Send + 'static) -> Self {
        let told = told.map(|one| Ok(one.event())).take_until(stopping.clone().cancelled_owned());
        Self { stream: told.boxed(), kind: PhantomData }
    }
}

/// An event with a name and JSON data.
pub(super) fn named(name: &str, data: &impl Serialize) -> Event {
    Event::default().event(name).data(serde_json::to_string(data).unwrap_or_default())
}

/// Nothing more to say than that.
#[derive(Clone, Copy, Debug, Default, JsonSchema, Serialize)]
pub(super) struct Nothing {}

impl<T> IntoResponse for Events<T> {
    fn into_response(self) -> Response {
        Sse::new(self.stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
    }
}

impl<T: Telling> Output for Events<T> {
    fn describe(sketch: &mut Sketch<'_>) {
        sketch.answers_events::<T>();
    }
}
