//! The client of the gateway's own API.

use super::Remote;
use super::stored_sign_ins::StoredSignIns;
use crate::clock::system;
use crate::config::Config;
use crate::token::own_token_file;
use anyhow::{Context, anyhow, bail};
use gateway_domain::Running;
use reqwest::{Client, Method, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
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
    person: Option<String>,
}

impl ApiClient {
    /// With what this user may present.
    pub(super) fn new(remote: &Remote) -> anyhow::Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Ok(Self { token: token(&remote.url, &variable)?, ..Self::unknown(remote)? })
    }

    /// Presents nothing.
    pub(super) fn unknown(remote: &Remote) -> anyhow::Result<Self> {
        if !Url::parse(&remote.url)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        {
            let url = &remote.url;
            bail!(
                "{url:?} is not a valid gateway address (GATEWAY_URL or --url). Example: http://127.0.0.1:8000"
            );
        }
        let http = Client::builder().connect_timeout(CONNECT_TIMEOUT).no_proxy().build()?;
        Ok(Self { http, base: remote.url.trim_end_matches('/').to_owned(), token: None, person: None })
    }

    pub(super) fn bearing(self, token: String) -> Self {
        Self { token: Some(token), ..self }
    }

    /// Acts for this person.
    pub(super) fn acting_for(self, person: String) -> Self {
        Self { person: Some(person), ..self }
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

    pub(super) async fn put<T: DeserializeOwned>(&self, path: &str, body: &Value) -> anyhow::Result<T> {
        self.decode(self.send(Method::PUT, path, Some(body)).await?).await
    }

    pub(super) async fn delete<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        self.decode(self.send(Method::DELETE, path, None).await?).await
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
        if let Some(person) = &self.person {
            request = request.header("x-gateway-person", person);
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

/// The token that was given, or what `gateway login` keeps for this gateway, or the token that a gateway on this machine made for
/// itself: neither goes anywhere else.
fn token(url: &str, variable: &dyn Fn(&str) -> Option<String>) -> anyhow::Result<Option<String>> {
    if let Some(path) = variable("GATEWAY_API_TOKEN_FILE") {
        let text = fs::read_to_string(&path).with_context(|| format!("GATEWAY_API_TOKEN_FILE: {path}"))?;
        return Ok(Some(text.trim().to_owned()));
    }
    if let Some(token) = variable("GATEWAY_API_TOKEN") {
        return Ok(Some(token));
    }
    if let Some(stored) = StoredSignIns::of_user(variable)
        && let Some(sign_in) = stored.at(url, system().now())?
    {
        return Ok(Some(sign_in.token));
    }
    if !is_of_this_machine(url) {
        return Ok(None);
    }
    // A configuration that is wrong keeps nobody from asking: then the state is where it is by itself.
    let state =
        Config::from(variable).map_or_else(|_| PathBuf::from(".session-state"), |config| config.state);
    let own = fs::read_to_string(own_token_file(&state)).ok();
    Ok(own.map(|text| text.trim().to_owned()))
}

pub(super) fn is_of_this_machine(url: &str) -> bool {
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.is_some_and(|host| matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]"))
}

/// The sentence of a problem document, or the bare status.
async fn refusal(response: Response) -> String {
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    let detail = body["detail"].as_str();
    let told = detail.map_or_else(|| format!("The gateway answered {status}."), str::to_owned);
    told + &in_the_way(&body["running"])
}

/// The sessions that a limit is full of, each with what to type to look at it.
pub(super) fn in_the_way(running: &Value) -> String {
    let running: Vec<Running> = serde_json::from_value(running.clone()).unwrap_or_default();
    running.iter().map(|one| format!("\n  gateway sessions show {}  # {}", one.session, one.title)).collect()
}

#[cfg(test)]
mod tests {
    use super::token;

    #[test]
    fn a_gateways_own_token_is_found_with_its_state_and_leaves_the_machine_never() {
        // REQ-WHO-01, C3a
        let state = tempfile::tempdir().unwrap();
        let file = crate::token::own_token_file(state.path());
        crate::token::read_or_make(state.path()).unwrap();
        let made = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        let folder = state.path().display().to_string();
        let set = |name: &str| (name == "GATEWAY_STATE").then(|| folder.clone());
        assert_eq!(token("http://127.0.0.1:8000", &set).unwrap(), Some(made.clone()));
        assert_eq!(token("http://localhost:8000", &set).unwrap(), Some(made.clone()));
        for elsewhere in
            ["http://gateway.example.com", "http://127.0.0.1.evil.test", "http://localhost@evil.test"]
        {
            assert_eq!(token(elsewhere, &set).unwrap(), None, "{elsewhere}");
        }
        let given =
            |name: &str| (name == "GATEWAY_API_TOKEN").then(|| "given".to_owned()).or_else(|| set(name));
        assert_eq!(token("http://127.0.0.1:8000", &given).unwrap().as_deref(), Some("given"));
        let by_file = |name: &str| (name == "GATEWAY_API_TOKEN_FILE").then(|| file.display().to_string());
        assert_eq!(token("https://gateway.example.com", &by_file).unwrap(), Some(made));
        // REQ-WHO-02: whom `gateway login` signed in, at that gateway only, and never instead of a token that was given.
        let home = tempfile::tempdir().unwrap();
        let config = home.path().display().to_string();
        let user = |name: &str| (name == "XDG_CONFIG_HOME").then(|| config.clone()).or_else(|| set(name));
        let stored = super::StoredSignIns::of_user(&user).unwrap();
        let sign_in = crate::cli::stored_sign_ins::StoredSignIn {
            token: "of anna".into(),
            person: "Anna".into(),
            ends: jiff::Timestamp::MAX,
        };
        stored.put("https://gateway.example.com", sign_in).unwrap();
        assert_eq!(token("https://gateway.example.com/", &user).unwrap().as_deref(), Some("of anna"));
        assert_eq!(token("https://other.example.com", &user).unwrap(), None);
        let both =
            |name: &str| (name == "GATEWAY_API_TOKEN").then(|| "given".to_owned()).or_else(|| user(name));
        assert_eq!(token("https://gateway.example.com", &both).unwrap().as_deref(), Some("given"));
        let gone = |name: &str| (name == "GATEWAY_API_TOKEN_FILE").then(|| "/does/not/exist".to_owned());
        assert!(token("http://127.0.0.1:8000", &gone).is_err());
    }
}
