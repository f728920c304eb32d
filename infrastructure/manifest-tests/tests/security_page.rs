//! docs/security.md promises nothing without a test that is there. REQ-HARD-06.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use manifest_tests::build::repository;
use std::collections::BTreeSet;

fn text(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// The functions of all Rust files that git tracks.
fn functions() -> BTreeSet<String> {
    let list = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "--", "*.rs"])
        .current_dir(repository())
        .output()
        .unwrap();
    let files = String::from_utf8(list.stdout).unwrap();
    let texts = files.lines().filter_map(|file| std::fs::read_to_string(repository().join(file)).ok());
    let names = |text: String| -> Vec<String> {
        let parts = text.split("fn ").skip(1).map(|rest| rest.split(['(', '<']).next().unwrap().to_owned());
        parts.collect()
    };
    texts.flat_map(names).collect()
}

#[test]
fn every_promise_names_tests_that_exist() {
    let page = text("docs/security.md");
    let promises = page.split("\n## ").find(|part| part.starts_with("Promises")).unwrap();
    let rows: Vec<_> =
        promises.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| promise |")).collect();
    assert!(rows.len() >= 25, "{} promises", rows.len());
    let known = functions();
    for row in rows {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let named: Vec<_> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test holds this: {row}");
        for name in named {
            assert!(known.contains(name), "{name} is no test: {row}");
        }
    }
}

#[test]
fn whoever_finds_a_hole_is_told_where_to_say_so() {
    let page = text("SECURITY.md");
    assert!(page.contains("Report a vulnerability") && page.contains("(docs/security.md)"));
    assert!(text("README.md").contains("SECURITY.md"), "and finds it from the first page");
}
