//! `gateway state`: reading needs no lock and works beside a running gateway; restoring needs it stopped.

use super::{Folder, output};
use crate::clock;
use crate::store::{Inspection, LogEntry, Store, StoreConfig};
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::SessionRecord;
use std::process::ExitCode;

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
}

pub(super) async fn run(folder: &Folder, command: StateCommand) -> anyhow::Result<ExitCode> {
    let inspection = Inspection::of(&folder.state)?;
    match command {
        StateCommand::Verify => return verify(&inspection, folder.json),
        StateCommand::Log { session, limit } => log(&inspection, &session, limit, folder.json)?,
        StateCommand::Show { session, commit } => {
            show(&inspection, &session, commit.as_deref(), folder.json)?;
        }
        StateCommand::Restore { session, commit } => restore(folder, &session, &commit).await?,
        StateCommand::Export => {
            inspection.export::<SessionRecord>()?.iter().try_for_each(output::json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(inspection: &Inspection, json: bool) -> anyhow::Result<ExitCode> {
    let report = inspection.verify::<SessionRecord>()?;
    if json {
        output::json(&report)?;
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
    let (store, _) = Store::<SessionRecord>::open(StoreConfig::at(&folder.state), clock::system()).await?;
    let restored = async {
        store.restore(session, commit).await?;
        store.flush().await
    };
    let restored = restored.await;
    store.close().await;
    restored?;
    output::line(&format!("Session {session} was restored from commit {commit}. Start the gateway again."))?;
    Ok(())
}
