//! `gateway audit`: who decided what, and has somebody changed, removed or inserted an entry?

use super::audit_bucket::FromBucket;
use super::audit_export::{self, ExportFormat};
use super::audit_filter::AuditFilter;
use super::audit_witnessed::{Countersigned, UNTRUSTED};
use super::{Folder, audit_tiles, output, prove_command};
use crate::app;
use crate::store::{AuditReport, HeadFit, Inspection, KeptCheckpoint};
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::{Answer, AuditEntry, ChainedEntry};
use gateway_proof::checkpoint::HeadLine;
use gateway_proof::cosignature::WitnessKey;
use gateway_proof::note::NoteKey;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Check that no entry was changed, removed or inserted; exits with 1 if one was
    Verify {
        /// Checkpoint that was saved elsewhere: proves that the log still contains everything from back then. Can be repeated
        #[arg(long, value_name = "FILE")]
        against: Vec<PathBuf>,
        /// The log's public key, saved elsewhere; only checkpoints signed by it count. Default: the keys in the log's folder
        #[arg(long, value_name = "KEY")]
        key: Option<NoteKey>,
        /// Line that someone saved, such as 'audit 4999 nIAM…' from Slack. Can be repeated
        #[arg(long, value_name = "LINE")]
        head: Vec<HeadLine>,
        /// Public key of a witness, saved elsewhere; only what it countersigned counts. Can be repeated. Default: the keys beside
        /// the countersigned checkpoints
        #[arg(long, value_name = "KEY")]
        witness: Vec<WitnessKey>,
        /// Also compare the log with the newest checkpoint in the bucket of `audit.bucket`, which is asked now
        #[arg(long)]
        bucket: bool,
    },
    /// Print the log, oldest first
    Show {
        #[command(flatten)]
        filter: AuditFilter,
    },
    /// Print entries for other tools
    Export {
        #[arg(long, value_enum, default_value = "jsonl")]
        format: ExportFormat,
        #[command(flatten)]
        filter: AuditFilter,
    },
    /// Print the newest signed checkpoint, to save it where the gateway can't change it
    Checkpoint,
    /// Print the newest checkpoint as one line that people can keep, in a chat or on paper
    Head,
    /// Print the public key that signs checkpoints
    Key,
    /// Print the public key that this gateway countersigns other gateways' logs with
    WitnessKey,
    /// Write the log's tree of hashes as files that others can fetch piece by piece (C2SP tlog-tiles)
    Tiles {
        /// Folder, such as one that a web server shows
        #[arg(long, value_name = "FOLDER")]
        to: PathBuf,
    },
    /// Print a proof that an entry is in the log; it can be checked without the log. Says whether a passkey signed it
    Prove {
        /// Number of the entry, from `gateway audit show`
        entry: u64,
        /// Folder to write everything to that others need: the proof, and what the person's passkey signed
        #[arg(long, value_name = "FOLDER")]
        to: Option<PathBuf>,
    },
}

pub(super) async fn run(folder: &Folder, command: &AuditCommand) -> anyhow::Result<ExitCode> {
    let inspection = Inspection::of(&folder.state)?;
    match command {
        AuditCommand::Verify { against, key, head, witness, bucket } => {
            let countersigned = Countersigned::read(&folder.state, witness)?;
            let there = match bucket {
                true => FromBucket::read(&inspection, key.as_ref()).await?,
                false => FromBucket::default(),
            };
            let elsewhere = (countersigned, there);
            let report = report(&inspection, (against, head), key.as_ref(), elsewhere)?;
            return verify(&report, witness, folder.json);
        }
        AuditCommand::Show { filter } => return show(&inspection, filter, folder.json),
        AuditCommand::Export { format, filter } => {
            audit_export::export(&filter.of(inspection.audit_entries()?), *format)?;
        }
        AuditCommand::Checkpoint => output::piece(&inspection.audit_checkpoint()?)?,
        AuditCommand::Head => output::line(&inspection.audit_line()?.to_string())?,
        AuditCommand::Key => {
            inspection.audit_keys()?.iter().try_for_each(|key| output::line(&key.to_string()))?
        }
        AuditCommand::WitnessKey => {
            let cosigner = app::cosigner(&folder.state, folder.root_secret.as_deref())?;
            output::line(&cosigner.key().to_string())?;
        }
        AuditCommand::Tiles { to } => audit_tiles::write(&inspection, to)?,
        AuditCommand::Prove { entry, to } => prove_command::prove(&inspection, *entry, to.as_deref())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn report(
    inspection: &Inspection,
    (against, heads): (&[PathBuf], &[HeadLine]),
    key: Option<&NoteKey>,
    (countersigned, there): (Countersigned, FromBucket),
) -> anyhow::Result<AuditReport> {
    let mut kept = against.iter().map(|path| kept(path)).collect::<anyhow::Result<Vec<_>>>()?;
    kept.extend(countersigned.kept.iter().chain(&there.kept).cloned());
    let mut report = inspection.audit_against(&kept, key)?;
    countersigned.sort(&mut report);
    there.report(&mut report);
    for head in heads {
        match inspection.audit_fits_line(head)? {
            Ok(fit) => report.against.push(fit),
            Err(fault) => report.faults.push(fault),
        }
    }
    Ok(report)
}

fn verify(report: &AuditReport, trusted: &[WitnessKey], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        output::json(report)?;
    } else {
        verdict(report, !trusted.is_empty()).iter().try_for_each(|line| output::line(line))?;
    }
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn kept(path: &Path) -> anyhow::Result<KeptCheckpoint> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).with_context(|| format!("Can't read the checkpoint {name}"))?;
    Ok(KeptCheckpoint { name, text })
}

