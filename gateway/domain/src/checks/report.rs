//! What a runner says of its tests, bounded and without secrets.

use crate::excerpt::cut;
use crate::mask::mask_text;
use crate::visible::one_line;
use serde::{Deserialize, Serialize};

/// Failures that are named; the others are counted.
pub const MAX_NAMED_FAILURES: usize = 50;

/// Longest name of a test.
const NAME: usize = 200;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TestReport {
    /// How it was written, such as `JUnit XML`.
    pub format: String,
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    /// Names of tests that failed; at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
    /// As its runner measured it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<u64>,
}

impl TestReport {
    pub fn total(&self) -> u64 {
        self.passed.saturating_add(self.failed).saturating_add(self.skipped)
    }
}

/// Counts while a report is read.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    pub(super) took_ms: Option<u64>,
    pub(super) failures: Vec<String>,
}

impl Tally {
    pub(super) fn pass(&mut self) {
        self.passed = self.passed.saturating_add(1);
    }

    pub(super) fn skip(&mut self) {
        self.skipped = self.skipped.saturating_add(1);
    }

    pub(super) fn fail(&mut self, name: &str) {
        self.failed = self.failed.saturating_add(1);
        self.name(name);
    }

    /// Names a failure that is counted elsewhere.
    pub(super) fn name(&mut self, name: &str) {
        if self.failures.len() < MAX_NAMED_FAILURES {
            // Cut first to what can be looked through, then masked, then cut to what is shown: half a secret is none.
            let bounded: String = name.chars().take(NAME * 4).collect();
            let shown = cut(one_line(&mask_text(&bounded)).trim(), NAME);
            if !shown.is_empty() && !self.failures.contains(&shown) {
                self.failures.push(shown);
            }
        }
    }

    pub(super) fn took_seconds(&mut self, seconds: f64) {
        if seconds.is_finite() && (0.0..1e9).contains(&seconds) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "looked at just before"
            )]
            let ms = (seconds * 1_000.0).round() as u64;
            self.took_ms = Some(self.took_ms.unwrap_or(0).saturating_add(ms));
        }
    }

    pub(super) fn report(self, format: &str) -> TestReport {
        let Self { passed, failed, skipped, took_ms, mut failures } = self;
        failures.truncate(usize::try_from(failed).unwrap_or(usize::MAX));
        TestReport { format: format.to_owned(), passed, failed, skipped, failures, took_ms }
    }
}
