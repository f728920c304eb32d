//! `gateway sessions create`: everything that the start form has.

use anyhow::Context;
use base64::prelude::{BASE64_STANDARD, Engine};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct NewSession {
    /// What the session is about, on one line
    #[arg(long)]
    title: String,
    /// What the agent should do first
    #[arg(long)]
    prompt: Option<String>,
    /// Attach a file to the first message: text, an image or PDF (repeatable)
    #[arg(long = "file", value_name = "PATH", requires = "prompt")]
    files: Vec<PathBuf>,
    /// Work in this directory, as the pod sees it
    #[arg(long, value_name = "PATH", required_unless_present_any = ["workspace", "repositories"])]
    directory: Option<String>,
    /// Work in a new workspace, named after project and title unless you give a name
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", conflicts_with = "directory")]
    workspace: Option<String>,
    /// Check out this repository in the workspace (repeatable; all of the project's if none is given)
    #[arg(long = "repository", value_name = "NAME", conflicts_with = "directory")]
    repositories: Vec<String>,
    /// Project that the session belongs to
    #[arg(long)]
    project: Option<String>,
    /// Agent to use, such as builder
    #[arg(long)]
    agent: Option<String>,
    /// Model to use, such as anthropic/claude-sonnet-4-5
    #[arg(long, value_name = "PROVIDER/MODEL", value_parser = model)]
    model: Option<Value>,
    /// Kind of work, in a word or two
    #[arg(long)]
    category: Option<String>,
    /// How urgent it is
    #[arg(long, value_parser = PossibleValuesParser::new(["low", "normal", "high", "urgent"]))]
    priority: Option<String>,
    /// Ask before every command and change, even where OpenCode would not
    #[arg(long)]
    hold_writes: bool,
    /// Pod to use (only needed when several are connected)
    #[arg(long)]
    pod: Option<String>,
}

impl NewSession {
    /// What the API is asked for. Settings that were not given are left out: the API has its own standards.
    pub(super) fn body(&self) -> anyhow::Result<Value> {
        let whole = json!({
            "title": self.title,
            "prompt": self.prompt,
            "files": files(&self.files)?,
            "directory": self.directory,
            "workspace": self.workspace(),
            "project": self.project,
            "agent": self.agent,
            "model": self.model,
            "category": self.category,
            "priority": self.priority,
            "hold": self.hold_writes.then_some("writes"),
            "pod": self.pod,
        });
        Ok(match whole {
            Value::Object(all) => all.into_iter().filter(|(_, value)| !value.is_null()).collect(),
            other => other,
        })
    }

    fn workspace(&self) -> Option<Value> {
        if self.workspace.is_none() && self.repositories.is_empty() {
            return None;
        }
        let name = self.workspace.as_deref().filter(|name| !name.is_empty());
        Some(json!({ "name": name, "repositories": self.repositories }))
    }
}

/// `provider/model`; the model's own name may have slashes.
pub(super) fn model(text: &str) -> Result<Value, String> {
    match text.split_once('/') {
        Some((provider, model)) if !provider.is_empty() && !model.is_empty() => {
            Ok(json!({ "provider": provider, "model": model }))
        }
        _ => Err("write provider/model, such as anthropic/claude-sonnet-4-5".to_owned()),
    }
}

/// The files as the API takes them.
pub(super) fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<Value>> {
    let read = |path: &PathBuf| {
        let content = std::fs::read(path).with_context(|| format!("Can't read {}", path.display()))?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Ok(json!({ "name": name, "content": BASE64_STANDARD.encode(content) }))
    };
    paths.iter().map(read).collect()
}