/// Says what was proven, and no more. `trusts_witnesses`: their keys are not the ones that lie beside the log.
fn verdict(report: &AuditReport, trusts_witnesses: bool) -> Vec<String> {
    let AuditReport { entries, pending, faults, own, against, witnessed } = report;
    let mut lines = vec![];
    match faults.is_empty() {
        true => lines.push(format!("{}: no fault found.", counted(entries + pending))),
        false => lines.push("The audit log is damaged.".to_owned()),
    }
    lines.extend(faults.iter().map(ToString::to_string));
    lines.extend(against.iter().map(proven));
    lines.extend(witnessed.iter().map(proven));
    if !witnessed.is_empty() && !trusts_witnesses {
        lines.push(UNTRUSTED.to_owned());
    }
    if faults.is_empty() && against.is_empty() && !trusts_witnesses {
        lines.push(alone(own.as_ref()));
    }
    lines.extend(own.as_ref().and_then(|own| newer(own, *entries)));
    if *pending > 0 {
        lines.push(format!("In the journal only, until the next checkpoint: {pending}."));
    }
    lines
}

fn counted(entries: usize) -> String {
    match entries {
        1 => "1 entry".to_owned(),
        many => format!("{many} entries"),
    }
}

fn proven(fit: &HeadFit) -> String {
    let HeadFit { name, entries, key } = fit;
    let those = match entries {
        1 => "Entry 1 is".to_owned(),
        many => format!("Entries 1 to {many} are"),
    };
    let signed = match key.as_str() {
        "" => "Nobody signed it: it is as good as the place where it was saved.".to_owned(),
        key => format!("Signed by {key}."),
    };
    format!(
        "{name}: {those} exactly what this checkpoint covers: none was changed, removed, inserted or moved since. \
            It proves nothing about later entries. {signed}"
    )
}

/// Nobody has signed those yet.
fn newer(own: &HeadFit, entries: usize) -> Option<String> {
    let newer = (entries as u64).checked_sub(own.entries).filter(|newer| *newer > 0)?;
    Some(format!(
        "Entries {} to {entries} are newer than the log's own checkpoint, so nobody has signed them. A gateway that runs signs them within             a second; otherwise its next start says whether they are its own.",
        entries as u64 - newer + 1
    ))
}

/// A log that somebody rewrote and signed with the gateway's key is whole by itself too.
fn alone(own: Option<&HeadFit>) -> String {
    let signed = match own {
        Some(HeadFit { entries, key, .. }) => format!(
            "The log is whole by itself: each entry follows the one before, and the log's own checkpoint over {} fits \
                (signed by {key}).",
            counted(usize::try_from(*entries).unwrap_or(usize::MAX))
        ),
        None => {
            "The log is whole by itself: each entry follows the one before. It has no signed checkpoint yet."
                .to_owned()
        }
    };
    format!(
        "{signed} That doesn't prove that it is the log of yesterday: compare it with a checkpoint that was saved \
            elsewhere (--against)."
    )
}

fn show(inspection: &Inspection, filter: &AuditFilter, json: bool) -> anyhow::Result<ExitCode> {
    let entries = filter.of(inspection.audit_entries()?);
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
