//! `gateway audit verify`: has somebody changed, removed or inserted an entry?

use super::output;
use crate::records::check_audit;
use anyhow::Context;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Check the chain of hashes; exits with 1 when it is broken.
    Verify {
        /// The gateway's state folder.
        #[arg(long, env = "GATEWAY_STATE", default_value = ".session-state")]
        state: PathBuf,
    },
}

pub(super) fn run(command: &AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify { state } = command;
    let report =
        check_audit(state).with_context(|| format!("The audit log in {} cannot be read", state.display()))?;
    match report.fault {
        None => {
            output::line(&format!("{} entries, none changed, removed or inserted.", report.entries))?;
            Ok(ExitCode::SUCCESS)
        }
        Some(fault) => {
            output::line(&format!("The audit log is damaged: {fault}."))?;
            Ok(ExitCode::FAILURE)
        }
    }
}
