//! What Node's own test runner prints for people.

use super::super::report::{Tally, TestReport};

pub(super) fn read(text: &str) -> Option<TestReport> {
    let number = |name: &str| {
        let mut lines = text.lines().rev().filter_map(|line| line.strip_prefix("ℹ ")?.strip_prefix(name));
        lines.find_map(|rest| rest.trim().parse::<f64>().ok())
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts, bounded just before")]
    let count =
        |name: &str| number(name).filter(|count| (0.0..1e9).contains(count)).map(|count| count as u64);
    count("tests ")?;
    let mut tally = Tally { passed: count("pass ")?, ..Tally::default() };
    tally.failed = count("fail ")?.saturating_add(count("cancelled ").unwrap_or(0));
    tally.skipped = count("skipped ").unwrap_or(0).saturating_add(count("todo ").unwrap_or(0));
    number("duration_ms ").into_iter().for_each(|ms| tally.took_seconds(ms / 1_000.0));
    let failing = text.split("\n✖ failing tests:").nth(1).unwrap_or_default();
    for line in failing.lines() {
        if let Some(name) = line.strip_prefix("✖ ") {
            tally.name(name.rsplit_once(" (").map_or(name, |(name, _)| name));
        }
    }
    Some(tally.report("Node's test runner"))
}
