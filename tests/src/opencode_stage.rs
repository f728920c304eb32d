//! Everything at once: a real gateway, a real OpenCode with the plugin, and a scripted model in the place of one that thinks.

use crate::gateway::{Gateway, TOKEN};
use crate::model::Model;
use crate::opencode::{OpenCode, Options, POD, guard_report};
use anyhow::Context;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

pub struct OpenCodeStage {
    pub model: Model,
    pub gateway: Gateway,
    pub opencode: OpenCode,
    pub directory: PathBuf,
}

impl OpenCodeStage {
    /// A connected pod with one repository.
    pub async fn set() -> anyhow::Result<Self> {
        Self::set_with(|_| {}).await
    }

    pub async fn set_with(change: impl FnOnce(&mut Options)) -> anyhow::Result<Self> {
        let mut gateway = Gateway::prepare()?;
        gateway.configure(&as_they_are(json!({})))?;
        gateway.spawn().await?;
        let stage = Self::around(gateway, change).await?;
        stage.until_connected().await?;
        Ok(stage)
    }

    /// Where gateway and plugin leave it to OpenCode what is asked about.
    pub async fn without_gate() -> anyhow::Result<Self> {
        let mut gateway = Gateway::prepare()?;
        gateway.configure(&without_gate(json!({})))?;
        gateway.spawn().await?;
        let off = ("GATEWAY_GATE".to_owned(), "off".to_owned());
        let stage = Self::around(gateway, |options| options.env.push(off)).await?;
        stage.until_connected().await?;
        Ok(stage)
    }

    /// OpenCode next to a gateway that may not run yet. One without a file of rules takes its agents as they are.
    pub async fn around(mut gateway: Gateway, change: impl FnOnce(&mut Options)) -> anyhow::Result<Self> {
        if gateway.pid().is_none() && !gateway.is_configured() {
            gateway.configure(&as_they_are(json!({})))?;
        }
        let model = Model::start().await?;
        let mut options = Options::new(model.base_url());
        options.gateway = Some(gateway.bridge_url());
        options.token = Some(TOKEN.to_owned());
        change(&mut options);
        let opencode = OpenCode::start(options).await?;
        let directory = opencode.workspace("shop").await?;
        Ok(Self { model, gateway, opencode, directory })
    }

    pub async fn until_connected(&self) -> anyhow::Result<()> {
        let connected = |pods: &Value| pods[0]["connected"] == true;
        let waiting = self.gateway.until("the pod's link", "/api/v1/bridge", connected).await;
        waiting.map(drop).with_context(|| format!("OpenCode's log:\n{}", self.opencode.log()))
    }

    /// A session that was made through the gateway.
    pub async fn session(&self, title: &str) -> anyhow::Result<String> {
        self.session_in(&self.directory, title).await
    }

    pub async fn session_in(&self, directory: &Path, title: &str) -> anyhow::Result<String> {
        self.session_of(directory, title, POD).await
    }

    pub async fn session_of(&self, directory: &Path, title: &str, pod: &str) -> anyhow::Result<String> {
        let body = json!({ "directory": directory, "title": title, "pod": pod });
        let made = self.gateway.post("/api/v1/sessions", &body).await?;
        made["id"].as_str().map(str::to_owned).context("a session without an id")
    }

    pub async fn send(&self, session: &str, text: &str) -> anyhow::Result<String> {
        let path = format!("/api/v1/sessions/{session}/messages");
        let sent = self.gateway.post(&path, &json!({ "text": text })).await?;
        Ok(sent["message_id"].as_str().unwrap_or_default().to_owned())
    }

    pub async fn answer(&self, ask: &str, answer: Value) -> anyhow::Result<Value> {
        self.gateway.post(&format!("/api/v1/asks/{ask}/answer"), &answer).await
    }

    /// The first ask of the session that is open.
    pub async fn open_ask(&self, session: &str) -> anyhow::Result<Value> {
        let of_session = |ask: &Value| {
            (ask["session"] == session || ask["session_id"] == session) && ask["state"] == "open"
        };
        let found = |asks: &Value| asks.as_array().is_some_and(|asks| asks.iter().any(of_session));
        let asks = self.gateway.until("an open ask", "/api/v1/asks", found).await;
        let asks = asks.with_context(|| format!("OpenCode's log:\n{}", self.opencode.log()))?;
        Ok(asks.as_array().into_iter().flatten().find(|ask| of_session(ask)).cloned().unwrap_or_default())
    }

    /// Waits until the session says this text and is idle; returns its messages.
    pub async fn until_said(&self, session: &str, text: &str) -> anyhow::Result<Value> {
        let path = format!("/api/v1/sessions/{session}/messages");
        let said = |answer: &Value| texts(answer, "assistant").contains(text);
        let messages = self.gateway.until(&format!("{text:?}"), &path, said).await;
        let messages = messages.with_context(|| format!("OpenCode's log:\n{}", self.opencode.log()))?;
        self.until_status(session, "idle").await?;
        Ok(messages)
    }

    pub async fn until_status(&self, session: &str, status: &str) -> anyhow::Result<Value> {
        let path = format!("/api/v1/sessions/{session}");
        self.gateway.until(&format!("status {status}"), &path, |view| view["status"] == status).await
    }

    pub fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.directory.join(name)).ok()
    }
}

/// Rules of a gateway that takes agents as they are: nobody guards those of a stage.
pub fn as_they_are(mut rules: Value) -> Value {
    rules["gate"]["unguarded"] = json!("allow");
    rules
}

/// Rules for a gateway that leaves it to OpenCode what it asks about.
pub fn without_gate(mut rules: Value) -> Value {
    rules["gate"]["mode"] = json!("off");
    rules
}

/// Whether agents can be guarded on this machine. In CI they must be.
pub fn guard_is_here() -> bool {
    let report = guard_report().unwrap_or_default();
    let here = report["abi"].as_i64() >= Some(3);
    if !here {
        eprintln!("SKIPPED: this kernel has no Landlock of version 3 or newer: {report}");
        assert!(std::env::var_os("CI").is_none(), "the guarded shell must be tested in CI");
    }
    here
}

/// All text of a role in an answer of the messages route.
pub fn texts(answer: &Value, role: &str) -> String {
    let messages =
        answer["messages"].as_array().into_iter().flatten().filter(|message| message["role"] == role);
    let parts = messages.filter_map(|message| message["parts"].as_array()).flatten();
    parts
        .filter(|part| part["kind"] == "text")
        .filter_map(|part| part["text"].as_str())
        .collect::<Vec<_>>()
        .join("\n")
}
