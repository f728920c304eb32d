//! How calls go over the wire: the transport under slack-morphism's sessions.
//!
//! The crate's own transport reads an answer's body before its status, so a 429 whose body is none of Slack's loses how long
//! to wait. And its sockets wait for the other end before a small piece goes out.

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, header};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest::Url;
use serde::Deserialize;
use serde::de::IgnoredAny;
use slack_morphism::errors::{
    SlackClientApiError, SlackClientError, SlackClientHttpError, SlackClientHttpProtocolError,
    SlackClientProtocolError, SlackRateLimitError,
};
use slack_morphism::multipart_form::FileMultipartData;
use slack_morphism::prelude::*;
use std::io;
use std::time::Duration;

/// A page of a long thread weighs some megabytes.
const ANSWER: usize = 32 * 1024 * 1024;

const JSON: &str = "application/json; charset=utf-8";

/// Connections to Slack, kept open and shared.
pub(super) type Https = HttpsConnector<HttpConnector>;

/// Without TLS only where the address itself says so: a simulator on this machine.
pub(in crate::slack) fn https(api: Option<&str>) -> io::Result<Https> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let https = HttpsConnectorBuilder::new().with_native_roots()?;
    Ok(match api {
        Some(api) if api.starts_with("http://") => https.https_or_http().enable_http1().wrap_connector(tcp),
        _ => https.https_only().enable_http1().wrap_connector(tcp),
    })
}

pub(super) struct Wire {
    http: Client<Https, Full<Bytes>>,
    /// For what is not called here.
    crates: SlackClientHyperHttpsConnector,
    /// Without a slash at its end.
    base: String,
}

/// What every answer of Slack's says.
#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "ok")]
    _ok: bool,
    error: Option<String>,
}

impl Wire {
    pub(super) fn new(api: Option<&str>) -> io::Result<Self> {
        let base = api.unwrap_or(SlackClientHttpApiUri::SLACK_API_URI_STR).trim_end_matches('/').to_owned();
        let https = https(api)?;
        let http = Client::builder(TokioExecutor::new()).build(https.clone());
        let crates = SlackClientHyperHttpsConnector::from(https).with_slack_api_url(&base);
        Ok(Self { http, crates, base })
    }

    async fn send<RS>(
        &self,
        method: Method,
        url: &Url,
        token: Option<&SlackApiToken>,
        body: Option<(&str, Bytes)>,
    ) -> ClientResult<RS>
    where
        RS: for<'de> Deserialize<'de>,
    {
        let mut request = Request::builder().method(method).uri(url.as_str());
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.token_value.value()));
        }
        let body = match body {
            Some((kind, body)) => {
                request = request.header(header::CONTENT_TYPE, kind);
                body
            }
            None => Bytes::new(),
        };
        let response = self.http.request(request.body(Full::new(body))?).await?;
        let (head, body) = response.into_parts();
        if head.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(SlackClientError::RateLimitError(
                SlackRateLimitError::new().opt_retry_after(retry_after(&head.headers)),
            ));
        }
        let body = Limited::new(body, ANSWER).collect().await.map_err(broken)?.to_bytes();
        match head.status {
            StatusCode::OK if says_json(&head.headers) => read(&body),
            StatusCode::OK | StatusCode::NO_CONTENT => {
                serde_json::from_str("{}").map_err(|error| odd(error, &body))
            }
            status => Err(SlackClientError::HttpError(SlackClientHttpError::new(status))),
        }
    }
}

/// In seconds, and nothing else: Slack sends no dates.
fn retry_after(headers: &header::HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn says_json(headers: &header::HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_none_or(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/json"))
}

fn read<RS>(body: &[u8]) -> ClientResult<RS>
where
    RS: for<'de> Deserialize<'de>,
{
    let envelope: Envelope = serde_json::from_slice(body).map_err(|error| odd(error, body))?;
    match envelope.error {
        None => serde_json::from_slice(body).map_err(|error| odd(error, body)),
        Some(code) => Err(SlackClientError::ApiError(
            SlackClientApiError::new(code)
                .with_http_response_body(String::from_utf8_lossy(body).into_owned()),
        )),
    }
}

/// Its text is not told anywhere, but whoever debugs this finds it.
fn odd(error: serde_json::Error, body: &[u8]) -> SlackClientError {
    let whole = serde_json::from_slice::<IgnoredAny>(body).is_ok();
    let body = if whole { String::from_utf8_lossy(body).into_owned() } else { String::new() };
    SlackClientError::ProtocolError(SlackClientProtocolError::new(error).with_json_body(body))
}

fn broken(error: Box<dyn std::error::Error + Send + Sync>) -> SlackClientError {
    SlackClientError::HttpProtocolError(SlackClientHttpProtocolError::new().with_cause(error))
}

impl SlackClientHttpConnector for Wire {
    fn create_method_uri_path(&self, method: &str) -> ClientResult<Url> {
        Ok(format!("{}/{method}", self.base).parse()?)
    }

    fn http_get_uri<'a, RS>(
        &'a self,
        url: Url,
        call: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        async move { self.send(Method::GET, &url, call.token, None).await }.boxed()
    }

    fn http_post_uri<'a, RQ, RS>(
        &'a self,
        url: Url,
        request: &'a RQ,
        call: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RQ: serde::ser::Serialize + Send + Sync,
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        async move {
            let body = serde_json::to_vec(request).map_err(|error| odd(error, b""))?;
            self.send(Method::POST, &url, call.token, Some((JSON, body.into()))).await
        }
        .boxed()
    }

    fn http_post_uri_binary<'a, 'p, RS>(
        &'a self,
        url: Url,
        kind: String,
        data: &'a [u8],
        call: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        async move { self.send(Method::POST, &url, call.token, Some((&kind, Bytes::copy_from_slice(data)))).await }.boxed()
    }

    fn http_get_with_client_secret<'a, RS>(
        &'a self,
        url: Url,
        id: &'a SlackClientId,
        secret: &'a SlackClientSecret,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
    {
        self.crates.http_get_with_client_secret(url, id, secret)
    }

    fn http_post_uri_multipart_form<'a, 'p, RS, PT, TS>(
        &'a self,
        url: Url,
        file: Option<FileMultipartData<'p>>,
        params: &'p PT,
        call: SlackClientApiCallContext<'a>,
    ) -> BoxFuture<'a, ClientResult<RS>>
    where
        RS: for<'de> Deserialize<'de> + Send + 'a,
        PT: IntoIterator<Item = (&'p str, Option<TS>)> + Clone,
        TS: AsRef<str> + 'p + Send,
    {
        self.crates.http_post_uri_multipart_form(url, file, params, call)
    }
}
