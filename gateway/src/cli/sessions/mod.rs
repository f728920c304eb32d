//! `gateway sessions …`: work with sessions from a terminal.

mod create;
mod show;

use super::api::in_the_way;
use super::{ApiClient, Remote, output, watch};
use anyhow::Context;
use clap::Subcommand;
use create::NewSession;
use gateway_domain::LimitReached;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum SessionsCommand {
    /// List all sessions, newest first
    List,
    /// Show one session and what it needs from you
    Show {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Create a session, optionally with a first message
    Create(Box<NewSession>),
    /// Send the agent a message
    Send {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// What to tell the agent
        text: String,
        /// Attach a file: text, an image or PDF (repeatable)
        #[arg(long = "file", value_name = "PATH")]
        files: Vec<std::path::PathBuf>,
    },
    /// Stop the agent's turn
    #[command(visible_alias = "stop")]
    Abort {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Pause the session; messages are queued until you resume it
    Pause {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Resume a paused session
    Resume {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Retry the last turn after it failed
    Retry {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Close a session; nothing can be sent until it is reopened
    Close {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Reopen a closed session
    Reopen {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Rename a session
    Rename {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// The new title, on one line
        title: String,
    },
    /// Show which files a session changed
    Diff {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// Print the changes themselves, not just the file names
        #[arg(long)]
        patch: bool,
    },
    /// Switch the model from the next message on
    Model {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// The model, such as anthropic/claude-sonnet-4-5
        #[arg(value_name = "PROVIDER/MODEL", value_parser = create::model)]
        model: Value,
    },
    /// Switch the agent from the next message on
    Agent {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// The agent, such as builder
        agent: String,
    },
    /// Print the session's OpenCode web UI link
    Link {
        /// Session ID, from `gateway sessions list`
        session: String,
    },
    /// Follow a session live; reconnects if the gateway restarts
    Watch {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// Exit when the agent is idle
        #[arg(long)]
        until_idle: bool,
    },
}

pub(super) async fn run(remote: &Remote, command: SessionsCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    let as_json = remote.json;
    match command {
        SessionsCommand::List => show::list(&api, as_json).await?,
        SessionsCommand::Show { session } => show::one(&api, as_json, &session).await?,
        SessionsCommand::Create(wanted) => {
            let made: Value = api.post("/api/v1/sessions", &wanted.body()?).await?;
            tell(as_json, &made, made["id"].as_str().unwrap_or_default())?;
        }
        SessionsCommand::Send { session, text, files } => {
            let body = json!({ "text": text, "files": create::files(&files)? });
            let sent: Value = api.post(&of(&session, "messages"), &body).await?;
            tell(as_json, &sent, &sent_words(&sent))?;
        }
        SessionsCommand::Abort { session } => steer(&api, as_json, &session, "abort", "Stopped.").await?,
        SessionsCommand::Pause { session } => {
            let done = "Paused. `gateway sessions resume` continues.";
            steer(&api, as_json, &session, "pause", done).await?;
        }
        SessionsCommand::Resume { session } => steer(&api, as_json, &session, "resume", "Resumed.").await?,
        SessionsCommand::Retry { session } => steer(&api, as_json, &session, "retry", "Retrying.").await?,
        SessionsCommand::Close { session } => {
            let done = "Closed. `gateway sessions reopen` opens it again.";
            steer(&api, as_json, &session, "close", done).await?;
        }
        SessionsCommand::Reopen { session } => {
            steer(&api, as_json, &session, "reopen", "Reopened.").await?;
        }
        SessionsCommand::Rename { session, title } => {
            api.act(&of(&session, "rename"), &json!({ "title": title })).await?;
            tell(as_json, &json!({ "renamed": session }), "Renamed.")?;
        }
        SessionsCommand::Diff { session, patch } => show::diff(&api, as_json, &session, patch).await?,
        SessionsCommand::Model { session, model } => choose(&api, as_json, &session, "model", &model).await?,
        SessionsCommand::Agent { session, agent } => {
            choose(&api, as_json, &session, "agent", &json!({ "agent": agent })).await?;
        }
        SessionsCommand::Link { session } => show::link(&api, as_json, &session).await?,
        SessionsCommand::Watch { session, until_idle } => {
            return watch::run(&api, &session, as_json, until_idle).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A path below a session.
fn of(session: &str, what: &str) -> String {
    format!("/api/v1/sessions/{session}/{what}")
}

async fn steer(api: &ApiClient, as_json: bool, session: &str, verb: &str, done: &str) -> anyhow::Result<()> {
    let verdict: Value = api.post(&of(session, verb), &json!({})).await?;
    Ok(tell(as_json, &verdict, done)?)
}

async fn choose(
    api: &ApiClient,
    as_json: bool,
    session: &str,
    what: &str,
    choice: &Value,
) -> anyhow::Result<()> {
    let verdict: Value = api.post(&of(session, what), choice).await.context("Nothing was changed")?;
    Ok(tell(as_json, &verdict, "Saved. It applies from the next message on.")?)
}

/// What became of a message, under its id.
fn sent_words(sent: &Value) -> String {
    let id = sent["message_id"].as_str().unwrap_or_default();
    if let Ok(limit) = serde_json::from_value::<LimitReached>(sent["at_limit"].clone()) {
        let (reason, running) = (limit.reason(), in_the_way(&sent["at_limit"]["running"]));
        let then = "It is sent as soon as one of them finishes, is stopped or asks for input:";
        return format!("{id} (queued)\n{reason} {then}{running}");
    }
    match (sent["verdict"].as_str(), sent["behind"].as_u64()) {
        (Some("queued"), Some(0)) => format!("{id} (queued; it is sent when the agent is free)"),
        (Some("queued"), Some(1)) => format!("{id} (queued, with 1 message ahead of it)"),
        (Some("queued"), Some(behind)) => format!("{id} (queued, with {behind} messages ahead of it)"),
        (Some("answered"), _) => {
            format!("{id} (sent as the answer to {})", sent["ask"].as_str().unwrap_or("its question"))
        }
        _ => id.to_owned(),
    }
}

fn tell(as_json: bool, whole: &Value, short: &str) -> std::io::Result<()> {
    if as_json { output::json(whole) } else { output::line(short) }
}
