//! One signed call to the bucket's service, and its answer.

use crate::access_keys::AccessKeys;
use crate::bucket_fault::BucketFault;
use crate::s3_xml;
use crate::settings::{Addressing, BucketSettings};
use crate::sigv4::{Scope, Unsigned, encoded, query};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, StatusCode, header};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;
use std::io;
use std::time::Duration;

/// For a whole call.
const PATIENCE: Duration = Duration::from_secs(20);

/// A list of some hundred names.
const LARGEST: usize = 1024 * 1024;

#[derive(Clone)]
pub(crate) struct BucketHttp {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    patience: Duration,
}

/// What is asked for.
pub(crate) struct Call<'a> {
    /// For people: what couldn't be done, such as `list objects`.
    pub(crate) what: &'static str,
    pub(crate) method: &'static str,
    /// The object; empty for the bucket itself.
    pub(crate) key: &'a str,
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: &'a [u8],
}

impl<'a> Call<'a> {
    pub(crate) fn get(what: &'static str, key: &'a str, query: &'a [(&'a str, &'a str)]) -> Self {
        Self { what, method: "GET", key, query, headers: &[], body: &[] }
    }
}

impl BucketHttp {
    pub(crate) fn new() -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(PATIENCE));
        let https = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http();
        let client = Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(tcp));
        Ok(Self { client, patience: PATIENCE })
    }

    pub(crate) fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The body of an answer that is a success.
    pub(crate) async fn call(
        &self,
        settings: &BucketSettings,
        call: &Call<'_>,
        now: Timestamp,
    ) -> Result<Bytes, BucketFault> {
        let request = request(settings, call, &settings.access.keys().await?, now)?;
        let answered = tokio::time::timeout(self.patience, self.answer(request)).await;
        let late = format!("no answer within {} s", self.patience.as_secs());
        let (status, body) = answered.map_err(|_| BucketFault::NoAnswer { reason: late })??;
        match status.is_success() {
            true => Ok(body),
            false => Err(BucketFault::of(status, &code(&body), call.what)),
        }
    }

    async fn answer(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), BucketFault> {
        let no_answer =
            |error: &(dyn std::error::Error + 'static)| BucketFault::NoAnswer { reason: with_cause(error) };
        let answer = self.client.request(request).await.map_err(|error| no_answer(&error))?;
        let status = answer.status();
        match Limited::new(answer.into_body(), LARGEST).collect().await {
            Ok(body) => Ok((status, body.to_bytes())),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => {
                Err(BucketFault::TooLarge { largest: LARGEST })
            }
            Err(error) => Err(no_answer(&*error)),
        }
    }
}

fn request(
    settings: &BucketSettings,
    call: &Call<'_>,
    keys: &AccessKeys,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, BucketFault> {
    let BucketSettings { endpoint, name, region, .. } = settings;
    let (host, path) = match settings.addressing {
        Addressing::Path if call.key.is_empty() => (endpoint.host.clone(), format!("/{name}")),
        Addressing::Path => (endpoint.host.clone(), format!("/{name}/{}", call.key)),
        Addressing::Host => (format!("{name}.{}", endpoint.host), format!("/{}", call.key)),
    };
    let unsigned = Unsigned {
        method: call.method,
        host: &host,
        path: &path,
        query: call.query,
        headers: call.headers,
        body: call.body,
    };
    let scheme = if endpoint.is_https { "https" } else { "http" };
    let mut address = format!("{scheme}://{host}{}", encoded(&path, true));
    if !call.query.is_empty() {
        address.push('?');
        address.push_str(&query(call.query));
    }
    let mut request = Request::builder().method(call.method).uri(address).header(header::HOST, &host);
    for (name, value) in unsigned.signed(keys, &Scope { region, now }) {
        // What can't stand in a header isn't repeated: it may be a secret with a line end in it.
        let odd = |_| BucketFault::NoAccess { reason: format!("the access key makes no header {name}") };
        let mut value = header::HeaderValue::try_from(value).map_err(odd)?;
        value.set_sensitive(matches!(name.as_str(), "authorization" | "x-amz-security-token"));
        request = request.header(name, value);
    }
    let body = Full::from(Bytes::copy_from_slice(call.body));
    request.body(body).map_err(|error| BucketFault::NoAnswer { reason: error.to_string() })
}

/// What the service calls the fault.
fn code(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    s3_xml::text(&text, "Code").unwrap_or_default()
}

/// Such as `client error (Connect): connection refused`.
fn with_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
