//! `gateway labs …`: which there are, and what can be done about one.

use super::{ApiClient, Remote, output};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum LabsCommand {
    /// List labs with state, link, size and owner
    List,
    /// Deploy a session's work to its lab
    Deploy {
        /// Session id, from `gateway sessions list`
        session: String,
        /// Overwrite what someone else changed of the lab, after a deploy that failed for it
        #[arg(long)]
        take_over: bool,
    },
    /// Print the last lines that a session's lab wrote
    Logs {
        /// Session id
        session: String,
    },
    /// Remove a session's lab
    Remove {
        /// Session id
        session: String,
    },
}

pub(super) async fn run(remote: &Remote, command: LabsCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command {
        LabsCommand::List => list(&api, remote.json).await?,
        LabsCommand::Deploy { session, take_over } => {
            let what = if take_over { "take-over" } else { "deploy" };
            act(&api, remote.json, &session, what).await?;
        }
        LabsCommand::Remove { session } => act(&api, remote.json, &session, "clean").await?,
        LabsCommand::Logs { session } => {
            let log: Value = api.get(&format!("/api/v1/sessions/{session}/lab/log")).await?;
            match (remote.json, log["log"].as_str()) {
                (true, _) => output::json(&log)?,
                (false, Some(text)) if !text.is_empty() => output::line(text)?,
                (false, _) => output::line("Nothing is known of what it wrote.")?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn act(api: &ApiClient, as_json: bool, session: &str, what: &str) -> anyhow::Result<()> {
    let told: Value = api.post(&format!("/api/v1/sessions/{session}/lab/{what}"), &json!({})).await?;
    match as_json {
        true => output::json(&told)?,
        false => output::line(told["sentence"].as_str().unwrap_or("Done."))?,
    }
    Ok(())
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let all: Vec<Value> = api.get("/api/v1/labs").await?;
    output::list(
        as_json,
        &all,
        &["SESSION", "STATE", "LINK", "SIZE", "BY", "SINCE", "TITLE"],
        row,
        "No labs.",
    )?;
    Ok(())
}

fn row(lab: &Value) -> Vec<String> {
    let text = |name: &str| lab[name].as_str().unwrap_or("-").to_owned();
    let size = format!("{} KiB", lab["bytes"].as_u64().unwrap_or_default().div_ceil(1024));
    let since = text("made_at").chars().take(16).collect();
    vec![text("session"), text("word"), text("url"), size, text("owner"), since, text("title")]
}
