//! What came of a pack's own tests, for people and for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub passed: usize,
    pub failures: Vec<Failure>,
    /// Lines of rules that no test came to.
    pub uncovered: Vec<Uncovered>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub file: String,
    pub line: Option<u32>,
    /// Of the test; empty if the file as a whole can't be used.
    pub test: String,
    /// In a sentence.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    pub file: String,
    pub lines: Vec<u32>,
}

impl Report {
    /// Nothing failed, and there was something that could.
    pub fn is_green(&self) -> bool {
        self.failures.is_empty() && self.passed > 0
    }

    pub(crate) fn count(&mut self, failure: Option<Failure>) {
        match failure {
            Some(failure) => self.failures.push(failure),
            None => self.passed += 1,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Failure { file, line, test, why } in &self.failures {
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            let test = if test.is_empty() { String::new() } else { format!(" {test}:") };
            writeln!(f, "FAILED {file}{line}:{test} {why}")?;
        }
        for Uncovered { file, lines } in &self.uncovered {
            let word = if lines.len() == 1 { "line" } else { "lines" };
            writeln!(f, "No test reaches {file}, {word} {}.", spans(lines))?;
        }
        match (self.passed, self.failures.len()) {
            (0, 0) => writeln!(f, "This pack has no tests."),
            (passed, failed) => writeln!(f, "{passed} passed, {failed} failed."),
        }
    }
}

/// `3-5, 9`
fn spans(lines: &[u32]) -> String {
    let mut spans: Vec<(u32, u32)> = vec![];
    for line in lines {
        match spans.last_mut() {
            Some((_, end)) if *end + 1 == *line => *end = *line,
            _ => spans.push((*line, *line)),
        }
    }
    let shown =
        spans.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
    shown.collect::<Vec<_>>().join(", ")
}

/// Which lines were reached, over many evaluations.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    files: BTreeMap<String, (BTreeSet<u32>, BTreeSet<u32>)>,
}

impl Coverage {
    pub(crate) fn add(&mut self, engine: &regorus::Engine) {
        let Ok(report) = engine.get_coverage_report() else { return };
        for file in report.files {
            let (reached, missed) = self.files.entry(file.path).or_default();
            reached.extend(file.covered);
            missed.extend(file.not_covered);
        }
    }

    pub(crate) fn uncovered(&self, is_meant: impl Fn(&str) -> bool) -> Vec<Uncovered> {
        let missed = |(file, (reached, missed)): (&String, &(BTreeSet<u32>, BTreeSet<u32>))| Uncovered {
            file: file.clone(),
            lines: missed.difference(reached).copied().collect(),
        };
        let all = self.files.iter().filter(|(file, _)| is_meant(file)).map(missed);
        all.filter(|one| !one.lines.is_empty()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_test_and_the_lines() {
        // REQ-DELIVER-05
        let failure = Failure {
            file: "test_a.rego".into(),
            line: Some(3),
            test: "test_x".into(),
            why: "It isn't true.".into(),
        };
        let uncovered = vec![Uncovered { file: "a.rego".into(), lines: vec![3, 4, 5, 9] }];
        let report = Report { passed: 2, failures: vec![failure], uncovered };
        assert_eq!(
            report.to_string(),
            "FAILED test_a.rego:3: test_x: It isn't true.\nNo test reaches a.rego, lines 3-5, 9.\n2 passed, 1 failed.\n"
        );
        assert!(!report.is_green() && !Report::default().is_green());
    }
}
