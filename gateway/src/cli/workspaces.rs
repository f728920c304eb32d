//! `gateway workspaces …`: which there are, what they take, and their removal.

use super::{ApiClient, Remote, output};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum WorkspacesCommand {
    /// All workspaces: size, who works there, and what is only there.
    List,
    /// Remove one. What is only there is named first, and nothing is removed then.
    Remove {
        name: String,
        /// Remove it all the same; commits and uncommitted files are kept on a rescue branch where there is git.
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
    if as_json {
        output::json(&all)?;
        return Ok(());
    }
    let mut rows = vec![["WORKSPACE", "SIZE", "USED BY", "ONLY THERE"].map(str::to_owned).to_vec()];
    rows.extend(all.iter().map(row));
    output::table(&rows)?;
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
