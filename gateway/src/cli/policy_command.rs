//! `gateway policy`: what the rules of the configuration would have said of what was asked before.

use super::{Folder, output};
use crate::config::Config;
use crate::store::Inspection;
use anyhow::Context;
use clap::Subcommand;
use gateway_domain::{SessionRecord, Trial, try_rules};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum PolicyCommand {
    /// Show how the rules of `GATEWAY_CONFIG` would judge the newest requests; nothing is changed
    Test {
        /// Look at this many requests
        #[arg(long, default_value_t = 50)]
        last: usize,
    },
}

pub(super) fn run(folder: &Folder, command: &PolicyCommand) -> anyhow::Result<ExitCode> {
    let PolicyCommand::Test { last } = command;
    let config = Config::load().context("The rules can't be read")?;
    if config.policies.standard.rules.is_none() {
        output::line("The configuration has no `rules`.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let records = Inspection::of(&folder.state)?.export::<SessionRecord>()?;
    let mut all: Vec<_> =
        records.iter().flat_map(|exported| try_rules(&config.policies, &exported.record)).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let trials: Vec<Trial> = all.into_iter().take(*last).map(|(_, trial)| trial).collect();
    let heading = ["REQUEST", "WHAT", "IT WAS", "UNDER THESE RULES"];
    output::list(folder.json, &trials, &heading, row, "No requests yet.")?;
    Ok(ExitCode::SUCCESS)
}

fn row(trial: &Trial) -> Vec<String> {
    let Trial { ask, what, was, counts, why_not, needs, .. } = trial;
    let rules = match (counts, why_not) {
        (Some(true), _) => "allowed too".to_owned(),
        (Some(false), Some(why)) => format!("refused: {why} {needs}"),
        _ => needs.clone(),
    };
    vec![ask.clone(), gateway_domain::cut(what, 60), was.clone(), rules]
}
