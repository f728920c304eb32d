//! `make soak`: the long soak, with its counts. SOAK_MINUTES, SOAK_SESSIONS and SEED change it.

use e2e::soak::{Rules, soak};
use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let given = |name: &str, usual: u64| match std::env::var(name) {
        Ok(text) if !text.is_empty() => {
            text.parse::<u64>().map_err(|_| anyhow::anyhow!("{name}={text} is no number"))
        }
        _ => Ok(usual),
    };
    let (minutes, sessions) = (given("SOAK_MINUTES", 30)?, given("SOAK_SESSIONS", 50)?);
    let seed = given("SEED", rand::random())?;
    let mut out = std::io::stdout();
    writeln!(out, "{sessions} sessions for {minutes} minutes; SEED={seed} draws the same again")?;
    let counts = soak(&Rules::long(minutes, usize::try_from(sessions)?, seed)).await?;
    writeln!(out, "{counts}")?;
    Ok(if counts.is_fine() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
