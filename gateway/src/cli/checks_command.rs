//! `gateway checks …`: what tests a session offers, how the latest ended, and running them.

use super::{ApiClient, Remote, output};
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::{CheckRun, CheckSpec, CheckVerdict, CheckWork};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;

/// Between two looks at checks that run.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Subcommand)]
pub(super) enum ChecksCommand {
    /// List the checks of a session, with how each ended last
    List {
        /// Session ID
        session: String,
    },
    /// Run checks and wait until they end; exits with 1 unless all passed, and with --before failed there
    Run {
        /// Session ID
        session: String,
        /// Names of checks, from `gateway checks list`. Default: those that are configured, or the first unit tests
        names: Vec<String>,
        /// Also on the code from before the session's changes, with the tests of now: "fails before, passes after"
        #[arg(long)]
        before: bool,
        /// Don't wait for them
        #[arg(long)]
        no_wait: bool,
    },
    /// Stop checks that are running
    Stop {
        /// Session ID
        session: String,
    },
}

pub(super) async fn run(remote: &Remote, command: ChecksCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command {
        ChecksCommand::List { session } => list(&api, remote.json, &session).await?,
        ChecksCommand::Run { session, names, before, no_wait } => {
            let wanted = json!({ "names": names, "before": before });
            let told: Value = api.post(&format!("/api/v1/sessions/{session}/checks"), &wanted).await?;
            if no_wait {
                told_as(remote.json, &told)?;
            } else {
                return wait(&api, remote.json, &session).await;
            }
        }
        ChecksCommand::Stop { session } => {
            let told: Value =
                api.post(&format!("/api/v1/sessions/{session}/checks/stop"), &json!({})).await?;
            told_as(remote.json, &told)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn told_as(as_json: bool, told: &Value) -> anyhow::Result<()> {
    let sentence = told["sentence"].as_str().unwrap_or_default();
    Ok(if as_json { output::json(told) } else { output::line(sentence) }?)
}

struct Known {
    whole: Value,
    offered: Vec<CheckSpec>,
    runs: Vec<CheckRun>,
}

async fn known(api: &ApiClient, session: &str) -> anyhow::Result<Known> {
    let whole: Value = api.get(&format!("/api/v1/sessions/{session}/checks")).await?;
    let other = "The gateway is of another version than this command";
    let offered = serde_json::from_value(whole["offered"].clone()).context(other)?;
    let runs = serde_json::from_value(whole["runs"].clone()).context(other)?;
    Ok(Known { whole, offered, runs })
}

async fn list(api: &ApiClient, as_json: bool, session: &str) -> anyhow::Result<()> {
    let Known { whole, offered, runs } = known(api, session).await?;
    if as_json {
        return Ok(output::json(&whole)?);
    }
    if let Some(why) = whole["not_looked"].as_str() {
        output::aside(why)?;
    }
    let row = |spec: &CheckSpec| {
        let last = runs
            .iter()
            .rfind(|run| run.spec.name == spec.name && !run.before)
            .map_or("never run".to_owned(), standing);
        let from = spec.found_in.clone().unwrap_or_else(|| "configuration".to_owned());
        vec![spec.name.clone(), spec.kind.value().to_owned(), does(spec), from, last]
    };
    Ok(output::list(false, &offered, &["CHECK", "KIND", "RUNS", "FROM", "LAST"], row, "No tests found.")?)
}

fn does(spec: &CheckSpec) -> String {
    match &spec.work {
        CheckWork::Run { command, .. } => command.clone(),
        CheckWork::Fetch { url, .. } => url.clone(),
    }
}

/// How it is now, or how it ended.
fn standing(run: &CheckRun) -> String {
    let Some(end) = &run.end else {
        return if run.started_at.is_some() { "running" } else { "waiting" }.to_owned();
    };
    let counts =
        end.report.as_ref().map(|report| format!(" {}/{}", report.passed, report.passed + report.failed));
    let why = end.why.as_ref().map(|why| format!(": {why}"));
    format!(
        "{}{}{}",
        end.verdict.value().replace('_', " "),
        counts.unwrap_or_default(),
        why.unwrap_or_default()
    )
}

/// Until none of them runs any more.
async fn wait(api: &ApiClient, as_json: bool, session: &str) -> anyhow::Result<ExitCode> {
    loop {
        let Known { whole, runs, .. } = known(api, session).await?;
        let newest = runs.last().map(|run| run.batch.clone());
        let of_batch: Vec<_> = runs.iter().filter(|run| Some(&run.batch) == newest.as_ref()).collect();
        if of_batch.iter().all(|run| run.is_over()) {
            if as_json {
                output::json(&whole["runs"])?;
            } else {
                of_batch.iter().try_for_each(|run| told(run))?;
            }
            let ended_as =
                |run: &CheckRun, verdict| run.end.as_ref().is_some_and(|end| end.verdict == verdict);
            let wanted =
                |run: &CheckRun| if run.before { CheckVerdict::Failed } else { CheckVerdict::Passed };
            let passed = |run: &&CheckRun| ended_as(run, wanted(run));
            return Ok(if of_batch.iter().all(passed) { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn told(run: &CheckRun) -> anyhow::Result<()> {
    let when = if run.before { ", before the change" } else { "" };
    output::line(&format!("{}{when}: {}", run.spec.name, standing(run)))?;
    for name in run.end.iter().flat_map(|end| &end.report).flat_map(|report| &report.failures) {
        output::line(&format!("  failed: {name}"))?;
    }
    Ok(())
}
