//! The real gateway binary as a process of its own, and its API.

use crate::disk;
use crate::opencode::free_port;
use anyhow::{Context, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START_PATIENCE: Duration = Duration::from_secs(60);

const STOP_PATIENCE: Duration = Duration::from_secs(20);

pub const TOKEN: &str = "bridge-token-of-the-tests";

/// A running gateway. Killed when dropped.
pub struct Gateway {
    pub port: u16,
    folder: TempDir,
    state: PathBuf,
    child: Option<Child>,
    http: Client,
    /// From the next start on its disk can be made full (`crate::disk`).
    pub limited: bool,
    /// Further settings, for the next start.
    pub env: Vec<(String, String)>,
}

impl Gateway {
    /// A gateway that is not running yet, but whose port is known.
    pub fn prepare() -> anyhow::Result<Self> {
        Self::prepare_at(free_port()?)
    }

    pub fn prepare_at(port: u16) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("gateway-")?;
        let state = folder.path().join("state");
        Ok(Self { port, folder, state, child: None, http: Client::new(), limited: false, env: vec![] })
    }

    /// A second gateway with the same state, which lives as long as the first one's folder.
    pub fn beside(&self) -> anyhow::Result<Self> {
        let mut second = Self::prepare()?;
        second.state = self.state();
        Ok(second)
    }

    pub async fn start_at(port: u16) -> anyhow::Result<Self> {
        let mut gateway = Self::prepare_at(port)?;
        gateway.spawn().await?;
        Ok(gateway)
    }

    pub async fn start() -> anyhow::Result<Self> {
        let mut gateway = Self::prepare()?;
        gateway.spawn().await?;
        Ok(gateway)
    }

    pub async fn spawn(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut command = if self.limited { disk::limitable(&binary()?) } else { Command::new(binary()?) };
        let mut child = command
            .arg("serve")
            .env("GATEWAY_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("BRIDGE_TOKEN", TOKEN)
            .env("GATEWAY_LOG_FORMAT", "json")
            .env("GATEWAY_STATE", self.state())
            .env("RUST_LOG", "gateway=debug")
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(if self.limited { Stdio::piped() } else { log.try_clone()?.into() })
            .stderr(if self.limited { Stdio::null() } else { log.try_clone()?.into() })
            .spawn()
            .context("the gateway could not be started")?;
        if let Some(said) = child.stdout.take() {
            disk::copy(said, log);
        }
        self.child = Some(child);
        let deadline = Instant::now() + START_PATIENCE;
        while self.get("/readyz").await.is_err() {
            if Instant::now() > deadline {
                bail!("the gateway is not ready:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// As a crash would: no farewell.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A child that is gone already needs no killing.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<rustix::process::Pid> {
        self.child.as_ref().map(rustix::process::Pid::from_child)
    }

    /// How it ended, if it did by itself.
    pub fn exited(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.as_mut().map(Child::try_wait).transpose()?.flatten())
    }

    /// Asks it to stop and waits until it has.
    pub async fn terminate(&mut self) -> anyhow::Result<Duration> {
        let mut child = self.child.take().context("the gateway does not run")?;
        let started = Instant::now();
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&child),
            rustix::process::Signal::TERM,
        )?;
        while child.try_wait()?.is_none() {
            if started.elapsed() > STOP_PATIENCE {
                child.kill()?;
                bail!("the gateway did not stop within {STOP_PATIENCE:?}:\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(started.elapsed())
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn bridge_url(&self) -> String {
        format!("ws://127.0.0.1:{}{}", self.port, bridge_protocol::BRIDGE_PATH)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Where the gateway keeps what it promised.
    pub fn state(&self) -> PathBuf {
        self.state.clone()
    }

    /// The audit log's entries.
    pub fn audit(&self) -> anyhow::Result<Vec<Value>> {
        let state = self.state().display().to_string();
        Ok(serde_json::from_str(&self.cli(&["audit", "show", "--json", "--state", &state])?)?)
    }

    pub fn log_path(&self) -> PathBuf {
        self.folder.path().join("gateway.log")
    }

    /// Runs the operator's command line against this gateway; returns what it printed.
    pub fn cli(&self, args: &[&str]) -> anyhow::Result<String> {
        let output = self.command(args)?.output()?;
        if !output.status.success() {
            let (told, error) =
                (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            bail!("gateway {args:?}: {told}{error}");
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The operator's command line, not started yet.
    pub fn command(&self, args: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(binary()?);
        command.args(args).env("GATEWAY_URL", self.url());
        Ok(command)
    }

    /// What is there. Lists come in pages; of those it is the entries of the first.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let (status, mut body) = self.call(Method::GET, path, None).await?;
        if !status.is_success() {
            bail!("{path}: {status} {body}");
        }
        // A thread has items too, and a card.
        let is_page = body["items"].is_array() && body["card"].is_null();
        Ok(if is_page { body["items"].take() } else { body })
    }

    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await?;
        if !status.is_success() {
            bail!("{path}: {status} {answer}");
        }
        Ok(answer)
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(StatusCode, Value)> {
        let mut request = self.http.request(method, format!("{}{path}", self.url()));
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some((_, token)) = self.env.iter().find(|(name, _)| name == "GATEWAY_API_TOKEN") {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let (status, text) = (response.status(), response.text().await?);
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Asks again and again until the answer satisfies the condition.
    pub async fn until(
        &self,
        what: &str,
        path: &str,
        condition: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Value> {
        let deadline = Instant::now() + crate::PATIENCE;
        loop {
            let answer = self.get(path).await.unwrap_or_default();
            if condition(&answer) {
                return Ok(answer);
            }
            if Instant::now() > deadline {
                bail!("waited in vain for {what}; last answer of {path}:\n{answer:#}\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The binary lies beside this one, or beside the folder that tests are built into.
pub fn binary() -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let near = this.ancestors().skip(1).take(2).map(|folder| folder.join("gateway"));
    near.into_iter().find(|path| path.is_file()).context("the gateway is not built; run `make build`")
}
