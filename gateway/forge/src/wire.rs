//! One request and its answer: bounded in time and size, followed nowhere.

use crate::fault::ForgeFault;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::io;
use std::time::Duration;

/// The longest answer of the API that is read.
const LARGEST: usize = 10 * 1024 * 1024;

pub(crate) struct Wire {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    patience: Duration,
}

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Extent {
    /// All of it, or it is refused.
    Whole,
    /// So many bytes of its end, if it isn't longer than the second number.
    Tail(usize, usize),
}

#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Wire {
    pub(crate) fn new(patience: Duration) -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(patience));
        let https = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http();
        let client = Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(tcp));
        Ok(Self { client, patience })
    }

    pub(crate) async fn send(
        &self,
        (method, url): (&Method, &str),
        headers: &[(HeaderName, HeaderValue)],
        body: Bytes,
        extent: Extent,
    ) -> Result<Answer, ForgeFault> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::from(body))
            .map_err(|_| ForgeFault::other("its address can't be asked for"))?;
        let answered = tokio::time::timeout(self.patience, self.answer(request, extent)).await;
        answered
            .map_err(|_| ForgeFault::no_answer(format!("no answer within {} s", self.patience.as_secs())))?
    }

    async fn answer(&self, request: Request<Full<Bytes>>, extent: Extent) -> Result<Answer, ForgeFault> {
        let answer =
            self.client.request(request).await.map_err(|error| ForgeFault::no_answer(with_cause(&error)))?;
        let (head, body) = answer.into_parts();
        let body = match extent {
            Extent::Whole => whole(body).await?,
            Extent::Tail(keep, most) => tail(body, keep, most).await?,
        };
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }
}

async fn whole(body: Incoming) -> Result<Bytes, ForgeFault> {
    match http_body_util::Limited::new(body, LARGEST).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(ForgeFault::no_answer("its answer is too long to be read"))
        }
        Err(error) => Err(ForgeFault::no_answer(with_cause(&*error))),
    }
}

async fn tail(mut body: Incoming, keep: usize, most: usize) -> Result<Bytes, ForgeFault> {
    let (mut end, mut read) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| ForgeFault::no_answer(with_cause(&error)))?;
        let Some(data) = frame.data_ref() else { continue };
        read += data.len();
        end.extend_from_slice(data);
        if read > most {
            return Err(ForgeFault::no_answer("its answer is too long to be read"));
        }
        if end.len() > 2 * keep {
            end.drain(..end.len() - keep);
        }
    }
    let start = end.len().saturating_sub(keep);
    Ok(Bytes::from(end.split_off(start)))
}

/// Such as `client error (Connect): connection refused`.
fn with_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.header(name)?.trim().parse().ok()
    }

    pub(crate) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, ForgeFault> {
        serde_json::from_slice(&self.body)
            .map_err(|_| ForgeFault::no_answer("its answer isn't what was asked for"))
    }

    /// What it says, short and without secrets.
    pub(crate) fn message(&self) -> String {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let mut parts: Vec<String> = body["message"].as_str().map(str::to_owned).into_iter().collect();
        for error in body["errors"].as_array().into_iter().flatten() {
            let text = error.as_str().or_else(|| error["message"].as_str());
            let field = || Some(format!("{} {}", error["field"].as_str()?, error["code"].as_str()?));
            parts.extend(text.map(str::to_owned).or_else(field));
        }
        parts.join(": ")
    }

    /// The address of the list's next page.
    pub(crate) fn next_page(&self) -> Option<String> {
        let links = self.header("link")?.split(',');
        let next = links.map(str::trim).find(|link| link.contains("rel=\"next\""))?;
        Some(next.split_once('<')?.1.split_once('>')?.0.to_owned())
    }
}
