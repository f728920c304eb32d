//! What `cargo test` prints: a block for each test binary.

use super::super::report::{Tally, TestReport};
use super::lines::{before, milliseconds};

pub(super) fn read(text: &str) -> Option<TestReport> {
    let mut tally = Tally::default();
    let mut summed_up = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("test result: ") {
            summed_up = true;
            tally.passed = tally.passed.saturating_add(before(rest, &["passed"])?);
            tally.failed = tally.failed.saturating_add(before(rest, &["failed"])?);
            tally.skipped = tally.skipped.saturating_add(before(rest, &["ignored"])?);
            let took = rest.split("finished in ").nth(1).and_then(milliseconds);
            tally.took_ms =
                took.map_or(tally.took_ms, |ms| Some(tally.took_ms.unwrap_or(0).saturating_add(ms)));
        } else if let Some(name) =
            line.strip_prefix("test ").and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            tally.name(name);
        }
    }
    summed_up.then(|| tally.report("cargo test"))
}
