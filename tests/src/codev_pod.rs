//! The pod that the image makes, without a container: the image's own entrypoint with a real OpenCode, in a temporary root.
//! What the container adds (its user, its file system, its network) is not there.

use crate::model::Model;
use crate::opencode::{self, Api, free_port};
use crate::wait;
use anyhow::{Context, anyhow, ensure};
use serde_json::json;
use std::fs::{self, File};
use std::future::ready;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

pub struct CodevPod {
    root: TempDir,
    port: u16,
    child: Option<Child>,
    /// Further variables, for the next start.
    pub env: Vec<(String, String)>,
}

impl CodevPod {
    /// A volume with nothing on it, and an image that ships the built plugin.
    pub fn prepare() -> anyhow::Result<Self> {
        let root = TempDir::with_prefix("pod-")?;
        let pod = Self { root, port: free_port()?, child: None, env: vec![] };
        for folder in
            ["bin", "home", "data/opencode", "plugins", "workspaces", "shipped/opencode-gateway/dist"]
        {
            fs::create_dir_all(pod.at(folder))?;
        }
        symlink(opencode::binary()?, pod.at("bin/opencode"))?;
        symlink(opencode::guard_program()?, pod.at("bin/guard"))?;
        // In the image mise brings it; OpenCode's binary is the very same program.
        pod.script("bin/bun", "#!/bin/sh\nBUN_BE_BUN=1 exec opencode \"$@\"\n")?;
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../opencode-plugin");
        fs::copy(source.join("package.json"), pod.at("shipped/opencode-gateway/package.json"))?;
        let bundle = "shipped/opencode-gateway/dist/opencode-gateway-plugin.js";
        fs::copy(opencode::plugin_bundle()?, pod.at(bundle))?;
        Ok(pod)
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    /// Puts a file on the volume's folder of plugins.
    pub fn plugin(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let path = self.at("plugins").join(path);
        fs::create_dir_all(path.parent().context("a path below the plugins")?)?;
        Ok(fs::write(path, text)?)
    }

    /// A program of the image that is not the real one.
    pub fn script(&self, path: &str, text: &str) -> anyhow::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        // What stands there may be a link to the real one.
        let _ = fs::remove_file(self.at(path));
        fs::write(self.at(path), text)?;
        Ok(fs::set_permissions(self.at(path), fs::Permissions::from_mode(0o755))?)
    }

    /// OpenCode's configuration as the team of the pod gives it: a scripted model, and no asks of OpenCode's own.
    pub fn plays(&mut self, model: &Model) {
        let options = json!({ "baseURL": model.base_url(), "apiKey": "none" });
        let limit = json!({ "context": 128_000, "output": 8_192 });
        let models = json!({ "scripted-1": { "name": "Scripted One", "tool_call": true, "limit": limit } });
        let provider = json!({ "npm": "@ai-sdk/openai-compatible", "name": "Scripted", "options": options, "models": models });
        let config = json!({
            "model": "scripted/scripted-1", "small_model": "scripted/scripted-1", "enabled_providers": ["scripted"],
            "provider": { "scripted": provider },
            "permission": { "bash": "allow", "edit": "allow", "external_directory": "allow" },
        });
        self.env.push(("OPENCODE_CONFIG_CONTENT".to_owned(), config.to_string()));
    }

    /// Makes the pod's own token for the bridge; returns where it lies.
    pub fn token(&mut self, token: &str) -> anyhow::Result<PathBuf> {
        let file = self.at("secrets/token");
        fs::create_dir_all(self.at("secrets"))?;
        fs::write(&file, token)?;
        self.env.push(("BRIDGE_TOKEN_FILE".to_owned(), file.display().to_string()));
        Ok(file)
    }

    /// The entrypoint becomes OpenCode.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn start(&mut self) -> anyhow::Result<()> {
        let log = File::create(self.log_path())?;
        let entrypoint =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../infrastructure/images/codev/entrypoint.sh");
        let path = format!("{}:{}", self.at("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(entrypoint);
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.at("home"))
            .env("XDG_DATA_HOME", self.at("data"))
            .env("OPENCODE_PLUGINS", self.at("plugins"))
            .env("OPENCODE_SHIPPED_PLUGINS", self.at("shipped"))
            .env("OPENCODE_WORKSPACES", self.at("workspaces"))
            .env("OPENCODE_GUARD_PROGRAM", self.at("bin/guard"))
            .env("OPENCODE_HOSTNAME", "127.0.0.1")
            .env("OPENCODE_PORT", self.port.to_string())
            .env("POD_NAME", "codev-0")
            // Nothing here may look for the network.
            .envs(["OPENCODE_DISABLE_AUTOUPDATE", "OPENCODE_DISABLE_MODELS_FETCH"].map(|name| (name, "1")))
            .envs(["OPENCODE_DISABLE_LSP_DOWNLOAD", "OPENCODE_DISABLE_SHARE"].map(|name| (name, "1")))
            .env("npm_config_offline", "true")
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        self.child = Some(command.spawn().context("the entrypoint could not be started")?);
        Ok(())
    }

    /// Ends everything in the pod, as a container's end does.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let group = rustix::process::Pid::from_child(&child);
            // A group that is gone already needs no killing.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            let _ = child.wait();
        }
    }

    pub fn api(&self) -> Api {
        let password = self.env.iter().find(|(name, _)| name == "OPENCODE_SERVER_PASSWORD");
        Api::new(self.port, password.map(|(_, password)| password.clone()))
    }

    /// What the pod has written since its last start.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.at("pod.log")
    }

    /// Waits until the pod has said this.
    pub async fn until_said(&self, words: &str) -> anyhow::Result<()> {
        let pid = self.child.as_ref().map(rustix::process::Pid::from_child);
        // One that ended says nothing more.
        let said = async || self.log().contains(words) || wait::has_ended(pid);
        let said = wait::until(format!("{words:?} in the pod's log"), said).await;
        said.map_err(|error| anyhow!("{error}\n{}", self.log()))?;
        ensure!(self.log().contains(words), "the pod ended and never said {words:?}:\n{}", self.log());
        Ok(())
    }

    /// Waits until the entrypoint ended by itself.
    pub async fn until_ended(&mut self) -> anyhow::Result<ExitStatus> {
        let look = || ready(self.exited().and_then(|ended| ended.context("it runs on")));
        wait::until("the pod's end", look).await.map_err(|error| anyhow!("{error}\n{}", self.log()))
    }

    fn exited(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.as_mut().context("the pod does not run")?.try_wait()?)
    }
}

impl Drop for CodevPod {
    fn drop(&mut self) {
        self.kill();
    }
}
