//! The call to a witness. Nothing is followed to another address, nothing is waited for long, nothing large is read: what answers is
//! somebody else's.

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, header};
use gateway_proof::witnessing::AddCheckpoint;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::io;
use std::time::Duration;

/// For a whole call.
const PATIENCE: Duration = Duration::from_secs(20);

/// Signature lines, or a number.
const LARGEST: usize = 64 * 1024;

#[derive(Clone)]
pub(super) struct WitnessHttp {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    url: String,
    patience: Duration,
}

/// What a witness makes of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WitnessAnswer {
    /// Lines of signatures; nothing of them is checked yet.
    Signed(String),
    /// The size of the newest checkpoint that it has.
    OtherSize(u64),
    /// The proof doesn't lead from there to here.
    NotProven,
}

impl WitnessHttp {
    /// Also without TLS: what goes there is signed, and what comes back too.
    pub(super) fn new(url: &str) -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(PATIENCE));
        let https = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http();
        let client = Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(tcp));
        let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
        Ok(Self { client, url, patience: PATIENCE })
    }

    #[cfg(test)]
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub(super) async fn add(&self, request: &AddCheckpoint) -> Result<WitnessAnswer, String> {
        let called = tokio::time::timeout(self.patience, self.call(request.to_string())).await;
        let late = |_| format!("no answer within {} s", self.patience.as_secs());
        let (status, body) = called.map_err(late)??;
        read(status, &body)
    }

    async fn call(&self, body: String) -> Result<(StatusCode, Bytes), String> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::from(body))
            .map_err(|error| error.to_string())?;
        let answer = self.client.request(request).await.map_err(|error| with_cause(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LARGEST).collect().await;
        Ok((status, body.map_err(|error| format!("its answer can't be read: {error}"))?.to_bytes()))
    }
}

fn read(status: StatusCode, body: &[u8]) -> Result<WitnessAnswer, String> {
    let text = || str::from_utf8(body).map_err(|_| "its answer is not text".to_owned());
    match status {
        StatusCode::OK => Ok(WitnessAnswer::Signed(text()?.to_owned())),
        StatusCode::CONFLICT => {
            let size = text()?.trim_end().parse().map_err(|_| "it names no size in its answer (409)")?;
            Ok(WitnessAnswer::OtherSize(size))
        }
        StatusCode::UNPROCESSABLE_ENTITY => Ok(WitnessAnswer::NotProven),
        StatusCode::NOT_FOUND => {
            Err("it doesn't know this log (404). Its operator has to add the key that `gateway audit \
            key` prints here; check `url` too"
                .to_owned())
        }
        StatusCode::FORBIDDEN => {
            Err("it knows this log with another key (403). Its operator has to add the key that \
            `gateway audit key` prints here"
                .to_owned())
        }
        status => Err(format!("it answered {status}")),
    }
}

/// Such as `client error (Connect): connection refused`.
fn with_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
