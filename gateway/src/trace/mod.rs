//! Traces: which spans a click, a command and what came of it belong to, and where they are sent.
//!
//! A span is made with `tracing` wherever it belongs; while no collector is named nothing leaves the process. This room
//! knows how a place in a trace is written on the wire, and how spans get out. What follows from a person's click
//! crosses a mailbox, the link and OpenCode: each of them carries the place in the trace along.

mod otlp;
mod plugin_spans;

pub use otlp::{Service, Traces};
pub use plugin_spans::relay;

use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator};
use opentelemetry::trace::TraceContextExt;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

const HEADER: &str = "traceparent";

/// A `traceparent` has 55 characters; newer versions may be longer, but not by much.
const LONGEST: usize = 128;

/// Where in a trace we are, as it is written on the wire. None while no trace is kept.
pub fn here() -> Option<String> {
    let context = Span::current().context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut written = Traceparent::default();
    TraceContextPropagator::new().inject_context(&context, &mut written);
    written.0
}

/// Makes the span a part of what somebody else began. What is no place in a trace is passed over.
pub fn join(span: &Span, traceparent: Option<&str>) {
    let Some(text) = traceparent.filter(|text| text.len() <= LONGEST) else { return };
    let context = TraceContextPropagator::new().extract(&Traceparent(Some(text.to_owned())));
    if context.span().span_context().is_valid() {
        // A span that nobody exports has no place to be put at.
        let _ = span.set_parent(context);
    }
}

/// Writes the trace's id into the span's field `trace_id`, so that log lines lead to the trace.
pub fn name(span: &Span) {
    let context = span.context();
    let span_context = context.span().span_context().clone();
    if span_context.is_valid() {
        span.record("trace_id", tracing::field::display(span_context.trace_id()));
    }
}

/// A span that is a part of the trace that we are in. What nobody began has no trace: that would be spans of nothing.
pub fn part(span: impl FnOnce() -> Span) -> Span {
    if Span::current().is_none() { Span::none() } else { span() }
}

/// The one header that is read and written.
#[derive(Default)]
struct Traceparent(Option<String>);

impl Injector for Traceparent {
    fn set(&mut self, key: &str, value: String) {
        if key == HEADER {
            self.0 = Some(value);
        }
    }
}

impl Extractor for Traceparent {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.as_deref().filter(|_| key == HEADER)
    }

    fn keys(&self) -> Vec<&str> {
        vec![HEADER]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing_subscriber::layer::SubscriberExt;

    const PLACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn kept(act: impl FnOnce()) {
        let provider = SdkTracerProvider::builder().build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), act);
    }

    #[test]
    fn a_place_in_a_trace_is_carried_on() {
        // REQ-OPS-01
        kept(|| {
            let span = tracing::info_span!("part");
            join(&span, Some(PLACE));
            let here = span.in_scope(here).unwrap();
            assert_eq!(here.split('-').nth(1), PLACE.split('-').nth(1), "the same trace");
            assert_ne!(here.split('-').nth(2), PLACE.split('-').nth(2), "a place of its own");
        });
    }

    #[test]
    fn what_is_no_place_begins_a_trace_of_its_own() {
        kept(|| {
            for wrong in ["", "00-0-0-01", "nonsense", &"0".repeat(500)] {
                let span = tracing::info_span!("part");
                join(&span, Some(wrong));
                assert!(span.in_scope(here).is_some_and(|here| here.len() == PLACE.len()), "{wrong}");
            }
        });
    }

    #[test]
    fn without_a_collector_nothing_is_told() {
        let span = tracing::info_span!("part");
        join(&span, Some(PLACE));
        assert_eq!(span.in_scope(here), None);
    }
}
