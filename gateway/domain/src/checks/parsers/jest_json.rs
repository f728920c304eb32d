//! What Jest and Vitest write as JSON.

use super::super::report::{Tally, TestReport};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Whole {
    num_passed_tests: u64,
    num_failed_tests: u64,
    #[serde(default)]
    num_pending_tests: u64,
    #[serde(default)]
    num_todo_tests: u64,
    #[serde(default)]
    num_runtime_error_test_suites: u64,
    #[serde(default)]
    test_results: Vec<File>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(default)]
    assertion_results: Vec<Test>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    start_time: Option<f64>,
    #[serde(default)]
    end_time: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    #[serde(default)]
    full_name: String,
    #[serde(default)]
    status: String,
}

pub(super) fn read(text: &str) -> Option<TestReport> {
    // Programs around the runner print before and behind it.
    let mut found = text.lines().filter(|line| line.starts_with('{') && line.contains("\"numPassedTests\""));
    let whole: Whole =
        found.find_map(|line| serde_json::from_str(line).ok()).or_else(|| serde_json::from_str(text).ok())?;
    let mut tally =
        Tally { passed: whole.num_passed_tests, failed: whole.num_failed_tests, ..Tally::default() };
    tally.skipped = whole.num_pending_tests.saturating_add(whole.num_todo_tests);
    for test in whole
        .test_results
        .iter()
        .flat_map(|file| &file.assertion_results)
        .filter(|test| test.status == "failed")
    {
        tally.name(&test.full_name);
    }
    // A file that could not be run has no tests that failed.
    let broken =
        whole.test_results.iter().filter(|file| file.status == "failed" && file.assertion_results.is_empty());
    let broken: Vec<_> = broken.map(|file| file.name.as_str()).collect();
    let lost = whole.num_runtime_error_test_suites.max(broken.len() as u64);
    tally.failed = tally.failed.saturating_add(lost);
    broken.iter().for_each(|name| tally.name(&format!("{name} (did not run)")));
    let begun = whole.test_results.iter().filter_map(|file| file.start_time).reduce(f64::min);
    let ended = whole.test_results.iter().filter_map(|file| file.end_time).reduce(f64::max);
    if let (Some(begun), Some(ended)) = (begun, ended) {
        tally.took_seconds((ended - begun) / 1_000.0);
    }
    Some(tally.report("Jest JSON"))
}
