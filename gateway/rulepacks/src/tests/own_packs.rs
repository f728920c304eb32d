//! A project's own rules and numbers.

use super::*;
use gateway_delivery::Tier;
use serde_json::json;

#[test]
fn a_projects_rules_add_to_the_answer() {
    // REQ-DELIVER-05
    let pack = with_rules(
        r#"
deny contains lib.finding("own.no_cart", "The cart is frozen.", paths) if {
	paths := lib.touching(["src/cart.rs"])
	count(paths) > 0
}

ask contains lib.finding("own.ask", "Ask.", [])
warn contains {"rule": "own.warn", "says": "Look.", "paths": []}
high contains "It is Friday."
reviewers contains "@zoe"
approvals contains 3
"#,
    );
    let decision = pack.judge(&small_fix()).unwrap();
    assert_eq!(decision.deny[0].rule, "own.no_cart");
    assert_eq!(decision.deny[0].paths, ["src/cart.rs"]);
    assert_eq!((decision.ask[0].says.as_str(), decision.warn[0].says.as_str()), ("Ask.", "Look."));
    assert_eq!(
        (decision.tier, decision.because.as_slice()),
        (Tier::High, ["It is Friday.".to_owned()].as_slice())
    );
    assert_eq!((decision.approvals, decision.owner_approves, decision.may_merge_itself), (3, true, false));
    assert_eq!(decision.reviewers, ["@zoe", "@acme/cart"]);
}

#[test]
fn a_projects_rules_take_nothing_away() {
    // REQ-DELIVER-05: whatever they say under our names.
    let bad = facts(|facts| {
        facts["change"]["files"] = json!([file("infra/prod/a.tf"), file(".env"), file("src/auth/a.rs")]);
        facts["change"]["dependencies"] =
            json!([{"ecosystem": "npm", "name": "x", "from": null, "to": "1", "manifest": "package.json"}]);
    });
    let ours = pack().judge(&bad).unwrap();
    assert_eq!(ours.deny.len(), 3);
    for rules in [
        "gone contains \".env\"\n",
        "tier := \"low\"\napprovals contains 0\nmay_merge_itself := true\n",
        "is_readable := true\nhas_change := true\nkind := {\"files\": 9, \"lines\": 9, \"at_least\": \"low\"}\n",
        "permits(_) := true\ntouching(_) := set()\nonly_permitted_updates := true\n",
    ] {
        let theirs = with_rules(rules).judge(&bad).unwrap();
        assert_eq!((theirs.deny, theirs.ask), (ours.deny.clone(), ours.ask.clone()), "{rules}");
        assert_eq!((theirs.tier, theirs.approvals), (Tier::High, 2), "{rules}");
        assert!(!theirs.may_merge_itself);
    }
}

#[test]
fn our_helpers_cannot_be_changed() {
    // REQ-DELIVER-05
    for package in ["delivery.lib", "delivery.lib.more"] {
        let fault = with(&[("a.rego", &format!("package {package}\n\npermits(_) := true\n"))]).unwrap_err();
        assert!(fault.says.contains("belongs to the gateway"), "{fault}");
    }
    assert!(with(&[("data.yaml", "delivery: {lib: {permits: true}}")]).is_err());
}

#[test]
fn a_projects_numbers_replace_ours() {
    // REQ-DELIVER-05, REQ-DELIVER-06
    let pack = with(&[(
        "data.yaml",
        "kinds: {small_bugfix: {files: 1}, chore: {files: 5, lines: 5, at_least: low}}\nforbidden: {legacy: {says: Legacy is frozen., paths: [Src/Cart.*]}}\n",
    )]);
    let pack = pack.unwrap();
    let decision = pack.judge(&small_fix()).unwrap();
    assert_eq!(decision.ask[0].says, "2 files changed. A task of the kind “small bugfix” has at most 1.");
    assert_eq!(decision.deny[0].says, "Legacy is frozen.");
    let chore = pack.judge(&facts(|facts| facts["run"]["kind"] = "chore".into()));
    assert_eq!(denied(&chore), ["path.forbidden"]);
    let infra = pack.judge(&facts(|facts| facts["change"]["files"] = json!([file("infra/prod/x")])));
    assert_eq!(denied(&infra), ["path.forbidden"], "our groups stay beside theirs");
}

