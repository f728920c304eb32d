//! `gateway asks …`: answer what the agent waits for from a terminal.

#[cfg(test)]
mod everywhere;
mod shown;
mod written;

use super::{ApiClient, Remote, output};
use anyhow::{Context, bail, ensure};
use clap::{Subcommand, ValueEnum};
use gateway_domain::GrantFor;
use serde_json::{Map, Value, json};
pub(super) use shown::in_words;
use shown::{Shown, row};
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
        /// `deny`: a reason for the agent; `with`: one answer per question; `set`: name=value for each field; `grant`:
        /// `session`, `hour` or `project`, and a pattern such as 'npm test *' if more than exactly this call is meant
        #[arg(value_name = "TEXT")]
        words: Vec<String>,
        /// Why you allow it, where the rules ask for a reason; everyone sees it
        #[arg(long, value_name = "REASON")]
        because: Option<String>,
        /// Override the rules, if you are one of those who can; needs --because
        #[arg(long, requires = "because")]
        break_glass: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Answer {
    /// Allow it this time
    Once,
    /// Allow it and everything its pattern matches
    Always,
    /// Allow it and calls like it for this `session`, for an `hour` or for the `project`; a pattern may follow
    Grant,
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
        AsksCommand::Answer { ask, answer, words, because, break_glass } => {
            let mut body = body(answer, words)?;
            if let Some(because) = because {
                (body["because"], body["break_glass"]) = (json!(because), json!(break_glass));
            }
            let reply: Value = api.post(&format!("/api/v1/asks/{ask}/answer"), &body).await?;
            let sentence = reply["sentence"].as_str().unwrap_or("Done.");
            if remote.json { output::json(&reply)? } else { output::line(sentence)? }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn body(answer: Answer, words: Vec<String>) -> anyhow::Result<Value> {
    Ok(match answer {
        Answer::Once | Answer::Always => {
            let name = if answer == Answer::Once { "once" } else { "always" };
            ensure!(words.is_empty(), "`{name}` takes no text; use `deny REASON` or `with ANSWER`");
            json!({ "answer": name })
        }
        Answer::Grant => {
            let (lasts, pattern) = match &words[..] {
                [lasts] => (lasts, None),
                [lasts, pattern] => (lasts, Some(pattern)),
                _ => bail!("`grant` needs `session`, `hour` or `project`, and takes one pattern in quotes"),
            };
            ensure!(
                GrantFor::ALL.iter().any(|known| known.value() == lasts),
                "{lasts:?} is not one of `session`, `hour` and `project`"
            );
            json!({ "answer": "grant", "for": lasts, "pattern": pattern })
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
    let asks = api.list("/api/v1/asks").await?;
    let heading = ["REQUEST", "KIND", "STATE", "SESSION", "TITLE", "WHAT"];
    if as_json {
        return Ok(output::json(&asks)?);
    }
    let sessions = if asks.is_empty() { vec![] } else { api.list("/api/v1/sessions").await? };
    let titled = |ask: Value| {
        let session = sessions.iter().find(|session| session["id"] == ask["session"]);
        shown(ask, session)
    };
    let asks = asks.into_iter().map(titled).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(output::list(false, &asks, &heading, row, "No open requests.")?)
}

/// One request, with the title of the session that it belongs to.
async fn show(api: &ApiClient, as_json: bool, ask: &str) -> anyhow::Result<()> {
    let ask: Value = api.get(&format!("/api/v1/asks/{ask}")).await?;
    if as_json {
        return Ok(output::json(&ask)?);
    }
    // While its pod is away nothing shows the session; the request is answered all the same.
    let session = ask["session"].as_str().unwrap_or_default();
    let session = api.get::<Value>(&format!("/api/v1/sessions/{session}")).await.ok();
    Ok(in_words(&shown(ask, session.as_ref())?).iter().try_for_each(|line| output::line(line))?)
}

/// A request of the API, ready to be shown.
pub(super) fn shown(ask: Value, session: Option<&Value>) -> anyhow::Result<Shown> {
    let session_title = session.and_then(|session| session["title"].as_str()).map(str::to_owned);
    let view = serde_json::from_value(ask).context("The gateway is a different version from this command")?;
    Ok(Shown { view, session_title })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_where_they_belong() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(body(Answer::Deny, words("not now")).unwrap()["reason"], "not now");
        assert_eq!(body(Answer::With, words("a b")).unwrap()["answers"], json!([["a"], ["b"]]));
        assert_eq!(body(Answer::Set, words("project=shop")).unwrap()["values"]["project"], "shop");
        let granted = body(Answer::Grant, vec!["hour".into(), "npm test *".into()]).unwrap();
        assert_eq!(granted, json!({ "answer": "grant", "for": "hour", "pattern": "npm test *" }));
        for (answer, text) in [
            (Answer::Grant, "ever"),
            (Answer::Grant, "hour npm test"),
            (Answer::Once, "please"),
            (Answer::Set, "project"),
        ] {
            assert!(body(answer, words(text)).is_err(), "{answer:?} {text}");
        }
    }
}
