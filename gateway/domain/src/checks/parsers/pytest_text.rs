//! What pytest prints.

use super::super::report::{Tally, TestReport};
use super::lines::{before, milliseconds};

pub(super) fn read(text: &str) -> Option<TestReport> {
    let summary =
        text.lines().rev().map(|line| line.trim_matches(['=', ' '])).find(|line| is_summary(line))?;
    let errors = before(summary, &["errors", "error"]).unwrap_or(0);
    let expected = before(summary, &["xfailed"]).unwrap_or(0);
    let mut tally = Tally {
        passed: before(summary, &["passed", "xpassed"]).unwrap_or(0),
        failed: before(summary, &["failed"]).unwrap_or(0).saturating_add(errors),
        skipped: before(summary, &["skipped"]).unwrap_or(0).saturating_add(expected),
        took_ms: summary.split(" in ").nth(1).and_then(milliseconds),
        ..Tally::default()
    };
    for line in text.lines() {
        let failed = ["FAILED ", "ERROR "].iter().find_map(|word| line.strip_prefix(word));
        if let Some(name) = failed.filter(|name| name.contains(".py")) {
            tally.name(name.split(" - ").next().unwrap_or(name));
        }
    }
    Some(tally.report("pytest"))
}

/// `1 failed, 2 passed in 0.04s`, `no tests ran in 0.01s`.
fn is_summary(line: &str) -> bool {
    let Some((counts, took)) = line.rsplit_once(" in ") else { return false };
    let known = [
        "passed",
        "failed",
        "skipped",
        "error",
        "errors",
        "xfailed",
        "xpassed",
        "deselected",
        "warning",
        "warnings",
        "rerun",
    ];
    let is_count = |part: &str| {
        let mut words = part.split_whitespace();
        let number = words.next().is_some_and(|number| number.parse::<u64>().is_ok());
        number && words.next().is_some_and(|word| known.contains(&word)) && words.next().is_none()
    };
    let took = took.split_whitespace().next().unwrap_or_default();
    milliseconds(took).is_some() && (counts == "no tests ran" || counts.split(", ").all(is_count))
}
