//! What Mocha writes as JSON.

use super::super::report::{Tally, TestReport};
use serde::Deserialize;

#[derive(Deserialize)]
struct Whole {
    stats: Stats,
    #[serde(default)]
    failures: Vec<Test>,
}

#[derive(Deserialize)]
struct Stats {
    passes: u64,
    failures: u64,
    pending: u64,
    #[serde(default)]
    duration: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    #[serde(default)]
    full_title: String,
}

/// It is printed over many lines, so what stands before its first line and behind its last is cut off.
pub(super) fn read(text: &str) -> Option<TestReport> {
    let begin = if text.starts_with('{') { 0 } else { text.find("\n{\n")? + 1 };
    let end = text.rfind("\n}").map_or(text.len(), |at| at + 2);
    let Whole { stats, failures } = serde_json::from_str(text.get(begin..end)?).ok()?;
    let mut tally =
        Tally { passed: stats.passes, failed: stats.failures, skipped: stats.pending, ..Tally::default() };
    failures.iter().for_each(|test| tally.name(&test.full_title));
    stats.duration.into_iter().for_each(|ms| tally.took_seconds(ms / 1_000.0));
    Some(tally.report("Mocha JSON"))
}
