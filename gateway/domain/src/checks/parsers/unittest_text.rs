//! What Python's own `unittest` prints.

use super::super::report::{Tally, TestReport};
use super::lines::milliseconds;

pub(super) fn read(text: &str) -> Option<TestReport> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().rposition(|line| line.starts_with("Ran ") && line.contains(" test"))?;
    let mut ran = lines[at]["Ran ".len()..].split_whitespace();
    let total: u64 = ran.next()?.parse().ok()?;
    let took = lines[at].split(" in ").nth(1).and_then(milliseconds);
    let end = lines[at + 1..].iter().find(|line| !line.trim().is_empty())?;
    let begins = ["OK", "FAILED", "NO TESTS RAN"];
    if !begins.iter().any(|word| end.starts_with(word)) {
        return None;
    }
    let mut tally = Tally { took_ms: took, ..Tally::default() };
    tally.failed = number(end, "failures")
        .saturating_add(number(end, "errors"))
        .saturating_add(number(end, "unexpected successes"));
    tally.skipped = number(end, "skipped").saturating_add(number(end, "expected failures"));
    tally.passed = total.saturating_sub(tally.failed).saturating_sub(tally.skipped);
    for line in &lines {
        if let Some(name) = ["FAIL: ", "ERROR: "].iter().find_map(|word| line.strip_prefix(word)) {
            tally.name(name);
        }
    }
    Some(tally.report("unittest"))
}

/// `FAILED (failures=1, skipped=2)`.
fn number(line: &str, name: &str) -> u64 {
    let inside = line.split_once('(').map_or("", |(_, rest)| rest).trim_end_matches(')');
    let parts = inside.split(", ").filter_map(|part| part.split_once('='));
    parts.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok()).unwrap_or(0)
}
