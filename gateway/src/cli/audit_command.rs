//! `gateway audit`: who decided what, and has somebody changed, removed or inserted an entry?

use super::{Folder, output};
use crate::store::{AuditReport, Inspection};
use clap::Subcommand;
use gateway_domain::ChainedEntry;
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
        output::line(&format!("{} entries, none changed, removed or inserted.", entries + pending))?;
        if *pending > 0 {
            output::line(&format!(
                "{pending} of them are in the journal and are chained at the next checkpoint."
            ))?;
        }
    } else {
        output::line("The audit log is damaged.")?;
        faults.iter().try_for_each(|fault| output::line(&fault.to_string()))?;
    }
    Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(inspection: &Inspection, json: bool) -> anyhow::Result<ExitCode> {
    let entries = inspection.audit_entries()?;
    let heading = ["NUMBER", "TIME", "WHO", "WHAT", "ANSWER", "ABOUT", "SESSION", "REQUEST"];
    output::list(json, &entries, &heading, row, "Nobody has decided anything yet.")?;
    Ok(ExitCode::SUCCESS)
}

fn row(link: &ChainedEntry) -> Vec<String> {
    let (number, entry) = (link.number.to_string(), link.entry.clone());
    let about = entry.told.subject.lines().next().unwrap_or_default().to_owned();
    vec![number, entry.at.to_string(), entry.who, entry.what, entry.answer, about, entry.session, entry.ask]
}
