//! What Jest and Vitest print for people.

use super::super::report::{Tally, TestReport};
use super::lines::{before, milliseconds};

pub(super) fn read(text: &str) -> Option<TestReport> {
    let last =
        |beginning: &str| text.lines().rev().map(str::trim).find_map(|line| line.strip_prefix(beginning));
    let counted = |line: &&str| before(line, &["passed", "failed", "skipped", "todo", "total"]).is_some();
    let summary = last("Tests:").or_else(|| last("Tests ")).filter(counted)?;
    let mut tally = Tally { passed: before(summary, &["passed"]).unwrap_or(0), ..Tally::default() };
    tally.failed = before(summary, &["failed"]).unwrap_or(0);
    tally.skipped =
        before(summary, &["skipped"]).unwrap_or(0).saturating_add(before(summary, &["todo"]).unwrap_or(0));
    // A file that could not be run has no tests that failed.
    let files =
        last("Test Suites:").or_else(|| last("Test Files ")).and_then(|line| before(line, &["failed"]));
    if tally.failed == 0 {
        tally.failed = files.unwrap_or(0);
    }
    tally.took_ms =
        last("Time:").or_else(|| last("Duration ")).and_then(|took| milliseconds(took.split(',').next()?));
    for line in text.lines() {
        if let Some(name) = line
            .strip_prefix("  ● ")
            .or_else(|| line.strip_prefix(" FAIL "))
            .or_else(|| line.strip_prefix("FAIL "))
        {
            // Jest names the file of failures in the same way as Vitest names a test; only what is inside a file is one.
            if tally.failed > 0 && (line.starts_with("  ●") || name.contains(" > ")) {
                tally.name(name);
            }
        }
    }
    Some(tally.report("Jest or Vitest"))
}
