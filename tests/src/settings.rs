//! What the long runs are told by their environment, and how they end.

use std::process::ExitCode;

/// A number that was set, or the usual one.
pub fn given(name: &str, usual: u64) -> anyhow::Result<u64> {
    match std::env::var(name) {
        Ok(text) if !text.is_empty() => {
            text.parse().map_err(|_| anyhow::anyhow!("{name}={text} is no number"))
        }
        _ => Ok(usual),
    }
}

/// The seed of an earlier run, which draws the same again, or a new one.
pub fn seed() -> anyhow::Result<u64> {
    given("SEED", rand::random())
}

pub fn outcome(is_fine: bool) -> ExitCode {
    if is_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
