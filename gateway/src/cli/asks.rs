//! `gateway asks …`: answer what the agent waits for from a terminal.

use super::{ApiClient, Remote, output};
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum AsksCommand {
    /// Everything that is open.
    List,
    /// Answer a permission, a held call or a question.
    Answer {
        ask: String,
        #[command(subcommand)]
        answer: Answer,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Answer {
    /// Allow it this time.
    Once,
    /// Allow it, and all that its pattern covers.
    Always,
    /// Deny it; the agent reads the reason.
    Deny { reason: Option<String> },
    /// Answer a question: one label or own words for each of its parts.
    With { answers: Vec<String> },
}

pub(super) async fn run(remote: &Remote, command: AsksCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command {
        AsksCommand::List => list(&api, remote.json).await?,
        AsksCommand::Answer { ask, answer } => {
            let verdict: Value = api.post(&format!("/api/v1/asks/{ask}/answer"), &body(answer)).await?;
            match verdict["verdict"].as_str() {
                _ if remote.json => output::json(&verdict)?,
                Some("taken_for_later") => output::line("Taken. It is applied when the agent is back.")?,
                Some("taken_late") => {
                    output::line("Taken. The time was over; the agent is told all the same.")?
                }
                _ => output::line("Taken.")?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn body(answer: Answer) -> Value {
    match answer {
        Answer::Once => json!({ "answer": "once" }),
        Answer::Always => json!({ "answer": "always" }),
        Answer::Deny { reason } => json!({ "answer": "deny", "reason": reason }),
        Answer::With { answers } => {
            let each: Vec<_> = answers.into_iter().map(|answer| vec![answer]).collect();
            json!({ "answer": "answers", "answers": each })
        }
    }
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let asks = api.list("/api/v1/asks").await?;
    if as_json {
        output::json(&asks)?;
        return Ok(());
    }
    let mut rows = vec![["ASK", "KIND", "STATE", "SESSION", "WHAT"].map(str::to_owned).to_vec()];
    rows.extend(asks.iter().map(row));
    output::table(&rows)?;
    Ok(())
}

fn row(ask: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let candidates = [
        &ask["metadata"]["command"],
        &ask["metadata"]["filepath"],
        &ask["questions"][0]["question"],
        &ask["held"]["command"],
        &ask["held"]["file"],
        &ask["detail"],
        &ask["patterns"][0],
    ];
    let what = candidates.into_iter().find_map(Value::as_str).unwrap_or("-");
    let one_line = what.lines().next().unwrap_or_default().to_owned();
    let warning = if ask["may_have_run"] == true { " (may have half run before)" } else { "" };
    let what = format!("{one_line}{warning}");
    vec![text(&ask["id"]), text(&ask["kind"]), text(&ask["state"]), text(&ask["session"]), what]
}
