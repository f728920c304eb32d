//! Whatever a person does over the API begins a trace, or goes on with the one that its sender began.

use crate::{trace, watchdog};
use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, Span, field};

/// Looking changes nothing and is done all the time: only changes are traced.
pub(super) async fn traced(request: Request, next: Next) -> Response {
    watchdog::mark("a request of the API");
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return next.run(request).await;
    }
    let span = span(&request);
    let response = next.run(request).instrument(span.clone()).await;
    span.record("status", response.status().as_u16());
    response
}

fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str);
    let name = format!("{} {route}", request.method());
    let (status, trace_id) = (field::Empty, field::Empty);
    let span = tracing::info_span!("request", otel.name = name, otel.kind = "server", status, trace_id);
    let begun = request.headers().get("traceparent").and_then(|value| value.to_str().ok());
    trace::join(&span, begun);
    trace::name(&span);
    span
}
