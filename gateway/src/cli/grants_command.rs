//! `gateway grants …`: what was allowed for longer than once, and the way to end it.

use super::{ApiClient, Remote, output};
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::{GrantFor, GrantState, GrantView};
use serde_json::Value;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum GrantsCommand {
    /// List grants: those in force, then those that ended
    List,
    /// Revoke a grant; the next call like it is asked about again
    Revoke {
        /// Grant ID, from `gateway grants`
        grant: String,
    },
}

pub(super) async fn run(remote: &Remote, command: Option<GrantsCommand>) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command.unwrap_or(GrantsCommand::List) {
        GrantsCommand::List => list(&api, remote.json).await?,
        GrantsCommand::Revoke { grant } => {
            let told: Value = api.delete(&format!("/api/v1/grants/{grant}")).await?;
            if remote.json {
                output::json(&told)?;
            } else {
                output::line(&format!("Revoked: {}", told["sentence"].as_str().unwrap_or(&grant)))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let told: Value = api.get("/api/v1/grants").await?;
    if as_json {
        return Ok(output::json(&told)?);
    }
    let all: Vec<GrantView> = serde_json::from_value(told["grants"].clone())
        .context("The gateway is a different version from this command")?;
    let heading = ["GRANT", "STATE", "COVERS", "WHERE", "BY", "USED"];
    Ok(output::list(false, &all, &heading, row, "No grants.")?)
}

fn row(grant: &GrantView) -> Vec<String> {
    let covers = match grant.exact {
        true => format!("{}: {}", grant.tool, grant.pattern),
        false => format!("{}: {} (pattern)", grant.tool, grant.pattern),
    };
    let place = grant.project.clone().unwrap_or_else(|| grant.session.clone());
    vec![grant.id.clone(), state(grant), covers, place, grant.given_by.name.clone(), grant.uses.to_string()]
}

/// With the time at which it ends by itself.
fn state(grant: &GrantView) -> String {
    match (grant.state, grant.lasts, grant.ends) {
        (GrantState::InForce, GrantFor::Hour, Some(ends)) => format!("until {}", ends.strftime("%H:%M UTC")),
        (GrantState::InForce, GrantFor::Session, _) => "in this session".to_owned(),
        (GrantState::InForce, _, _) => "until revoked".to_owned(),
        (GrantState::Over, ..) => "over".to_owned(),
        (GrantState::Revoked, ..) => "revoked".to_owned(),
        (GrantState::RulesChanged, ..) => "rules changed".to_owned(),
    }
}
