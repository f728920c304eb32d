//! What a command runs, where its own text does not say it plainly.

use crate::ask::{Ask, AskBody};
use crate::command_reading::CommandReading;
use crate::visible::visible;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CommandRuns {
    /// What stands above the lines: `Runs`.
    pub head: String,
    /// A line for each program that runs.
    pub lines: Vec<String>,
}

impl Ask {
    pub(super) fn reading(&self) -> Option<&CommandReading> {
        match &self.body {
            AskBody::Held { held } | AskBody::Configuration { held, .. } => held.reading.as_ref(),
            AskBody::Permission { .. }
            | AskBody::Question { .. }
            | AskBody::Gate { .. }
            | AskBody::Deploy { .. } => None,
        }
    }

    pub(super) fn command_runs(&self) -> Option<CommandRuns> {
        let reading = self.reading().filter(|reading| !reading.runs.is_empty())?;
        let head = if reading.is_known() { "Runs" } else { "Runs, as far as it can be read" };
        let more = (reading.left_out > 0).then(|| format!("… and {} more", reading.left_out));
        let lines = reading.runs.iter().map(|line| visible(line)).chain(more).collect();
        Some(CommandRuns { head: head.to_owned(), lines })
    }
}
