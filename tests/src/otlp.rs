//! Stands for a collector of traces, as strict as the protocol's text: what it may refuse, it refuses and remembers. It takes
//! OTLP over HTTP as protobuf, and neither gRPC nor compression.

use crate::wait;
use anyhow::anyhow;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;

/// Receives traces as OTLP over HTTP, as protobuf.
pub struct Collector {
    pub port: u16,
    taken: Arc<Mutex<Taken>>,
    serving: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Taken {
    spans: Vec<Seen>,
    complaints: Vec<String>,
}

/// A span as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub service: String,
    pub name: String,
    pub trace: String,
    pub id: String,
    /// Empty at the root.
    pub parent: String,
    pub attributes: BTreeMap<String, String>,
    pub start: u64,
    pub end: u64,
}

impl Collector {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let taken = Arc::<Mutex<Taken>>::default();
        let router = Router::new().route("/v1/traces", post(take)).fallback(elsewhere);
        let router = router.with_state(Arc::clone(&taken));
        let serving = tokio::spawn(async move {
            // It ends with the test.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { port, taken, serving })
    }

    /// What `OTEL_EXPORTER_OTLP_ENDPOINT` is set to.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn spans(&self) -> Vec<Seen> {
        lock(&self.taken).spans.clone()
    }

    /// Waits until the spans that arrived satisfy the condition.
    pub async fn until(&self, what: &str, condition: impl Fn(&[Seen]) -> bool) -> anyhow::Result<Vec<Seen>> {
        let look = async || {
            let spans = self.spans();
            if condition(&spans) { Ok(spans) } else { Err(format!("{} spans", spans.len())) }
        };
        let all = || format!("{:#?} {:#?}", self.complaints(), self.spans());
        wait::until(what, look).await.map_err(|error| anyhow!("{error}: {}", all()))
    }

    /// Whatever was not as the protocol says.
    pub fn complaints(&self) -> Vec<String> {
        lock(&self.taken).complaints.clone()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn elsewhere(State(taken): State<Arc<Mutex<Taken>>>, request: axum::extract::Request) -> StatusCode {
    lock(&taken).complaints.push(format!(
        "{} {} is no place of a collector",
        request.method(),
        request.uri()
    ));
    StatusCode::NOT_FOUND
}

async fn take(State(taken): State<Arc<Mutex<Taken>>>, headers: HeaderMap, body: Bytes) -> Response {
    let mut taken = lock(&taken);
    match read(&headers, &body) {
        Ok(spans) => {
            let known: HashSet<_> = taken.spans.iter().map(|span| span.id.clone()).collect();
            let twice = spans.iter().filter(|span| known.contains(&span.id));
            let twice: Vec<_> = twice.map(|span| format!("{} is told twice", span.name)).collect();
            taken.complaints.extend(twice);
            taken.spans.extend(spans);
            let answer = ExportTraceServiceResponse::default().encode_to_vec();
            ([(header::CONTENT_TYPE, "application/x-protobuf")], answer).into_response()
        }
        Err(why) => {
            taken.complaints.push(why);
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

fn read(headers: &HeaderMap, body: &Bytes) -> Result<Vec<Seen>, String> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind != "application/x-protobuf" {
        return Err(format!("the content type is {kind:?}"));
    }
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err("it is compressed, which nobody agreed upon".to_owned());
    }
    let request = ExportTraceServiceRequest::decode(body.clone()).map_err(|error| error.to_string())?;
    // What the types do not know is lost in decoding, and missed here.
    if request.encoded_len() != body.len() {
        return Err(format!("of {} bytes only {} are known fields", body.len(), request.encoded_len()));
    }
    let mut all = vec![];
    for group in request.resource_spans {
        let resource = group.resource.map(|resource| resource.attributes).unwrap_or_default();
        let service = words(resource).remove("service.name").ok_or("a resource without service.name")?;
        for scope in group.scope_spans {
            if scope.scope.is_none_or(|scope| scope.name.is_empty()) {
                return Err("spans of nobody's scope".to_owned());
            }
            for span in scope.spans {
                all.push(seen(&service, span)?);
            }
        }
    }
    if all.is_empty() { Err("a request without a span".to_owned()) } else { Ok(all) }
}

fn seen(service: &str, span: Span) -> Result<Seen, String> {
    let name = span.name;
    let id = |bytes: &[u8], length: usize| bytes.len() == length && bytes.iter().any(|byte| *byte != 0);
    if !id(&span.trace_id, 16) || !id(&span.span_id, 8) {
        return Err(format!("{name:?} has no ids"));
    }
    if !span.parent_span_id.is_empty() && !id(&span.parent_span_id, 8) {
        return Err(format!("{name:?} has a parent that is none"));
    }
    if name.is_empty()
        || span.start_time_unix_nano == 0
        || span.end_time_unix_nano < span.start_time_unix_nano
    {
        return Err(format!("{name:?} has no name, or no times"));
    }
    Ok(Seen {
        service: service.to_owned(),
        name,
        trace: hex::encode(&span.trace_id),
        id: hex::encode(&span.span_id),
        parent: hex::encode(&span.parent_span_id),
        attributes: words(span.attributes),
        start: span.start_time_unix_nano,
        end: span.end_time_unix_nano,
    })
}

fn words(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    let word = |attribute: KeyValue| {
        let value = match attribute.value?.value? {
            Value::StringValue(text) => text,
            Value::IntValue(number) => number.to_string(),
            Value::BoolValue(flag) => flag.to_string(),
            other => format!("{other:?}"),
        };
        Some((attribute.key, value))
    };
    attributes.into_iter().filter_map(word).collect()
}
