//! The client of the gateway's own API.

use super::Remote;
use anyhow::{Context, anyhow, bail};
use reqwest::{Client, Method, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;

/// Longest wait for a connection; answers may take as long as OpenCode does.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Entries of a list that are asked for at once.
const PAGE: u32 = 500;

#[derive(Deserialize)]
struct Page {
    items: Vec<Value>,
    next: Option<String>,
}

pub(super) struct ApiClient {
    http: Client,
    base: String,
    token: Option<String>,
}

impl ApiClient {
    pub(super) fn new(remote: &Remote) -> anyhow::Result<Self> {
        let http = Client::builder().connect_timeout(CONNECT_TIMEOUT).no_proxy().build()?;
        let token = std::env::var("GATEWAY_API_TOKEN").ok().filter(|token| !token.is_empty());
        Ok(Self { http, base: remote.url.trim_end_matches('/').to_owned(), token })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.decode(self.send(Method::GET, path, None).await?).await
    }

    /// A whole list, page by page.
    pub(super) async fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut after) = (vec![], String::new());
        loop {
            let mut page: Page = self.get(&format!("{path}?limit={PAGE}{after}")).await?;
            all.append(&mut page.items);
            match page.next {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(all),
            }
        }
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        self.decode(self.send(Method::POST, path, Some(body)).await?).await
    }

    /// A POST whose answer has no body.
    pub(super) async fn act(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        self.send(Method::POST, path, Some(body)).await.map(drop)
    }

    /// A GET whose body is read piece by piece.
    pub(super) async fn stream(&self, path: &str) -> anyhow::Result<Response> {
        self.send(Method::GET, path, None).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, &url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.with_context(|| {
            format!("No gateway is reachable at {}. Start one with `gateway serve`, or pass --url", self.base)
        })?;
        if response.status().is_success() { Ok(response) } else { bail!(refusal(response).await) }
    }

    async fn decode<T: DeserializeOwned>(&self, response: Response) -> anyhow::Result<T> {
        response.json().await.map_err(|error| {
            anyhow!("Unexpected response from {}. Is it a different version? ({error})", self.base)
        })
    }
}

/// The sentence of a problem document, or the bare status.
async fn refusal(response: Response) -> String {
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    body["detail"].as_str().map_or_else(|| format!("The gateway answered {status}."), str::to_owned)
}
