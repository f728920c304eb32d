//! Spans on their way to a collector: OTLP over HTTP, in batches, by a thread of their own.
//!
//! Nobody waits for it. What a collector does not take in time is dropped, and counted by the library in its own logs.

use super::plugin_spans;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanProcessor, Tracer,
};
use std::time::Duration;

/// How long a collector may take for a batch.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the last batches may take when the gateway stops: well below the five seconds of a stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// How old a span may get before it is sent.
const DELAY: Duration = Duration::from_secs(1);

/// Spans that wait for a collector. Beyond it new ones are dropped: a trace is worth less than the gateway's memory.
const MAX_QUEUED_SPANS: usize = 4096;

/// Who tells the spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    Gateway,
    /// The other end, whose spans come over the link.
    Plugin,
}

impl Service {
    fn resource(self) -> Resource {
        let name = match self {
            Self::Gateway => "opencode-gateway",
            Self::Plugin => "opencode-gateway-plugin",
        };
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        Resource::builder_empty().with_service_name(name).with_attribute(version).build()
    }
}

/// The ways out, until they are closed.
pub struct Traces {
    gateway: SdkTracerProvider,
}

impl Traces {
    /// Begins to send to a collector's address for traces.
    pub fn to(endpoint: &str) -> Result<Self, ExporterBuildError> {
        let gateway = SdkTracerProvider::builder()
            .with_resource(Service::Gateway.resource())
            .with_span_processor(processor(endpoint)?)
            .build();
        let mut plugin = processor(endpoint)?;
        plugin.set_resource(&Service::Plugin.resource());
        plugin_spans::open(plugin);
        Ok(Self { gateway })
    }

    pub fn tracer(&self) -> Tracer {
        self.gateway.tracer("gateway")
    }

    /// Sends what waits, and ends.
    pub fn close(self) {
        // A collector that is away has nothing to say at the end.
        let _ = self.gateway.shutdown_with_timeout(FAREWELL);
        plugin_spans::close(FAREWELL);
    }
}

fn processor(endpoint: &str) -> Result<BatchSpanProcessor, ExporterBuildError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(PATIENCE);
    let config = BatchConfigBuilder::default()
        .with_max_queue_size(MAX_QUEUED_SPANS)
        .with_scheduled_delay(DELAY)
        .build();
    Ok(BatchSpanProcessor::builder(exporter.build()?).with_batch_config(config).build())
}
