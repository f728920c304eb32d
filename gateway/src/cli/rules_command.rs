//! `gateway rules`: the tests of a pack that judges deliveries, and what it would have said to recorded changes (REQ-DELIVER-05).

use super::output;
use clap::Subcommand;
use gateway_rulepacks::{Limits, Pack, judge_recorded, test_pack};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// Run the tests in a pack's folder: `test_*.rego` and `*_table.yaml`. Exits with 1 where one fails
    Test {
        /// The folder with the project's rules
        folder: PathBuf,
        /// A folder with recorded facts (`*.json`), such as the evidence of past deliveries: shows what the pack says to each
        #[arg(long)]
        recorded: Option<PathBuf>,
    },
}

pub(super) fn run(command: RulesCommand) -> anyhow::Result<ExitCode> {
    let RulesCommand::Test { folder, recorded } = command;
    let report = test_pack(&folder, Limits::default());
    output::line(report.to_string().trim_end())?;
    if let Some(recorded) = recorded {
        let pack = Pack::with(&folder, Limits::default())?;
        for line in judge_recorded(&pack, &recorded)? {
            output::line(&line.to_string())?;
        }
    }
    Ok(if report.is_green() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
