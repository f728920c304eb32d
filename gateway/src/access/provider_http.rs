//! Calls to whoever signs people in: a provider, a proxy's list of keys. Nothing is followed to another address, nothing is waited for long, nothing large is read.

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};
use std::io;
use std::time::Duration;

/// For a whole call. A person is looking at a blank page meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);

/// Documents, keys and tokens have some kilobytes.
const LARGEST: usize = 512 * 1024;

pub(super) struct ProviderHttp(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// An answer, whatever its status.
pub(super) struct HttpAnswer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl ProviderHttp {
    /// Without TLS only for a provider on this machine.
    pub(super) fn new(plain: bool) -> io::Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_connect_timeout(Some(PATIENCE));
        let https = HttpsConnectorBuilder::new().with_native_roots()?;
        let https = if plain { https.https_or_http() } else { https.https_only() };
        Ok(Self(Client::builder(TokioExecutor::new()).build(https.enable_http1().wrap_connector(tcp))))
    }

    /// A document, if it is there.
    pub(super) async fn document(&self, url: &str) -> Result<Bytes, String> {
        let request = Request::get(url).header(header::ACCEPT, "application/json").body(Full::default());
        let answer = self.answer(request, url).await?;
        match answer.status {
            StatusCode::OK => Ok(answer.body),
            status => Err(format!("{url} answered {status}")),
        }
    }

    /// A form, with the client's name and secret in the header if they are given.
    pub(super) async fn form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        login: Option<(&str, &str)>,
    ) -> Result<HttpAnswer, String> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(url)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some((name, secret)) = login {
            let mut value =
                header::HeaderValue::try_from(basic(name, secret)).map_err(|_| "odd client".to_owned())?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        self.answer(request.body(Full::from(encoded(form))), url).await
    }

    /// What a person's token opens. A name that a program gives itself is demanded there.
    pub(super) async fn with_token(&self, url: &str, token: &SecretString) -> Result<HttpAnswer, String> {
        let bearer = header::HeaderValue::try_from(format!("Bearer {}", token.expose_secret()));
        let mut bearer = bearer.map_err(|_| "odd token".to_owned())?;
        bearer.set_sensitive(true);
        let request = Request::get(url)
            .header(header::ACCEPT, "application/json")
            .header(header::USER_AGENT, "opencode-gateway")
            .header(header::AUTHORIZATION, bearer);
        self.answer(request.body(Full::default()), url).await
    }

    async fn answer(
        &self,
        request: Result<Request<Full<Bytes>>, axum::http::Error>,
        url: &str,
    ) -> Result<HttpAnswer, String> {
        let request = request.map_err(|error| format!("{url}: {error}"))?;
        let call = async {
            let answer = self.0.request(request).await.map_err(|error| with_cause(&error))?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), LARGEST).collect().await;
            let body = body.map_err(|error| error.to_string())?.to_bytes();
            Ok::<_, String>(HttpAnswer { status, body })
        };
        match tokio::time::timeout(PATIENCE, call).await {
            Ok(answer) => answer.map_err(|why| format!("{url}: {why}")),
            Err(_) => Err(format!("{url}: no answer within {} s", PATIENCE.as_secs())),
        }
    }
}

/// Such as `client error (Connect): connection refused`.
fn with_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

/// As RFC 6749 has it: both are encoded as in a form first.
fn basic(name: &str, secret: &str) -> String {
    let each = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", each(name), each(secret))))
}
