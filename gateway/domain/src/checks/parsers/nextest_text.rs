//! What `cargo nextest` prints.

use super::super::report::{Tally, TestReport};
use super::lines::{before, milliseconds};

pub(super) fn read(text: &str) -> Option<TestReport> {
    let mut tally = Tally::default();
    let mut summary = None;
    for line in text.lines() {
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix("Summary [") {
            summary = Some(rest);
        }
        let failed =
            ["FAIL [", "SIGABRT [", "SIGSEGV [", "TIMEOUT ["].iter().find_map(|word| line.strip_prefix(word));
        if let Some((_, name)) = failed.and_then(|rest| rest.split_once(']')) {
            tally.name(without_place(name));
        }
    }
    let (took, rest) = summary?.split_once(']')?;
    tally.passed = before(rest, &["passed"]).unwrap_or(0);
    let timed_out = rest.contains(" timed out").then(|| before(rest, &["timed"])).flatten();
    tally.failed = before(rest, &["failed"]).unwrap_or(0).saturating_add(timed_out.unwrap_or(0));
    tally.skipped = before(rest, &["skipped"]).unwrap_or(0);
    tally.took_ms = milliseconds(took);
    before(rest, &["tests", "test"])?;
    Some(tally.report("nextest"))
}

/// ` (3/3) sample tests::triples` without the place in the queue.
fn without_place(name: &str) -> &str {
    let name = name.trim();
    match name.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        Some((place, name)) if place.contains('/') => name,
        _ => name,
    }
}
