//! `gateway pod …`: tokens that pods have for themselves, and the way of a session from one pod to another. Tokens are in the
//! state folder, where no agent and no API reaches them; a gateway that runs sees at once what changes there.

use super::{ApiClient, Folder, Remote, output};
use crate::token::{PodToken, PodTokens};
use anyhow::Context;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum PodCommand {
    /// Give a pod its own token; it is printed once
    Add {
        /// Name of the pod, as its plugin says it (POD_NAME, or the host's name)
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// List the pods that have their own tokens
    List {
        #[command(flatten)]
        folder: Folder,
    },
    /// Revoke a pod's token and end its link
    Remove {
        /// Name of the pod
        name: String,
        #[command(flatten)]
        folder: Folder,
    },
    /// Hand a session over to another pod
    HandOver {
        /// ID of the session
        session: String,
        /// Name of the pod, which must be connected
        pod: String,
        #[command(flatten)]
        remote: Remote,
    },
}

pub(super) async fn run(command: PodCommand) -> anyhow::Result<ExitCode> {
    match command {
        PodCommand::Add { name, folder } => add(&folder, &name)?,
        PodCommand::List { folder } => {
            let all = PodTokens::in_state(&folder.state).list()?;
            let none = "No pod has its own token. `gateway pod add NAME` creates one.";
            output::list(folder.json, &all.iter().map(Shown::of).collect::<Vec<_>>(), &HEADING, row, none)?;
        }
        PodCommand::Remove { name, folder } => {
            PodTokens::in_state(&folder.state).remove(&name)?;
            output::line(&format!("Removed: {name}. Its link ends within seconds."))?;
        }
        PodCommand::HandOver { session, pod, remote } => {
            let path = format!("/api/v1/sessions/{session}/hand-over");
            ApiClient::new(&remote)?.act(&path, &json!({ "pod": pod })).await?;
            output::line(&format!("Handed over: {session} now belongs to {pod}."))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The token is all that goes to standard output, so that it can be put where it belongs.
fn add(folder: &Folder, name: &str) -> anyhow::Result<()> {
    let state = folder.state.display();
    anyhow::ensure!(
        folder.state.is_dir(),
        "There is no state directory {state}; pass the gateway's with --state."
    );
    let token = PodTokens::in_state(&folder.state).add(name, crate::clock::system().now())?;
    if folder.json {
        return Ok(output::json(&json!({ "pod": name, "token": token }))?);
    }
    output::line(&token)?;
    let how = format!("Set BRIDGE_TOKEN to it in {name}, and POD_NAME to {name}. It can't be shown again.");
    writeln!(std::io::stderr(), "{how}").context("Standard error can't be written to")
}

const HEADING: [&str; 3] = ["POD", "TOKEN", "ADDED"];

/// What people may see of a token.
#[derive(serde::Serialize)]
struct Shown {
    pod: String,
    token: String,
    added_at: Timestamp,
}

impl Shown {
    fn of(PodToken { pod, id, added_at, .. }: &PodToken) -> Self {
        Self { pod: pod.clone(), token: id.clone(), added_at: *added_at }
    }
}

fn row(Shown { pod, token, added_at }: &Shown) -> Vec<String> {
    vec![pod.clone(), token.clone(), added_at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()]
}
