//! The tests that a pack brings itself, and what it would have said.

use super::*;
use crate::{Failure, judge_recorded, test_pack};
use serde_json::json;

const RULES: &str = r#"package delivery

import data.delivery.lib

deny contains lib.finding("own.cart", "The cart is frozen.", paths) if {
	paths := lib.touching(["src/cart.rs"])
	count(paths) > 0
}

warn contains lib.finding("own.never", "Never.", []) if {
	input.run.kind == "never"
	input.schema == 1
}
"#;

const TESTS: &str = r#"package delivery_test

import data.delivery

change := {"change": {"files": [{"path": "src/cart.rs"}]}}

test_cart_is_frozen if count(delivery.deny) == 1 with input as change

test_of_nothing if count(delivery.deny) == 1 with input as {}

test_is_a_number := 3
"#;

const TABLE: &str = "- {name: frozen, deny: [own.cart]}\n- {name: free, facts: {change: {files: [src/a.rs]}}, deny: [own.cart]}\n";

#[test]
fn tests_of_a_pack_pass_and_fail_by_name_and_lines_without_a_test_are_named() {
    // REQ-DELIVER-05
    let folder = folder(&[("own.rego", RULES), ("test_own.rego", TESTS), ("own_table.yaml", TABLE)]);
    let report = test_pack(folder.path(), LIMITS);
    let failed: Vec<_> =
        report.failures.iter().map(|Failure { test, line, .. }| (test.as_str(), *line)).collect();
    assert_eq!(
        failed,
        [("free", None), ("test_of_nothing", Some(9)), ("test_is_a_number", Some(11))],
        "{report}"
    );
    assert_eq!(report.passed, 2);
    assert_eq!(report.uncovered.len(), 1, "{report}");
    assert_eq!(report.uncovered[0].file, "own.rego");
    assert!(report.uncovered[0].lines.contains(&10) && !report.uncovered[0].lines.contains(&5), "{report}");
    assert!(!report.is_green());
}

#[test]
fn a_pack_that_cannot_be_read_fails_its_tests() {
    // REQ-DELIVER-05
    for files in [
        &[("own.rego", "package delivery\n\ndeny contains\n")] as &[_],
        &[("test_a.rego", "package x\n\n)")],
        &[("a_table.yaml", "- 3")],
    ] {
        let report = test_pack(folder(files).path(), LIMITS);
        assert_eq!((report.failures.len(), report.is_green()), (1, false), "{report}");
    }
    assert!(!test_pack(folder(&[]).path(), LIMITS).is_green(), "no tests prove nothing");
}

#[test]
fn recorded_changes_are_judged_again() {
    // REQ-DELIVER-05
    let bad = serde_json::to_string(&facts(|facts| {
        facts["change"]["files"] = json!([file(".env"), file(".github/workflows/a.yml")])
    }));
    let good = serde_json::to_string(&small_fix()).unwrap();
    let folder =
        folder(&[("2.json", &bad.unwrap()), ("1.json", &good), ("3.json", "{}"), ("notes.txt", "x")]);
    let lines: Vec<_> =
        judge_recorded(&pack(), folder.path()).unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(lines[0], "1.json: allow, risk low");
    assert!(
        lines[1].starts_with("2.json: deny (secret.file), warns (") && lines[1].ends_with("risk high"),
        "{}",
        lines[1]
    );
    assert!(
        lines[2].starts_with("3.json: unjudged, so denied. These facts can't be read: missing field"),
        "{}",
        lines[2]
    );
    assert_eq!(lines.len(), 3);
}
