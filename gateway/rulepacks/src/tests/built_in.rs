//! The built-in pack's own tables, and what holds for it as a whole.

use super::pack;
use crate::Pack;
use crate::built_in::RULES;
use crate::engine;
use crate::pack_folder::PackFile;
use crate::tables::{Row, rows, sample};
use crate::test_pack::Run;
use serde_json::{Value, json};

const TABLES: [(&str, &str); 4] = [
    ("denied_table.yaml", include_str!("../../rego/denied_table.yaml")),
    ("odd_table.yaml", include_str!("../../rego/odd_table.yaml")),
    ("asked_table.yaml", include_str!("../../rego/asked_table.yaml")),
    ("risk_table.yaml", include_str!("../../rego/risk_table.yaml")),
];

#[test]
fn the_built_in_pack_says_what_its_tables_want_and_no_rule_is_untested() {
    // REQ-DELIVER-05, REQ-DELIVER-06, REQ-DELIVER-07, REQ-DELIVER-08
    let pack = pack();
    let mut run = Run::new(&pack);
    for (name, text) in TABLES {
        run.table(&PackFile { name: name.to_owned(), text: text.to_owned() });
    }
    let report = run.finish(|_| true);
    assert!(report.is_green(), "{report}");
    let rules: Vec<_> = RULES.1.lines().collect();
    let missed = report.uncovered.iter().flat_map(|one| &one.lines).map(|line| rules[*line as usize - 1]);
    let missed: Vec<_> = missed.filter(|line| !line.contains("special.unknown")).collect();
    assert!(missed.is_empty(), "{report}");
}

fn tables_hold(pack: &Pack, rows: &[Row]) -> bool {
    let holds = |row: &Row| {
        let decision = pack.judge_value(&row.facts().unwrap());
        decision.is_ok_and(|decision| row.missed(&decision).is_none())
    };
    rows.iter().all(holds)
}

/// What tables can't show: it has tests of its own, or there is nothing built in that it fits.
const ELSEWHERE: [&str; 3] = ["input.project", "special.unknown", "at_least == \"high\""];

#[test]
fn without_any_one_of_the_rules_a_table_fails() {
    // REQ-DELIVER-06, REQ-DELIVER-07
    let is_rule = |block: &&str| {
        let line = block.lines().find(|line| !line.starts_with('#')).unwrap_or_default();
        ["deny", "ask", "warn", "high", "medium"]
            .iter()
            .any(|list| line.starts_with(&format!("{list} contains")))
    };
    let blocks: Vec<_> = RULES.1.split("\n\n").filter(is_rule).collect();
    assert!(blocks.len() > 40, "{}", blocks.len());
    let rows: Vec<_> = TABLES.iter().flat_map(|(_, text)| rows(text).unwrap()).collect();
    let mut pack = pack();
    assert!(tables_hold(&pack, &rows));
    for block in blocks.into_iter().filter(|block| !ELSEWHERE.iter().any(|word| block.contains(word))) {
        let rules = RULES.1.replace(block, "");
        pack.built_in = engine::alone(&pack.data, &rules, pack.limits.time).unwrap();
        assert!(!tables_hold(&pack, &rows), "no table needs {block}");
    }
}

#[test]
fn what_is_empty_or_half_filled_is_denied() {
    // REQ-DELIVER-05: also if it never went through a type.
    let pack = pack();
    let denied = |facts: &Value| {
        let said = pack.judge_value(facts);
        said.as_ref().is_err() || !said.unwrap().deny.is_empty()
    };
    assert!(
        denied(&json!({})) && denied(&json!({"schema": 1})) && denied(&json!([])) && denied(&Value::Null)
    );
    let whole = sample();
    for key in ["schema", "stage", "run", "repo", "change", "checks", "owners", "budget"] {
        let mut half = whole.clone();
        half.as_object_mut().unwrap().remove(key);
        assert!(denied(&half), "without {key}");
        half[key] = json!("x");
        assert!(denied(&half), "{key} is x");
    }
    for (of, key) in
        [("run", "kind"), ("run", "id"), ("run", "permits"), ("run", "planned_paths"), ("repo", "base")]
    {
        let mut half = whole.clone();
        half[of].as_object_mut().unwrap().remove(key);
        assert!(denied(&half), "without {of}.{key}");
    }
    for key in ["tree", "merge_base", "files", "dependencies", "secrets", "steering", "unmeasured"] {
        let mut half = whole.clone();
        half["change"].as_object_mut().unwrap().remove(key);
        assert!(denied(&half), "without change.{key}");
    }
    for key in ["path", "added", "deleted", "generated", "test"] {
        let mut half = whole.clone();
        half["change"]["files"][0].as_object_mut().unwrap().remove(key);
        assert!(denied(&half), "without a file's {key}");
    }
    assert!(!denied(&whole));
}

#[test]
fn a_file_of_a_form_that_no_type_has_yet_is_denied() {
    // REQ-DELIVER-06
    let mut facts = sample();
    facts["change"]["files"][0]["special"] = json!("socket");
    let deny = pack().judge_value(&facts).unwrap().deny;
    assert_eq!((deny.len(), deny[0].rule.as_str()), (1, "special.unknown"));
}
