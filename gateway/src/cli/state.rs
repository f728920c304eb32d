//! `gateway state`: reading needs no lock and works beside a running gateway; restoring needs it stopped.

use super::purge_command::{self, PurgeArgs};
use super::{Folder, output};
use crate::app::{self, Unsigned};
use crate::clock::{self, Clock};
use crate::store::{Inspection, LogEntry, StateReport, StoreError, TakeOver};
use crate::token::own_root_secret_file;
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::{AuditEntry, SessionRecord};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// Check records, journal, history, ledger and audit log; exits with 1 if something is wrong
    Verify,
    /// List the commits that changed a session's record, newest first
    Log {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// List at most this many
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Print a session's record as it is, or as it was at a commit
    Show {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// Commit, from `gateway state log`
        commit: Option<String>,
    },
    /// Restore a session's record from a commit; the gateway must be stopped
    Restore {
        /// Session ID, from `gateway sessions list`
        session: String,
        /// Commit, from `gateway state log`
        commit: String,
    },
    /// Print every session as one line of JSON
    Export,
    /// Remove a text from records, audit log, files and history, for good; the gateway must be stopped
    Purge(PurgeArgs),
    /// Sign the state as it is, no matter who wrote it; check it first. The gateway must be stopped
    Reseal {
        /// File with the root secret until now: the audit log's old key then signs that the new one follows it
        #[arg(long, value_name = "FILE")]
        old_root_secret: Option<PathBuf>,
    },
}

