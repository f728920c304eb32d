//! What `go test -json` writes: a line for everything that happens.

use super::super::report::{Tally, TestReport};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Tests that are told apart; what comes behind them is not looked at, and then there is no report.
const MOST_TESTS: usize = 100_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Line {
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    test: Option<String>,
    #[serde(default)]
    elapsed: Option<f64>,
}

#[derive(Default)]
struct Seen {
    tests: BTreeMap<(String, String), String>,
    /// Tests that hold others.
    parents: BTreeSet<(String, String)>,
    packages: BTreeMap<String, String>,
    seconds: f64,
}

pub(super) fn read(text: &str) -> Option<TestReport> {
    let mut seen = Seen::default();
    let lines = text.lines().filter(|line| line.starts_with('{'));
    for line in lines.filter_map(|line| serde_json::from_str::<Line>(line).ok()) {
        if !matches!(line.action.as_str(), "pass" | "fail" | "skip") || line.package.is_empty() {
            continue;
        }
        seen.take(line);
        if seen.tests.len() > MOST_TESTS {
            return None;
        }
    }
    // Every package says at its end what became of it.
    (!seen.packages.is_empty()).then(|| seen.summed_up())
}

impl Seen {
    fn take(&mut self, Line { action, package, test, elapsed }: Line) {
        match test {
            Some(test) => {
                if let Some((parent, _)) = test.rsplit_once('/') {
                    self.parents.insert((package.clone(), parent.to_owned()));
                }
                self.tests.insert((package, test), action);
            }
            None => {
                self.seconds += elapsed.unwrap_or(0.0);
                self.packages.insert(package, action);
            }
        }
    }

    fn summed_up(self) -> TestReport {
        let mut tally = Tally::default();
        for (key, action) in self.tests.iter().filter(|(key, _)| !self.parents.contains(*key)) {
            match action.as_str() {
                "pass" => tally.pass(),
                "skip" => tally.skip(),
                _ => tally.fail(&format!("{} › {}", key.0, key.1)),
            }
        }
        let failed: BTreeSet<&str> = self
            .tests
            .iter()
            .filter(|(_, action)| *action == "fail")
            .map(|((of, _), _)| of.as_str())
            .collect();
        let has_failure = |package: &str| failed.contains(package);
        for (package, _) in
            self.packages.iter().filter(|(name, action)| *action == "fail" && !has_failure(name))
        {
            tally.fail(&format!("{package} (did not build or run)"));
        }
        tally.took_seconds(self.seconds);
        tally.report("go test JSON")
    }
}
