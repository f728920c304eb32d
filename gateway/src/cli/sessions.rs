//! `gateway sessions …`: work with sessions from a terminal.

use super::{ApiClient, Remote, output, watch};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum SessionsCommand {
    /// All sessions, newest first.
    List,
    /// Make a session, and give it its first message if there is one.
    Create {
        /// The directory to work in, as the pod sees it.
        #[arg(long)]
        directory: String,
        #[arg(long)]
        title: String,
        /// The pod; with just one connected it need not be named.
        #[arg(long)]
        pod: Option<String>,
        #[arg(long)]
        agent: Option<String>,
        /// What the agent should do.
        #[arg(long)]
        prompt: Option<String>,
    },
    /// Write a message into a session.
    Send { session: String, text: String },
    /// Stop what the agent is doing.
    Abort { session: String },
    /// Tell where OpenCode's own web UI shows a session.
    Link { session: String },
    /// Show a session as it goes on; comes back by itself when the gateway restarts.
    Watch {
        session: String,
        /// Stop when the agent has nothing more to do.
        #[arg(long)]
        until_idle: bool,
    },
}

pub(super) async fn run(remote: &Remote, command: SessionsCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command {
        SessionsCommand::List => list(&api, remote.json).await?,
        SessionsCommand::Create { directory, title, pod, agent, prompt } => {
            let body = json!({
                "directory": directory, "title": title, "pod": pod, "agent": agent, "prompt": prompt,
            });
            let made: Value = api.post("/api/v1/sessions", &body).await?;
            tell(remote.json, &made, made["id"].as_str().unwrap_or_default())?;
        }
        SessionsCommand::Send { session, text } => {
            let path = format!("/api/v1/sessions/{session}/messages");
            let sent: Value = api.post(&path, &json!({ "text": text })).await?;
            tell(remote.json, &sent, sent["message_id"].as_str().unwrap_or_default())?;
        }
        SessionsCommand::Abort { session } => {
            api.act(&format!("/api/v1/sessions/{session}/abort"), &json!({})).await?;
            tell(remote.json, &json!({ "aborted": session }), "Stopped.")?;
        }
        SessionsCommand::Link { session } => link(&api, remote.json, &session).await?,
        SessionsCommand::Watch { session, until_idle } => {
            return watch::run(&api, &session, remote.json, until_idle).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn link(api: &ApiClient, as_json: bool, session: &str) -> anyhow::Result<()> {
    let view: Value = api.get(&format!("/api/v1/sessions/{session}")).await?;
    let Some(url) = view["opencode_url"].as_str() else {
        anyhow::bail!(
            "The gateway does not show this pod's web UI; GATEWAY_OPENCODE_URL or `opencode_ui` names it."
        );
    };
    tell(as_json, &json!({ "opencode_url": url }), url)?;
    Ok(())
}

fn tell(as_json: bool, whole: &Value, short: &str) -> std::io::Result<()> {
    if as_json { output::json(whole) } else { output::line(short) }
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let sessions = api.list("/api/v1/sessions").await?;
    if as_json {
        output::json(&sessions)?;
        return Ok(());
    }
    let heading = ["SESSION", "STATUS", "WAITS", "POD", "DIRECTORY", "TITLE"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(sessions.iter().map(row));
    output::table(&rows)?;
    Ok(())
}

fn row(session: &Value) -> Vec<String> {
    let text = |name: &str| session[name].as_str().unwrap_or("-").to_owned();
    let online = session["online"].as_bool().unwrap_or(false);
    let status = if online { text("status") } else { format!("{} (offline)", text("status")) };
    vec![text("id"), status, session["open_asks"].to_string(), text("pod"), text("directory"), text("title")]
}
