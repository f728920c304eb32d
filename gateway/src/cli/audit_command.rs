//! `gateway audit`: who decided what, and has somebody changed, removed or inserted an entry?

use super::{Folder, output};
use crate::store::{AuditReport, Inspection};
use clap::Subcommand;
use gateway_domain::{Answer, AuditEntry, ChainedEntry};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Check that no entry was changed, removed or inserted; exits with 1 if one was
    Verify,
    /// Print the log, oldest first
    Show,
}

pub(super) fn run(folder: &Folder, command: &AuditCommand) -> anyhow::Result<ExitCode> {
    let inspection = Inspection::of(&folder.state)?;
    match command {
        AuditCommand::Verify => verify(&inspection, folder.json),
        AuditCommand::Show => show(&inspection, folder.json),
    }
}

fn verify(inspection: &Inspection, json: bool) -> anyhow::Result<ExitCode> {
    let report = inspection.audit()?;
    let AuditReport { entries, pending, faults } = &report;
    if json {
        output::json(&report)?;
    } else if faults.is_empty() {
        let all = match entries + pending {
            1 => "1 entry".to_owned(),
            many => format!("{many} entries"),
        };
        output::line(&format!("{all}, none changed, removed or inserted."))?;
        if *pending > 0 {
            output::line(&format!("In the journal only, until the next checkpoint: {pending}."))?;
        }
    } else {
        output::line("The audit log is damaged.")?;
        faults.iter().try_for_each(|fault| output::line(&fault.to_string()))?;
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(inspection: &Inspection, json: bool) -> anyhow::Result<ExitCode> {
    let entries = inspection.audit_entries()?;
    let heading = ["NUMBER", "TIME", "WHO", "DID WHAT", "ABOUT", "SESSION"];
    output::list(json, &entries, &heading, row, "No decisions yet.")?;
    Ok(ExitCode::SUCCESS)
}

fn row(link: &ChainedEntry) -> Vec<String> {
    let entry = &link.entry;
    let at = entry.at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let subject = entry.told.subject.lines().next().unwrap_or_default();
    let about = if subject.is_empty() { &entry.ask } else { subject };
    let session = match (entry.told.title.as_str(), entry.session.as_str()) {
        ("", id) => id.to_owned(),
        (title, id) => format!("{title} ({id})"),
    };
    vec![link.number.to_string(), at, entry.who.clone(), did(entry), about.to_owned(), session]
}

/// `allowed once`, `denied (“not now”)`, `stopped`: the log keeps an answer as JSON.
fn did(entry: &AuditEntry) -> String {
    let what = entry.what.replace('_', " ");
    match serde_json::from_str::<Answer>(&entry.answer) {
        Ok(answer) if entry.what == "answered" => in_words(&answer),
        Ok(answer) => format!("{what}: {}", in_words(&answer)),
        Err(_) if entry.answer.is_empty() => what,
        Err(_) => format!("{what}: {}", entry.answer),
    }
}

fn in_words(answer: &Answer) -> String {
    match answer {
        Answer::Answers { .. } => format!("answered {}", answer.in_words()),
        Answer::Configured { .. } => "set up the session".to_owned(),
        decided => decided.in_words(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::chain;
    use serde_json::json;

    #[test]
    fn an_entry_is_a_sentence() {
        // REQ-ASK-10: raw JSON and nanoseconds stood there
        let entry = json!({
            "at": "2026-11-21T10:05:00.123456789Z", "who": "web:anna", "what": "answered", "session": "ses_1",
            "ask": "per_1", "digest": "d", "answer": r#"{"answer":"deny","reason":"not now"}"#,
            "subject": "bash: npm test", "title": "Fix the login",
        });
        let told = row(&chain(None, serde_json::from_value(entry.clone()).unwrap()));
        let sentence = [
            "1",
            "2026-11-21 10:05:00 UTC",
            "web:anna",
            "denied (“not now”)",
            "bash: npm test",
            "Fix the login (ses_1)",
        ];
        assert_eq!(told, sentence);
        let mut steered = entry;
        (steered["what"], steered["answer"]) = (json!("let_writes_through"), json!(""));
        assert_eq!(did(&serde_json::from_value(steered).unwrap()), "let writes through");
    }
}
