//! `gateway asks …`: answer what the agent waits for from a terminal.

use super::{ApiClient, Remote, output};
use anyhow::{bail, ensure};
use clap::{Subcommand, ValueEnum};
use serde_json::{Map, Value, json};
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
    /// Answer a permission, a held call, a question or a form
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
        AsksCommand::Show { ask } => {
            let ask: Value = api.get(&format!("/api/v1/asks/{ask}")).await?;
            if remote.json {
                output::json(&ask)?;
            } else {
                in_words(&ask).iter().try_for_each(|line| output::line(line))?;
            }
        }
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
    let asks = api.list("/api/v1/asks").await?;
    let heading = ["REQUEST", "KIND", "STATE", "SESSION", "WHAT"];
    output::list(as_json, &asks, &heading, row, "No open requests.")?;
    Ok(())
}

fn row(ask: &Value) -> Vec<String> {
    let what = what(ask);
    let one_line = what.lines().next().unwrap_or_default();
    let more = if what.lines().nth(1).is_some() { " …" } else { "" };
    let warning = if ask["may_have_run"] == true { " (may already have run in part)" } else { "" };
    let what = format!("{one_line}{more}{warning}");
    vec![text(&ask["id"]), text(&ask["kind"]), text(&ask["state"]), text(&ask["session"]), what]
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("-").to_owned()
}

/// What it is about: the command, the file, the question.
fn what(ask: &Value) -> String {
    let candidates = [
        &ask["metadata"]["command"],
        &ask["metadata"]["filepath"],
        &ask["questions"][0]["question"],
        &ask["held"]["command"],
        &ask["held"]["file"],
        &ask["detail"],
        &ask["patterns"][0],
    ];
    candidates.into_iter().find_map(Value::as_str).unwrap_or("-").to_owned()
}

/// An ask for somebody who has to decide at a terminal: all of it, and what to type.
pub(super) fn in_words(ask: &Value) -> Vec<String> {
    let id = text(&ask["id"]);
    let mut lines = vec![format!("{} {id}: {}", kind(ask), what(ask))];
    for question in list_of(&ask["questions"]) {
        let options: Vec<_> = list_of(&question["options"]).iter().map(text).collect();
        if list_of(&ask["questions"]).len() > 1 {
            lines.push(format!("  question: {}", text(&question["question"])));
        }
        if !options.is_empty() {
            lines.push(format!("  options: {}", options.join(" | ")));
        }
    }
    for field in list_of(&ask["fields"]) {
        let required = if field["required"] == true { ", required" } else { "" };
        lines.push(format!("  {}: {}{required}", text(&field["name"]), text(&field["label"])));
    }
    if ask["may_have_run"] == true {
        lines.push("  The agent stopped while this was running: it may already have run in part.".to_owned());
    }
    if let Some(why) = ask["rules"]["risk"].as_str() {
        lines.push(format!("  Two people must approve this: {why}."));
    }
    if let Some(first) = ask["first_approval"]["by"]["name"].as_str() {
        lines.push(format!("  Approved by {first}; one more approval is needed."));
    }
    lines.push(format!("  answer: gateway asks answer {id} {}", ways(ask)));
    lines
}

fn kind(ask: &Value) -> &str {
    match ask["kind"].as_str() {
        Some("question") => "Question",
        Some("held") => "On hold",
        Some("gate") => "Continue?",
        Some("configuration") => "Setup needed",
        _ => "Permission",
    }
}

/// What may be typed after the id.
fn ways(ask: &Value) -> String {
    match ask["kind"].as_str() {
        Some("question") => {
            let first =
                |question: &Value| question["options"][0].as_str().unwrap_or("your answer").to_owned();
            let each: Vec<_> = list_of(&ask["questions"]).iter().map(|one| quoted(&first(one))).collect();
            format!("with {}", each.join(" "))
        }
        Some("configuration") => {
            let fields = list_of(&ask["fields"]).iter().filter(|field| field["required"] == true);
            let each: Vec<_> = fields.map(|field| format!("{}=…", text(&field["name"]))).collect();
            format!("set {}", each.join(" "))
        }
        Some("held" | "gate") => "once | deny [REASON]".to_owned(),
        _ => "once | always | deny [REASON]".to_owned(),
    }
}

/// As a shell takes it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
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
    fn an_ask_tells_all_that_is_needed_to_answer_it() {
        // B37
        let question = json!({
            "id": "que_1", "kind": "question",
            "questions": [{ "question": "Which database?", "options": ["SQLite", "it's Postgres"] }],
        });
        let told = in_words(&question).join("\n");
        assert!(told.contains("Which database?") && told.contains("SQLite | it's Postgres"), "{told}");
        assert!(told.contains("gateway asks answer que_1 with 'SQLite'"), "{told}");
        let risky = json!({
            "id": "per_1", "kind": "permission", "metadata": { "command": "git push" },
            "rules": { "risk": "it leaves this machine" }, "first_approval": { "by": { "name": "Anna" } },
        });
        let told = in_words(&risky).join("\n");
        assert!(told.contains("Two people must approve this: it leaves this machine."), "{told}");
        assert!(told.contains("Approved by Anna; one more"), "{told}");
        assert!(told.contains("once | always | deny [REASON]"), "{told}");
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