#[test]
fn own_numbers_are_there_for_own_rules() {
    // REQ-DELIVER-05
    let rules = in_package("warn contains lib.finding(\"own.freeze\", data.own.says, [])");
    let pack = with(&[("a.rego", &rules), ("data.json", "{\"own\": {\"says\": \"Frozen.\"}}")]).unwrap();
    assert_eq!(pack.judge(&small_fix()).unwrap().warn[0].says, "Frozen.");
}

#[test]
fn an_error_in_a_pack_has_its_file_and_line() {
    // REQ-DELIVER-05
    let fault = with(&[("own.rego", "package delivery\n\ndeny contains\n")]).unwrap_err();
    assert_eq!((fault.file.as_str(), fault.line.is_some()), ("own.rego", true), "{fault}");
    let fault = with(&[("own.rego", "package delivery\n\ndeny contains x if y == 1\n")]).unwrap_err();
    assert_eq!((fault.file.as_str(), fault.line), ("own.rego", Some(3)), "{fault}");
    let fault = with(&[("data.yaml", "kinds:\n  feature: {fils: 1}\n")]).unwrap_err();
    assert_eq!((fault.file.as_str(), fault.line), ("data.yaml", Some(2)), "{fault}");
}

#[test]
fn the_digest_is_of_what_counts_and_of_nothing_else() {
    // REQ-DELIVER-05
    let rules = ("a.rego", "package delivery\n");
    let digest = |files: &[(&str, &str)]| with(files).unwrap().digest().to_owned();
    let one = digest(&[rules]);
    assert!(one.starts_with("sha256:") && one.len() == 71);
    assert_eq!(
        one,
        digest(&[("test_a.rego", "package t\n"), rules, ("x_table.yaml", "[]"), ("README.md", "x")])
    );
    let others = [
        digest(&[]),
        digest(&[("b.rego", rules.1)]),
        digest(&[("a.rego", "package delivery\n\n")]),
        digest(&[rules, ("data.yaml", "")]),
        digest(&[rules, ("data.yaml", "low_code_lines: 3")]),
    ];
    assert!(others.iter().all(|other| *other != one));
    assert_eq!(digest(&[]), pack().digest());
}

#[test]
fn a_decision_says_what_it_is_about() {
    // REQ-DELIVER-05, REQ-DELIVER-08
    let pack = pack();
    let one = pack.judge(&small_fix()).unwrap();
    assert_eq!(one.pack, pack.digest());
    assert_eq!(one.input, pack.judge(&small_fix()).unwrap().input);
    let other = pack.judge(&facts(|facts| facts["run"]["round"] = 2.into())).unwrap();
    assert_ne!(one.input, other.input);
}

#[test]
fn what_an_answer_may_not_be_is_no_answer() {
    // REQ-DELIVER-05: never an allow.
    for rules in [
        "deny contains \"x\"",
        "deny contains {\"rule\": \"a\", \"says\": \"b\"}",
        "deny contains {\"rule\": \"a\", \"says\": \"b\", \"paths\": [], \"more\": 1}",
        "warn contains {\"rule\": \"A B\", \"says\": \"b\", \"paths\": []}",
        "ask contains {\"rule\": \"a\", \"says\": \" \", \"paths\": []}",
        "ask contains {\"rule\": \"a\", \"says\": 7, \"paths\": []}",
        "high contains 3",
        "reviewers contains \"anna\"",
        "approvals contains 99",
        "approvals contains -1",
        "approvals contains \"2\"",
        "answer := true",
        "answer := {}",
        "warn contains lib.finding(\"a\", sprintf(\"%d\", [to_number(\"x\")]), [])",
        "x := 1 if input.schema == 1\nx := 2 if input.schema == 1\nwarn contains lib.finding(\"a\", \"b\", [x])",
    ] {
        let judged = with(&[("own.rego", &in_package(rules))]).map(|pack| pack.judge(&small_fix()));
        let is_refused = judged.as_ref().map_or(true, Result::is_err);
        assert!(is_refused, "{rules}: {judged:?}");
    }
}
