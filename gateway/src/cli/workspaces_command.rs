//! `gateway workspaces …`: which there are, what they take, and their removal.

use super::{ApiClient, Remote, output};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum WorkspacesCommand {
    /// List workspaces with size, session and unpushed work
    List,
    /// Remove a workspace; refuses while it has unpushed work and lists it
    Remove {
        /// Workspace name, from `gateway workspaces list`
        name: String,
        /// Remove it anyway; commits and uncommitted files are saved on a rescue branch where there is git
        #[arg(long)]
        force: bool,
    },
}

pub(super) async fn run(remote: &Remote, command: WorkspacesCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command {
        WorkspacesCommand::List => list(&api, remote.json).await?,
        WorkspacesCommand::Remove { name, force } => {
            let path = format!("/api/v1/workspaces/{name}/remove");
            let told: Vec<Value> = api.post(&path, &json!({ "confirmed": force })).await?;
            if remote.json {
                output::json(&told)?;
            } else {
                told.iter().filter_map(|line| line["text"].as_str()).try_for_each(output::line)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let all: Vec<Value> = api.get("/api/v1/workspaces").await?;
    let heading = ["WORKSPACE", "SIZE", "USED BY", "UNSAVED WORK"];
    output::list(as_json, &all, &heading, row, "No workspaces yet.")?;
    Ok(())
}

fn row(workspace: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let losses: Vec<_> =
        workspace["losses"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let only_there = if losses.is_empty() { "-".to_owned() } else { losses.join("; ") };
    let more = if workspace["at_least"] == true { "+" } else { "" };
    let size = format!("{} MiB{more}", workspace["bytes"].as_u64().unwrap_or_default() >> 20);
    vec![text(&workspace["name"]), size, text(&workspace["used_by"]), only_there]
}
