//! How many tests passed and failed, read from what a runner writes at its end.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestCounts {
    pub passed: u64,
    pub failed: u64,
}

/// Lines that count files of tests, and not tests.
const FILES: [&str; 3] = ["test suites:", "test files", "suites "];

/// Nothing that is understood is no tests. The last summary counts, unless there is one for each crate (cargo's).
pub(super) fn counts(output: &str) -> TestCounts {
    let mut sum = TestCounts::default();
    let mut each = false;
    let mut apart = TestCounts::default();
    for line in output.lines() {
        let line = without_colours(line).trim().to_lowercase();
        if FILES.iter().any(|files| line.starts_with(files)) {
            continue;
        }
        let (passed, failed) = (number(&line, &PASSED), number(&line, &FAILED));
        if line.starts_with("test result:") || line.starts_with("summary [") {
            each = true;
            sum.passed += passed.unwrap_or(0);
            sum.failed += failed.unwrap_or(0);
        } else if is_summary(&line) {
            (apart.passed, apart.failed) = (passed.unwrap_or(apart.passed), failed.unwrap_or(apart.failed));
        }
    }
    if each { sum } else { apart }
}

const PASSED: [&str; 3] = ["passed", "passing", "pass"];
const FAILED: [&str; 4] = ["failed", "failing", "fail", "failures"];

/// A line about all tests: it begins with a count, or with a word that runners begin it with.
fn is_summary(line: &str) -> bool {
    let begins = line.trim_start_matches(['=', '#', 'ℹ', '✔', '✖', ' ']);
    let words = ["tests:", "tests ", "test run", "pass ", "fail ", "failures "];
    begins.starts_with(|c: char| c.is_ascii_digit()) || words.iter().any(|word| begins.starts_with(word))
}

/// `45 passed`, or `pass 45`.
fn number(line: &str, words: &[&str]) -> Option<u64> {
    let told: Vec<&str> =
        line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let pairs = || told.windows(2);
    let before = pairs().filter(|pair| words.contains(&pair[1])).find_map(|pair| pair[0].parse().ok());
    before.or_else(|| pairs().filter(|pair| words.contains(&pair[0])).find_map(|pair| pair[1].parse().ok()))
}

fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            // A colour ends with its letter.
            '\u{1b}' => drop(chars.by_ref().find(char::is_ascii_alphabetic)),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_of_the_day_are_understood() {
        // REQ-THREAD-03, B12
        let table = [
            (
                "jest",
                "Test Suites: 1 failed, 3 passed, 4 total\nTests:       2 failed, 44 passed, 46 total",
                44,
                2,
            ),
            (
                "vitest",
                " Test Files  1 failed | 9 passed (10)\n      Tests  2 failed | 176 passed (178)",
                176,
                2,
            ),
            (
                "vitest in colours",
                "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m178 passed\u{1b}[39m\u{1b}[22m (178)",
                178,
                0,
            ),
            (
                "pytest",
                "FAILED a.py::b - assert 1\n===== 3 failed, 42 passed, 1 skipped in 1.20s =====",
                42,
                3,
            ),
            (
                "cargo",
                "test result: ok. 45 passed; 0 failed; 1 ignored\nx\ntest result: FAILED. 2 passed; 1 failed; 0 ignored",
                47,
                1,
            ),
            ("nextest", "     Summary [   0.1s] 12 tests run: 11 passed, 1 failed, 0 skipped", 11, 1),
            ("node", "# tests 47\n# suites 0\n# pass 45\n# fail 2\n", 45, 2),
            ("node's other words", "ℹ tests 47\nℹ pass 47\nℹ fail 0\n", 47, 0),
            ("mocha", "  45 passing (2s)\n  1 failing\n", 45, 1),
            ("nothing", "Everything is fine", 0, 0),
            ("a sentence", "The user said that 3 failed to come", 0, 0),
        ];
        for (runner, output, passed, failed) in table {
            assert_eq!(counts(output), TestCounts { passed, failed }, "{runner}");
        }
    }
}
