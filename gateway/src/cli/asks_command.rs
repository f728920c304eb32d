//! `gateway asks …`: answer what the agent waits for from a terminal.

mod shown;

use super::{ApiClient, Remote, output};
use anyhow::{bail, ensure};
use clap::{Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
pub(super) use shown::in_words;
use shown::{TITLE, row, text};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum AsksCommand {
    /// List open requests, oldest first
    List,
    /// Show one request: what it is about, and how to answer it
    Show {
        /// Request ID, from `gateway asks list`
        ask: String,
    },
    /// Answer a permission, a question, a change on hold or a form
    Answer {
        /// Request ID, from `gateway asks list`
        ask: String,
        /// Your answer
        answer: Answer,
        /// `deny`: a reason for the agent; `with`: one answer per question; `set`: name=value for each field
        #[arg(value_name = "TEXT")]
        words: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answer {
    /// Allow it this time
    Once,
    /// Allow it and everything its pattern matches
    Always,
    /// Deny it, optionally with a reason for the agent
    Deny,
    /// Answer a question: one label or free text per part
    With,
    /// Fill in a form: name=value for each field
    Set,
}

pub(super) async fn run(remote: &Remote, command: AsksCommand) -> anyhow::Result<ExitCode> {
    let api = ApiClient::new(remote)?;
    match command {
        AsksCommand::List => list(&api, remote.json).await?,
        AsksCommand::Show { ask } => show(&api, remote.json, &ask).await?,
        AsksCommand::Answer { ask, answer, words } => {
            let body = body(answer, words)?;
            let verdict: Value = api.post(&format!("/api/v1/asks/{ask}/answer"), &body).await?;
            if remote.json { output::json(&verdict)? } else { output::line(&taken(&verdict))? }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of an answer that was not refused.
fn taken(verdict: &Value) -> String {
    match verdict["verdict"].as_str() {
        Some("taken_for_later") => "Saved. It takes effect when the agent is back.".to_owned(),
        Some("taken_late") => "Saved. The request had timed out, but the agent has been told.".to_owned(),
        Some("needs_second") => {
            let why = verdict["why"].as_str().unwrap_or("it is risky");
            format!(
                "Your approval is saved, but nothing runs yet: a second person must approve this too ({why})."
            )
        }
        _ => "Saved. The agent has your answer.".to_owned(),
    }
}

fn body(answer: Answer, words: Vec<String>) -> anyhow::Result<Value> {
    Ok(match answer {
        Answer::Once | Answer::Always => {
            let name = if answer == Answer::Once { "once" } else { "always" };
            ensure!(words.is_empty(), "`{name}` takes no text; use `deny REASON` or `with ANSWER`");
            json!({ "answer": name })
        }
        Answer::Deny => {
            let reason = (!words.is_empty()).then(|| words.join(" "));
            json!({ "answer": "deny", "reason": reason })
        }
        Answer::With => {
            ensure!(!words.is_empty(), "`with` needs an answer for each part of the question");
            let each: Vec<_> = words.into_iter().map(|word| vec![word]).collect();
            json!({ "answer": "answers", "answers": each })
        }
        Answer::Set => json!({ "answer": "configured", "values": values(&words)? }),
    })
}

fn values(words: &[String]) -> anyhow::Result<Map<String, Value>> {
    let mut values = Map::new();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            bail!("{word:?} is not a field; write name=value");
        };
        values.insert(name.to_owned(), value.into());
    }
    Ok(values)
}

async fn list(api: &ApiClient, as_json: bool) -> anyhow::Result<()> {
    let mut asks = api.list("/api/v1/asks").await?;
    if !as_json && !asks.is_empty() {
        let sessions = api.list("/api/v1/sessions").await?;
        for ask in &mut asks {
            let session = sessions.iter().find(|session| session["id"] == ask["session"]);
            ask[TITLE] = session.map_or(Value::Null, |session| session["title"].clone());
        }
    }
    let heading = ["REQUEST", "KIND", "STATE", "SESSION", "TITLE", "WHAT"];
    output::list(as_json, &asks, &heading, row, "No open requests.")?;
    Ok(())
}

/// One request, with the title of the session that it belongs to.
async fn show(api: &ApiClient, as_json: bool, ask: &str) -> anyhow::Result<()> {
    let mut ask: Value = api.get(&format!("/api/v1/asks/{ask}")).await?;
    if as_json {
        return Ok(output::json(&ask)?);
    }
    // While its pod is away nothing shows the session; the request is answered all the same.
    let session = api.get::<Value>(&format!("/api/v1/sessions/{}", text(&ask["session"]))).await;
    ask[TITLE] = session.map_or(Value::Null, |session| session["title"].clone());
    Ok(in_words(&ask).iter().try_for_each(|line| output::line(line))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_approval_that_is_needed_is_said() {
        // B37: it was told as "Taken."
        let told = taken(&json!({ "verdict": "needs_second", "why": "it leaves this machine" }));
        assert!(told.contains("second person") && told.contains("it leaves this machine"), "{told}");
    }

    #[test]
    fn words_go_where_they_belong() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(body(Answer::Deny, words("not now")).unwrap()["reason"], "not now");
        assert_eq!(body(Answer::With, words("a b")).unwrap()["answers"], json!([["a"], ["b"]]));
        assert_eq!(body(Answer::Set, words("project=shop")).unwrap()["values"]["project"], "shop");
        for (answer, text) in [(Answer::Once, "please"), (Answer::Set, "project")] {
            assert!(body(answer, words(text)).is_err(), "{answer:?} {text}");
        }
    }
}
