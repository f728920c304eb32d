//! Spans that a plugin told. They leave with its name and its own times, since it has no other way out of its pod.

use bridge_protocol::{Span, limits};
use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor};
use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, SystemTime};

/// The way out, one in a process, as the subscriber of spans is.
static WAY_OUT: RwLock<Option<BatchSpanProcessor>> = RwLock::new(None);

/// Names and words are short; whoever sends longer ones is cut.
const LONGEST_WORD: usize = 100;

pub(super) fn open(processor: BatchSpanProcessor) {
    *WAY_OUT.write().unwrap_or_else(PoisonError::into_inner) = Some(processor);
}

pub(super) fn close(patience: Duration) {
    if let Some(processor) = WAY_OUT.write().unwrap_or_else(PoisonError::into_inner).take() {
        let _ = processor.shutdown_with_timeout(patience);
    }
}

/// Sends on what a pod told. What makes no sense is left out: a trace with a hole is better than a wrong one.
pub fn relay(pod: &str, spans: Vec<Span>) {
    let way_out = WAY_OUT.read().unwrap_or_else(PoisonError::into_inner);
    let Some(processor) = way_out.as_ref() else { return };
    for span in spans.into_iter().take(limits::MAX_SPANS) {
        match data(pod, span) {
            // Whoever chooses what is kept chose against this trace.
            Some(data) if !data.span_context.is_sampled() => {}
            Some(data) => processor.on_end(data),
            None => tracing::debug!(pod, "invalid span from the plugin"),
        }
    }
}

fn data(pod: &str, span: Span) -> Option<SpanData> {
    let (start_time, end_time) = (time(span.start_us)?, time(span.end_us)?);
    let mut attributes = vec![KeyValue::new("pod", short(pod.to_owned()))];
    attributes.extend(span.session_id.map(|id| KeyValue::new("session_id", short(id))));
    let parent_span_id = SpanId::from_hex(&span.parent_id).ok().filter(|id| *id != SpanId::INVALID)?;
    Some(SpanData {
        span_context: span_context(&span.traceparent)?,
        parent_span_id,
        parent_span_is_remote: true,
        span_kind: SpanKind::Server,
        name: Cow::Owned(short(span.name)),
        start_time,
        end_time: end_time.max(start_time),
        attributes,
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: span.error.map_or(Status::Unset, |error| Status::error(short(error))),
        instrumentation_scope: InstrumentationScope::builder("plugin").build(),
    })
}

fn time(microseconds: u64) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(microseconds))
}

fn span_context(traceparent: &str) -> Option<SpanContext> {
    let parts: Vec<_> = traceparent.split('-').collect();
    let [_, trace, span, flags] = parts[..] else { return None };
    let trace = TraceId::from_hex(trace).ok().filter(|id| *id != TraceId::INVALID)?;
    let span = SpanId::from_hex(span).ok().filter(|id| *id != SpanId::INVALID)?;
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    Some(SpanContext::new(trace, span, flags, false, TraceState::NONE))
}

fn short(text: String) -> String {
    if text.len() <= LONGEST_WORD { text } else { text.chars().take(LONGEST_WORD).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Span {
        Span {
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
            parent_id: "b7ad6b7169203331".to_owned(),
            name: "permission.reply".to_owned(),
            start_us: 1_795_224_900_050_000,
            end_us: 1_795_224_900_062_000,
            session_id: Some("ses_1".to_owned()),
            error: None,
        }
    }

    #[test]
    fn a_span_that_was_told_keeps_its_place_and_its_times() {
        // REQ-OPS-01
        let data = data("pod", told()).unwrap();
        assert_eq!(data.span_context.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(data.parent_span_id.to_string(), "b7ad6b7169203331");
        assert!(data.span_context.is_sampled());
        assert_eq!(data.end_time.duration_since(data.start_time).unwrap(), Duration::from_millis(12));
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let wrong = [
            Span { traceparent: "00-0-0-01".to_owned(), ..told() },
            Span { traceparent: String::new(), ..told() },
            Span { parent_id: "0000000000000000".to_owned(), ..told() },
            Span { parent_id: "not hexadecimal".to_owned(), ..told() },
        ];
        for span in wrong {
            assert!(data("pod", span.clone()).is_none(), "{span:?}");
        }
        let backwards = data("pod", Span { end_us: 0, ..told() }).unwrap();
        assert_eq!(backwards.end_time, backwards.start_time);
    }
}
