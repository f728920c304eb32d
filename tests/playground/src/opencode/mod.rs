//! A real OpenCode in a home of its own: offline, with the scripted model and our plugin.

mod api;
mod binary;
mod guarded;
mod home;
mod witness;

pub use api::Api;
pub use guarded::{Guarded, program as guard_program, report as guard_report};
pub use home::{Home, repository};
pub use witness::Witnessed;

use crate::wait;
use anyhow::{Context, anyhow, bail};
use std::fs::File;
use std::future::ready;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long OpenCode may take to start; it needs two seconds alone and ten on a busy machine.
const START_PATIENCE: Duration = Duration::from_secs(60);

const STOP_PATIENCE: Duration = Duration::from_secs(15);

/// What the pod is called when nobody says otherwise.
pub const POD: &str = "pod-under-test";

/// The variable that tells the plugin so.
const POD_NAME: &str = "POD_NAME";

/// How to start OpenCode.
#[derive(Clone, Debug)]
pub struct Options {
    pub model: String,
    /// The gateway's bridge.
    pub gateway: Option<String>,
    pub token: Option<String>,
    /// OpenCode's own `permission` setting.
    pub permission: serde_json::Value,
    pub password: Option<String>,
    /// Any that is free when nobody says otherwise.
    pub port: Option<u16>,
    pub env: Vec<(String, String)>,
    /// The developer's own provider in place of the scripted model.
    pub own: Option<OwnProvider>,
    /// Runs in the guard's outer domain, with a guarded shell.
    pub guard: Option<Guarded>,
    /// Each command that its shell runs is written down.
    pub witness: bool,
}

/// Where a developer's own model keys are.
#[derive(Clone, Debug, Default)]
pub struct OwnProvider {
    /// OpenCode's file of sign-ins, which is copied: the developer's own sessions stay untouched.
    pub auth: Option<PathBuf>,
    /// Variables with keys.
    pub keys: Vec<(String, String)>,
}

impl OwnProvider {
    /// Looks where OpenCode itself would look.
    pub fn find() -> Option<Self> {
        const KEYS: [&str; 5] = [
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
            "OPENROUTER_API_KEY",
            "GEMINI_API_KEY",
            "DEEPSEEK_API_KEY",
        ];
        let set = |name: &&str| std::env::var(name).ok().filter(|key| !key.is_empty());
        let keys: Vec<_> = KEYS.iter().filter_map(|name| Some(((*name).to_owned(), set(name)?))).collect();
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let data = data.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
        let auth = data.map(|data| data.join("opencode/auth.json")).filter(|path| path.is_file());
        (auth.is_some() || !keys.is_empty()).then_some(Self { auth, keys })
    }
}

impl Options {
    pub fn new(model: String) -> Self {
        let permission = serde_json::json!({ "bash": "ask", "edit": "ask", "question": "allow" });
        Self {
            model,
            gateway: None,
            token: None,
            permission,
            password: None,
            port: None,
            env: vec![],
            own: None,
            guard: None,
            witness: false,
        }
    }
}

/// A running OpenCode. Killed when dropped; its home lasts as long as this value.
pub struct OpenCode {
    pub home: Home,
    pub port: u16,
    options: Options,
    child: Option<Child>,
}

impl OpenCode {
    /// Starts OpenCode and returns when it answers.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let home = Home::make(&options)?;
        let port = options.port.map_or_else(free_port, Ok)?;
        let mut opencode = Self { home, port, options, child: None };
        opencode.spawn().await?;
        Ok(opencode)
    }

    /// Starts it again in the same home, at the same port.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill();
        self.spawn().await
    }

    /// What its pod is called.
    pub fn pod_name(&self) -> String {
        let named = self.options.env.iter().rev().find(|(name, _)| name == POD_NAME);
        named.map_or_else(|| POD.to_owned(), |(_, pod)| pod.clone())
    }

    /// From its next start on it is in another pod, with the same data.
    pub fn rename(&mut self, pod: &str) {
        self.options.env.push((POD_NAME.to_owned(), pod.to_owned()));
    }

    /// Its process, while it runs.
    pub fn pid(&self) -> Option<rustix::process::Pid> {
        self.child.as_ref().map(rustix::process::Pid::from_child)
    }

    /// How it ended, if it did by itself.
    pub fn exited(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.as_mut().map(Child::try_wait).transpose()?.flatten())
    }

    /// As a crash would: no farewell.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // A child that is gone already needs no killing.
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks it to stop, as a pod's end does, and waits until it has.
    pub async fn terminate(&mut self) -> anyhow::Result<Duration> {
        let Some(mut child) = self.child.take() else { bail!("OpenCode does not run") };
        let started = Instant::now();
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let looking = wait::within(STOP_PATIENCE);
        let ended = looking.until("OpenCode to stop", || ready(child.try_wait().transpose())).await;
        if ended.is_err() {
            child.kill()?;
        }
        ended??;
        Ok(started.elapsed())
    }

    pub fn api(&self) -> Api {
        Api::new(self.port, self.options.password.clone())
    }

    /// A new git repository with one commit, which OpenCode has loaded (and with it the plugin).
    pub async fn workspace(&self, name: &str) -> anyhow::Result<PathBuf> {
        let directory = self.home.repository(name)?;
        self.api().open(&directory).await?;
        Ok(directory)
    }

    /// What `opencode session list` prints, as JSON.
    pub fn list_sessions(&self, directory: &Path) -> anyhow::Result<String> {
        self.home.cli(&self.options, directory, &["session", "list", "--format", "json"])
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.log()).unwrap_or_default()
    }

    async fn spawn(&mut self) -> anyhow::Result<()> {
        let log = File::options().create(true).append(true).open(self.home.log())?;
        let mut command = self.program()?;
        command
            .args(["serve", "--hostname", "127.0.0.1", "--port", &self.port.to_string()])
            .current_dir(self.home.path())
            .env_clear()
            .envs(self.home.environment(&self.options))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        self.child = Some(command.spawn().context("OpenCode could not be started")?);
        self.until_it_answers().await
    }

    fn program(&self) -> anyhow::Result<Command> {
        if self.options.guard.is_none() {
            return Ok(Command::new(binary::find()?));
        }
        let mut command = Command::new(guarded::folder(self.home.path()).join("guard"));
        command.arg("opencode");
        Ok(command)
    }

    async fn until_it_answers(&mut self) -> anyhow::Result<()> {
        let looking = wait::within(START_PATIENCE).until("OpenCode to answer", async || {
            // One that ended never will.
            self.api().is_up().await || wait::has_ended(self.pid())
        });
        looking.await.map_err(|error| anyhow!("{error}\n{}", self.log()))?;
        match self.exited()? {
            None => Ok(()),
            Some(status) => bail!("OpenCode ended with {status}:\n{}", self.log()),
        }
    }
}

impl Drop for OpenCode {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Where the built plugin is.
pub fn plugin_bundle() -> anyhow::Result<PathBuf> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../opencode-plugin/dist/opencode-gateway-plugin.js");
    path.canonicalize().context("The plugin is not built; run `make setup`")
}

/// The real `opencode`.
pub fn binary() -> anyhow::Result<PathBuf> {
    binary::find()
}

/// A port that is free right now.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
