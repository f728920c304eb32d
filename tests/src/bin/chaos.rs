//! `make chaos`: everything goes wrong around asks, and the counts of what came of it. CHAOS_ROUNDS, CHAOS_MINUTES and SEED
//! change it.

use e2e::chaos::{Rules, chaos};
use e2e::settings::{given, outcome, seed};
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let (rounds, minutes) = (given("CHAOS_ROUNDS", 100)?, given("CHAOS_MINUTES", 30)?);
    let seed = seed()?;
    writeln!(
        std::io::stdout(),
        "{rounds} rounds in at most {minutes} minutes; SEED={seed} draws the same again"
    )?;
    let rules = Rules { seed, rounds: usize::try_from(rounds)?, lasts: Duration::from_secs(minutes * 60) };
    let tell = |line: &str| drop(writeln!(std::io::stdout(), "{line}"));
    let counts = chaos(&rules, tell).await?;
    writeln!(std::io::stdout(), "{counts}")?;
    Ok(outcome(counts.is_fine()))
}
