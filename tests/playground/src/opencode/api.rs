//! OpenCode's own HTTP API, as an independent witness of what the bridge did.

use anyhow::bail;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Longest wait for one answer: the first request of a directory loads it.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Api {
    http: Client,
    base: String,
    password: Option<String>,
}

impl Api {
    pub fn new(port: u16, password: Option<String>) -> Self {
        let http = Client::builder().timeout(PATIENCE).build().unwrap_or_default();
        Self { http, base: format!("http://127.0.0.1:{port}"), password }
    }

    pub async fn is_up(&self) -> bool {
        // While it starts, OpenCode takes connections whose requests it never answers.
        let answer = tokio::time::timeout(Duration::from_secs(1), self.get("/global/health", None));
        matches!(answer.await, Ok(Ok(_)))
    }

    /// Makes OpenCode load a directory, and with it the plugins.
    pub async fn open(&self, directory: &Path) -> anyhow::Result<()> {
        self.get("/path", Some(directory)).await.map(drop)
    }

    /// The agents that a session in this directory can have.
    pub async fn agents(&self, directory: &Path) -> anyhow::Result<Value> {
        self.get("/agent", Some(directory)).await
    }

    pub async fn sessions(&self, directory: &Path) -> anyhow::Result<Value> {
        self.get("/session", Some(directory)).await
    }

    pub async fn create(&self, directory: &Path, title: &str) -> anyhow::Result<String> {
        let made = self.post("/session", Some(directory), &json!({ "title": title })).await?;
        Ok(made["id"].as_str().unwrap_or_default().to_owned())
    }

    /// Writes as OpenCode's web UI does.
    pub async fn prompt(&self, session: &str, text: &str) -> anyhow::Result<()> {
        let body = json!({ "parts": [{ "type": "text", "text": text }] });
        self.post(&format!("/session/{session}/prompt_async"), None, &body).await.map(drop)
    }

    pub async fn messages(&self, session: &str) -> anyhow::Result<Value> {
        self.get(&format!("/session/{session}/message"), None).await
    }

    pub async fn permissions(&self, directory: &Path) -> anyhow::Result<Value> {
        self.get("/permission", Some(directory)).await
    }

    pub async fn reply_permission(&self, directory: &Path, id: &str, reply: &str) -> anyhow::Result<()> {
        self.post(&format!("/permission/{id}/reply"), Some(directory), &json!({ "reply": reply }))
            .await
            .map(drop)
    }

    pub async fn get(&self, path: &str, directory: Option<&Path>) -> anyhow::Result<Value> {
        self.send(Method::GET, path, directory, None).await
    }

    pub async fn post(&self, path: &str, directory: Option<&Path>, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, directory, Some(body)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        directory: Option<&Path>,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(directory) = directory {
            request = request.query(&[("directory", directory.display().to_string())]);
        }
        if let Some(password) = &self.password {
            request = request.basic_auth("opencode", Some(password));
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        if !status.is_success() {
            bail!("OpenCode answered {status} to {path}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}
