//! `gateway dead-letters`: what could not be posted. Works beside a running gateway, which sends what it is given
//! back, and without one.

use super::{Folder, output};
use crate::slack::outbound::{DeadLetter, DeadLetters};
use anyhow::Context;
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum DeadLettersCommand {
    /// List messages that could not be posted, oldest first
    List,
    /// Resend messages (within seconds, or at the next start)
    Send {
        /// `all`, or IDs from `gateway dead-letters list`
        #[arg(required = true)]
        ids: Vec<String>,
    },
    /// Remove messages for good
    Drop {
        /// `all`, or IDs from `gateway dead-letters list`
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

pub(super) fn run(folder: &Folder, command: &DeadLettersCommand) -> anyhow::Result<ExitCode> {
    let letters = DeadLetters::in_state(&folder.state);
    match command {
        DeadLettersCommand::List => list(&letters, folder.json)?,
        DeadLettersCommand::Send { ids } => {
            each(&letters, ids, "Resending", DeadLetters::send)?;
        }
        DeadLettersCommand::Drop { ids } => each(&letters, ids, "Dropped", DeadLetters::drop_letter)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(letters: &DeadLetters, json: bool) -> anyhow::Result<()> {
    let all = letters.list()?;
    let heading = ["ID", "GIVEN UP", "SESSION", "CHANNEL", "TEXT", "REASON"];
    Ok(output::list(json, &all, &heading, row, "No dead letters: every message was posted.")?)
}

fn row(letter: &DeadLetter) -> Vec<String> {
    let DeadLetter { id, at, session, channel, text, reason, .. } = letter.clone();
    let text = text.lines().next().unwrap_or_default().chars().take(60).collect();
    vec![id, at.strftime("%Y-%m-%d %H:%M:%S").to_string(), session, channel, text, reason]
}

fn each(
    letters: &DeadLetters,
    ids: &[String],
    done: &str,
    act: impl Fn(&DeadLetters, &str) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let all = ids.iter().any(|id| id == "all");
    let ids = if all { letters.list()?.into_iter().map(|letter| letter.id).collect() } else { ids.to_vec() };
    for id in &ids {
        act(letters, id)
            .with_context(|| format!("Dead letter {id} (`gateway dead-letters list` shows all)"))?;
        output::line(&format!("{done}: {id}"))?;
    }
    Ok(())
}
