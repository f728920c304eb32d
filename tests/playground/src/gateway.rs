//! The real gateway binary as a process of its own, and its API.

use crate::disk;
use crate::opencode::free_port;
use crate::wait;
use anyhow::{Context, anyhow, bail};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use std::fs::File;
use std::future::ready;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const START_PATIENCE: Duration = Duration::from_secs(60);

const STOP_PATIENCE: Duration = Duration::from_secs(20);

pub const TOKEN: &str = "bridge-token-of-the-tests";

/// What programs and people of the tests present, unless a test sets another one.
pub const API_TOKEN: &str = "api-token-of-the-tests";

/// A client whose requests are let in. One without the token has no business but to be turned away.
pub fn known() -> Client {
    bearing(API_TOKEN)
}

/// A test may wait as long as the gateway keeps an idle connection: one that is about to be closed isn't used again.
fn patient() -> reqwest::ClientBuilder {
    Client::builder().pool_idle_timeout(Duration::from_secs(10))
}

/// A client that presents this token.
pub fn bearing(token: &str) -> Client {
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
    patient().default_headers(headers).build().unwrap_or_default()
}

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
    /// How many files it may have open; the system's own limit when nobody says otherwise.
    pub descriptors: Option<u64>,
    /// What plugins present.
    pub bridge_token: String,
    /// The API's token. Without one the gateway makes one for itself, as it does for whoever sets none.
    pub api_token: Option<String>,
}

impl Gateway {
    /// A gateway that is not running yet, but whose port is known.
    pub fn prepare() -> anyhow::Result<Self> {
        Self::prepare_at(free_port()?)
    }

    pub fn prepare_at(port: u16) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("gateway-")?;
        let state = folder.path().join("state");
        let (child, http, api_token) =
            (None, patient().build().unwrap_or_default(), Some(API_TOKEN.to_owned()));
        let (env, bridge_token) = (vec![], TOKEN.to_owned());
        Ok(Self {
            port,
            folder,
            state,
            child,
            http,
            env,
            limited: false,
            descriptors: None,
            bridge_token,
            api_token,
        })
    }

    /// A second gateway with the same state, which lives as long as the first one's folder.
    pub fn beside(&self) -> anyhow::Result<Self> {
        let mut second = Self::prepare()?;
        second.state = self.state();
        Ok(second)
    }

    /// With these rules in a file of its own, from the next start on.
    pub fn configure(&mut self, rules: &Value) -> anyhow::Result<()> {
        let path = self.folder.path().join("rules.yaml");
        std::fs::write(&path, rules.to_string())?;
        self.env.retain(|(name, _)| name != "GATEWAY_CONFIG");
        self.env.push(("GATEWAY_CONFIG".to_owned(), path.display().to_string()));
        Ok(())
    }

    pub fn is_configured(&self) -> bool {
        self.env.iter().any(|(name, _)| name == "GATEWAY_CONFIG")
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
        self.launch()?;
        self.until_ready().await
    }

    /// Starts the process and waits for nothing.
    pub fn launch(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.log_path())?;
        let mut child = self
            .program()?
            .arg("serve")
            .env("GATEWAY_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("BRIDGE_TOKEN", &self.bridge_token)
            .env("GATEWAY_LOG_FORMAT", "json")
            .env("GATEWAY_STATE", self.state())
            .env("RUST_LOG", "gateway=debug")
            .envs(self.api_token.iter().map(|token| ("GATEWAY_API_TOKEN", token)))
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
        Ok(())
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let looking = wait::within(START_PATIENCE).until("the gateway to be ready", async || {
            match self.get("/readyz").await {
                // One that ended never will be.
                Err(refused) if !wait::has_ended(self.pid()) => Err(refused),
                _ => Ok(()),
            }
        });
        looking.await.map_err(|error| anyhow!("{error}\n{}", self.log()))?;
        match self.exited()? {
            None => Ok(()),
            Some(status) => bail!("The gateway ended with {status}:\n{}", self.log()),
        }
    }

    fn program(&self) -> anyhow::Result<Command> {
        if self.limited {
            return Ok(disk::limitable(&binary()?));
        }
        let Some(descriptors) = self.descriptors else { return Ok(Command::new(binary()?)) };
        let mut command = Command::new("prlimit");
        command.arg(format!("--nofile={descriptors}:{descriptors}")).arg(binary()?);
        Ok(command)
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
        let looking = wait::within(STOP_PATIENCE);
        let ended = looking.until("the gateway to stop", || ready(child.try_wait().transpose())).await;
        if ended.is_err() {
            child.kill()?;
        }
        ended.map_err(|error| anyhow!("{error}\n{}", self.log()))??;
        Ok(started.elapsed())
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where a person opens it: browsers allow no passkeys at an address that is a number.
    pub fn page_url(&self) -> String {
        format!("http://localhost:{}", self.port)
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
        command.args(args).env("GATEWAY_URL", self.url()).env("GATEWAY_STATE", self.state());
        command.envs(self.token().map(|token| ("GATEWAY_API_TOKEN", token)));
        Ok(command)
    }

    /// What this gateway wants to be presented.
    pub fn token(&self) -> Option<String> {
        let set = self.env.iter().rev().find(|(name, _)| name == "GATEWAY_API_TOKEN");
        let given = set.map(|(_, token)| token.clone()).or_else(|| self.api_token.clone());
        given.or_else(|| Some(std::fs::read_to_string(self.own_token_file()).ok()?.trim().to_owned()))
    }

    /// Where it keeps the token that it makes for itself.
    pub fn own_token_file(&self) -> PathBuf {
        self.state.join("private/api-token")
    }

    /// A client whose requests this gateway lets in.
    pub fn known(&self) -> Client {
        self.token().map_or_else(|| patient().build().unwrap_or_default(), |token| bearing(&token))
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
        if let Some(token) = self.token() {
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
        let looking = wait::until(format!("{what} at {path}"), async || match self.get(path).await {
            Ok(answer) if condition(&answer) => Ok(answer),
            Ok(answer) => Err(answer),
            Err(refused) => Err(Value::String(format!("{refused:#}"))),
        });
        looking.await.map_err(|error| anyhow!("{error}\n{}", self.log()))
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
