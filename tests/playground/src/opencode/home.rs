//! The home directory of an OpenCode under test: its configuration, its data, its repositories.

use super::witness::{self, Witnessed};
use super::{Options, guarded};
use anyhow::{Context, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub struct Home(TempDir);

impl Home {
    pub(super) fn make(options: &Options) -> anyhow::Result<Self> {
        let home = Self(TempDir::with_prefix("opencode-home-")?);
        let config = home.path().join(".config/opencode");
        std::fs::create_dir_all(&config)?;
        if let Some(guard) = &options.guard {
            guard.install(home.path())?;
        }
        let shell = home.shell(options)?;
        std::fs::write(config.join("opencode.json"), home.config(options, shell)?)?;
        if let Some(auth) = options.own.as_ref().and_then(|own| own.auth.as_ref()) {
            let data = home.path().join(".local/share/opencode");
            std::fs::create_dir_all(&data)?;
            std::fs::copy(auth, data.join("auth.json"))?;
        }
        Ok(home)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn log(&self) -> PathBuf {
        self.path().join("opencode.log")
    }

    pub(super) fn repository(&self, name: &str) -> anyhow::Result<PathBuf> {
        repository(&self.path().join("work").join(name))
    }

    /// What OpenCode runs commands with, where it is not to choose by itself.
    fn shell(&self, options: &Options) -> anyhow::Result<Option<PathBuf>> {
        match (options.witness, options.guard.is_some()) {
            (true, is_guarded) => witness::install(self.path(), is_guarded).map(Some),
            (false, true) => Ok(Some(guarded::folder(self.path()).join("bash"))),
            (false, false) => Ok(None),
        }
    }

    /// What its shell really ran, where a witness stood in its place.
    pub fn witnessed(&self) -> anyhow::Result<Vec<Witnessed>> {
        witness::read(self.path())
    }

    fn config(&self, options: &Options, shell: Option<PathBuf>) -> anyhow::Result<String> {
        let provider = json!({
            "npm": "@ai-sdk/openai-compatible",
            "name": "Scripted",
            "options": { "baseURL": options.model, "apiKey": "none" },
            "models": { "scripted-1": {
                "name": "Scripted One", "tool_call": true, "limit": { "context": 128_000, "output": 8_192 },
            } },
        });
        let mut config = json!({
            "autoupdate": false, "share": "disabled", "lsp": false, "formatter": false,
            "permission": options.permission,
        });
        if options.own.is_none() {
            config["model"] = json!("scripted/scripted-1");
            config["small_model"] = json!("scripted/scripted-1");
            config["enabled_providers"] = json!(["scripted"]);
            config["provider"] = json!({ "scripted": provider });
        }
        if options.gateway.is_some() {
            let plugin = match options.guard {
                Some(_) => guarded::plugin(self.path()),
                None => super::plugin_bundle()?,
            };
            config["plugin"] = json!([plugin]);
        }
        if let Some(shell) = shell {
            config["shell"] = json!(shell);
        }
        Ok(serde_json::to_string_pretty(&config)?)
    }

    /// Everything OpenCode sees of the outside: no key, no network, none of the developer's own settings.
    pub(super) fn environment(&self, options: &Options) -> Vec<(String, String)> {
        let home = self.path();
        let inside = |path: &str| home.join(path).display().to_string();
        let mut env: Vec<(String, String)> = [
            ("HOME", home.display().to_string()),
            ("XDG_CONFIG_HOME", inside(".config")),
            ("XDG_DATA_HOME", inside(".local/share")),
            ("XDG_STATE_HOME", inside(".local/state")),
            ("XDG_CACHE_HOME", inside(".cache")),
            ("PATH", std::env::var("PATH").unwrap_or_default()),
            ("POD_NAME", super::POD.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let offline = [
            "OPENCODE_DISABLE_AUTOUPDATE",
            "OPENCODE_DISABLE_MODELS_FETCH",
            "OPENCODE_DISABLE_LSP_DOWNLOAD",
            "OPENCODE_DISABLE_SHARE",
            "OPENCODE_DISABLE_PROJECT_CONFIG",
        ];
        env.extend(offline.map(|name| (name.to_owned(), "1".to_owned())));
        env.push(("npm_config_offline".to_owned(), "true".to_owned()));
        if let Some(own) = &options.own {
            env.retain(|(name, _)| {
                !matches!(name.as_str(), "OPENCODE_DISABLE_MODELS_FETCH" | "npm_config_offline")
            });
            env.extend(own.keys.iter().cloned());
        }
        let mut add = |name: &str, value: &Option<String>| {
            env.extend(value.clone().map(|value| (name.to_owned(), value)));
        };
        add("GATEWAY_WS", &options.gateway);
        add("BRIDGE_TOKEN", &options.token);
        add("OPENCODE_SERVER_PASSWORD", &options.password);
        if options.guard.is_some() {
            let path = std::env::var("PATH").unwrap_or_default();
            env.push(("PATH".to_owned(), format!("{}:{path}", guarded::folder(home).display())));
            env.push(("TMPDIR".to_owned(), inside("tmp")));
            // A repository's skills may run commands when they are read.
            let skills = ["OPENCODE_DISABLE_EXTERNAL_SKILLS", "OPENCODE_DISABLE_CLAUDE_CODE"];
            env.extend(skills.map(|name| (name.to_owned(), "1".to_owned())));
        }
        env.extend(options.env.iter().cloned());
        env
    }

    /// Runs the `opencode` command line in this home.
    pub fn cli(&self, options: &Options, directory: &Path, args: &[&str]) -> anyhow::Result<String> {
        let output = Command::new(super::binary::find()?)
            .args(args)
            .current_dir(directory)
            .env_clear()
            .envs(self.environment(options))
            .output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A repository with a README and one commit.
pub fn repository(directory: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(directory)?;
    let directory = directory.canonicalize()?;
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    std::fs::write(directory.join("README.md"), format!("# {name}\n\nA repository for tests.\n"))?;
    for args in [
        &["init", "-q", "-b", "main"][..],
        &["add", "."],
        &["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "commit", "-q", "-m", "First"],
    ] {
        let done =
            Command::new("git").args(args).current_dir(&directory).status().context("git is missing")?;
        if !done.success() {
            bail!("git {args:?} failed in {}", directory.display());
        }
    }
    Ok(directory)
}
