//! Logs: lines for people, or JSON lines for machines, on standard error. Traces, where a collector is named.

use crate::config::LogFormat;
use crate::trace::Traces;
use anyhow::Context;
use std::io::IsTerminal;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_FILTER: &str = "info";

/// Crates whose finer logs hold tickets, headers, whole frames or whole commands (`parse` and `tokenize`, as brush-parser
/// calls its own): those are never logged, whatever `RUST_LOG` says.
const TALKATIVE: [&str; 9] = [
    "slack_morphism",
    "hyper",
    "hyper_util",
    "h2",
    "rustls",
    "tungstenite",
    "tokio_tungstenite",
    "parse",
    "tokenize",
];

/// Begins to log, and to send traces to a collector if there is one.
pub fn start(format: LogFormat, collector: Option<&str>) -> anyhow::Result<Option<Traces>> {
    let traces = collector.map(Traces::to).transpose().context("Traces can't be sent")?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    // Colours are for a terminal; in a file they are rubbish.
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let lines = match format {
        LogFormat::Text => lines.compact().boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    // What is logged and what is traced are two choices: fewer lines do not mean fewer spans.
    let lines = lines.with_filter(filter.and(filter_fn(is_fit)));
    let tracer = traces.as_ref().map(Traces::tracer);
    let spans = tracer.map(|tracer| {
        tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_filter(filter_fn(is_ours))
    });
    tracing_subscriber::registry().with(lines).with(spans).init();
    Ok(traces)
}

/// Spans of libraries would break a trace into pieces that nobody asked for, and the exporter's own would never end.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().split("::").next() == Some("gateway")
}

fn is_fit(metadata: &Metadata<'_>) -> bool {
    let room = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || !TALKATIVE.contains(&room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct LogBuffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for LogBuffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for LogBuffer {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn tickets_and_frames_of_others_are_never_logged() {
        // REQ-THREAD-06: a socket's ticket and the frames are in what these crates tell at debug and trace
        let written = LogBuffer::default();
        let lines = tracing_subscriber::fmt::layer().with_writer(written.clone());
        let everything = tracing_subscriber::registry()
            .with(lines)
            .with(EnvFilter::new("trace,slack_morphism::socket_mode=trace"))
            .with(filter_fn(is_fit));
        tracing::subscriber::with_default(everything, || {
            tracing::debug!(target: "slack_morphism::socket_mode", "wss://x?ticket=secret-one");
            tracing::trace!(target: "tungstenite", "frame secret-two");
            tracing::warn!(target: "slack_morphism", "it broke");
            tracing::debug!(target: "gateway::slack", "ours");
        });
        let told = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        assert!(!told.contains("secret") && told.contains("it broke") && told.contains("ours"), "{told}");
    }
}
