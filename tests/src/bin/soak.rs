//! `make soak`: the long soak, with its counts. SOAK_MINUTES, SOAK_SESSIONS and SEED change it.

use e2e::settings::{given, outcome, seed};
use e2e::soak::{Rules, soak};
use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let (minutes, sessions) = (given("SOAK_MINUTES", 30)?, given("SOAK_SESSIONS", 50)?);
    let seed = seed()?;
    let mut out = std::io::stdout();
    writeln!(out, "{sessions} sessions for {minutes} minutes; SEED={seed} draws the same again")?;
    let counts = soak(&Rules::long(minutes, usize::try_from(sessions)?, seed)).await?;
    writeln!(out, "{counts}")?;
    Ok(outcome(counts.is_fine()))
}