pub(super) async fn run(folder: &Folder, command: StateCommand) -> anyhow::Result<ExitCode> {
    let inspection = Inspection::of(&folder.state)?;
    match command {
        StateCommand::Verify => return verify(folder, inspection),
        StateCommand::Purge(args) => return purge_command::purge(folder, args).await,
        StateCommand::Log { session, limit } => log(&inspection, &session, limit, folder.json)?,
        StateCommand::Show { session, commit } => {
            show(&inspection, &session, commit.as_deref(), folder.json)?;
        }
        StateCommand::Restore { session, commit } => restore(folder, &session, &commit).await?,
        StateCommand::Reseal { old_root_secret } => {
            reseal(folder, &inspection, old_root_secret.as_deref()).await?;
        }
        StateCommand::Export => {
            inspection.export::<SessionRecord>()?.iter().try_for_each(output::json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(folder: &Folder, inspection: Inspection) -> anyhow::Result<ExitCode> {
    let unknown = |why: String| (None, Some(why));
    let (keys, note) = match app::state_keys(&folder.state, folder.root_secret.as_deref()) {
        Ok(Some(keys)) => (Some(keys), None),
        Ok(None) => {
            unknown("There is no root secret yet: the next start creates one and signs the state.".to_owned())
        }
        Err(error) => {
            unknown(format!("Who wrote the state could not be checked. {:#}", anyhow::Error::new(error)))
        }
    };
    let inspection = inspection.with_keys(keys);
    let report = inspection.verify::<SessionRecord>()?;
    let notes = report.notes.iter().cloned().chain(note).collect();
    show_report(&StateReport { notes, ..report }, folder.json)
}

fn show_report(report: &StateReport, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        output::json(report)?;
    } else {
        report.findings.iter().try_for_each(|finding| output::line(finding))?;
        report.notes.iter().try_for_each(|note| output::line(&format!("Note: {note}")))?;
        output::line(&format!(
            "Checked {} records, {} journal entries, {} audit entries and {} git objects: {} found.",
            report.sessions,
            report.journal_entries,
            report.audit_entries,
            report.git_objects,
            match report.findings.len() {
                0 => "nothing wrong".to_owned(),
                1 => "1 fault".to_owned(),
                many => format!("{many} faults"),
            }
        ))?;
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn log(inspection: &Inspection, session: &str, limit: usize, json: bool) -> anyhow::Result<()> {
    let entries = inspection.log(session, limit)?;
    let row = |entry: &LogEntry| {
        let short = entry.commit.chars().take(12).collect();
        vec![short, entry.at.to_string(), entry.author.clone(), entry.subject.clone()]
    };
    let heading = ["COMMIT", "TIME", "AUTHOR", "SUBJECT"];
    Ok(output::list(json, &entries, &heading, row, "No commit has changed this session's record yet.")?)
}

fn show(inspection: &Inspection, session: &str, commit: Option<&str>, json: bool) -> anyhow::Result<()> {
    let text = match commit {
        Some(commit) => inspection.show_at(session, commit)?,
        None => inspection.show::<SessionRecord>(session)?,
    };
    if json {
        let value: serde_json::Value = serde_yaml::from_str(&text).context("The record is not YAML")?;
        return Ok(output::json(&value)?);
    }
    Ok(output::line(text.trim_end())?)
}

async fn restore(folder: &Folder, session: &str, commit: &str) -> anyhow::Result<()> {
    let clock = clock::system();
    let secret = folder.root_secret.as_deref();
    let opened = app::open_store(&folder.state, secret, TakeOver::WhenFree, Unsigned::Refused, &clock).await;
    let (store, _) = opened?;
    let restored = async {
        store.restore(session, commit).await?;
        let answer = json!({ "commit": commit }).to_string();
        store.audit(by_hand(&clock, "restored record", session, answer)).await?;
        store.flush().await
    };
    let restored: Result<(), StoreError> = restored.await;
    store.close().await;
    restored?;
    output::line(&format!("Session {session} was restored from commit {commit}. Start the gateway again."))?;
    Ok(())
}

/// What is there becomes the gateway's own: for a secret that is used for the first time, and for one that was lost.
async fn reseal(folder: &Folder, inspection: &Inspection, older: Option<&Path>) -> anyhow::Result<()> {
    let clock = clock::system();
    let (state, secret) = (&folder.state, folder.root_secret.as_deref());
    let (store, recovered) = match older_secret(folder, inspection, older)? {
        Some(older) => app::open_store_after(state, secret, &older, &clock).await?,
        None => app::open_store(state, secret, TakeOver::WhenFree, Unsigned::TakenOver, &clock).await?,
    };
    let (records, aside) = (recovered.records.len(), recovered.unrecoverable.len());
    let resealed = async {
        let answer = json!({ "records": records }).to_string();
        store.audit(by_hand(&clock, "resealed state", "", answer)).await?;
        store.flush().await
    };
    let resealed: Result<(), StoreError> = resealed.await;
    store.close().await;
    resealed?;
    recovered.unrecoverable.iter().try_for_each(|aside| output::line(&aside.to_string()))?;
    output::line(&format!(
        "{records} records are signed, {aside} could not be read. Start the gateway again."
    ))?;
    Ok(())
}

/// The secret whose key signs the log until now: the one that was given, or that which the gateway made for itself. A handover by
/// any other key would prove nothing.
fn older_secret(
    folder: &Folder,
    inspection: &Inspection,
    given: Option<&Path>,
) -> anyhow::Result<Option<PathBuf>> {
    let keys = inspection.audit_keys()?;
    let signs_now = |secret: &Path| anyhow::Ok(keys.last() == Some(&app::log_key(secret)?));
    let own = own_root_secret_file(&folder.state);
    match given {
        Some(given) => {
            let name = given.display();
            anyhow::ensure!(
                signs_now(given)?,
                "The key of {name} doesn't sign the audit log now. Nothing was changed."
            );
            Ok(Some(given.to_owned()))
        }
        None if folder.root_secret.is_some() && own.is_file() => Ok(signs_now(&own)?.then_some(own)),
        None => Ok(None),
    }
}

/// What somebody at the machine did. Their name is their own word.
fn by_hand(clock: &Arc<dyn Clock>, what: &str, session: &str, answer: String) -> AuditEntry {
    let user = std::env::var("USER").unwrap_or_else(|_| "operator".to_owned());
    AuditEntry { answer, ..AuditEntry::new(clock.now(), format!("cli:{user}"), what, session) }
}
