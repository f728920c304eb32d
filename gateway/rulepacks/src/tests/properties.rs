//! What holds for any change.

use super::*;
use gateway_delivery::{Finding, Tier};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;
use std::sync::LazyLock;

static BUILT_IN: LazyLock<Pack> = LazyLock::new(pack);

/// With rules that try to take away what ours find.
static OWN: LazyLock<Pack> = LazyLock::new(|| {
    with_rules(
        r#"
deny contains lib.finding("own.a", "No a.", paths) if {
	paths := lib.touching(["**/a*"])
	count(paths) > 0
}

gone contains file.path if some file in input.change.files
is_readable := true
tier := "low"
"#,
    )
});

const PATHS: [&str; 14] = [
    "src/cart.rs",
    "src/a.rs",
    "infra/prod/a.tf",
    ".env",
    "x/.ENV.local",
    ".github/workflows/ci.yml",
    "src/auth/a.rs",
    "db/migrations/1.sql",
    "README.md",
    "../x",
    "api/shop.proto",
    "a/\u{200b}b",
    "vendor/x.go",
    "tests/a.rs",
];

prop_compose! {
    fn any_file()(
        path in select(&PATHS[..]), old in proptest::option::of(select(&PATHS[..])),
        status in select(&["added", "modified", "deleted", "moved"][..]),
        added in 0_u64..300, deleted in 0_u64..300, flags in any::<[bool; 4]>(),
        special in select(vec![json!(null), json!(null), json!("link"), json!("lfs_pointer")]),
    ) -> Value {
        json!({
            "path": path, "old_path": old, "status": status, "added": added, "deleted": deleted, "binary": flags[0],
            "mode_changed": flags[1], "special": special, "generated": flags[2], "test": flags[3]
        })
    }
}

fn change(kind: &str, files: &[Value]) -> Facts {
    facts(|facts| {
        facts["run"]["kind"] = kind.into();
        facts["change"]["files"] = json!(files);
    })
}

fn names(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// REQ-DELIVER-07
    #[test]
    fn more_files_never_lower_the_risk(
        files in vec(any_file(), 1..6), more in vec(any_file(), 1..4), kind in select(&["small_bugfix", "docs_update", "feature"][..]),
    ) {
        let few = BUILT_IN.judge(&change(kind, &files)).unwrap();
        let many = BUILT_IN.judge(&change(kind, &[files, more].concat())).unwrap();
        prop_assert!(many.tier >= few.tier, "{:?} and {:?}", few.because, many.because);
        prop_assert!(names(&few.deny).iter().all(|rule| names(&many.deny).contains(rule)));
        prop_assert!(!many.may_merge_itself || many.tier == Tier::Low);
    }

    /// REQ-DELIVER-05
    #[test]
    fn a_projects_pack_never_takes_a_deny_away(files in vec(any_file(), 0..6), kind in select(&["test_fix", "yolo"][..])) {
        let facts = change(kind, &files);
        let (ours, theirs) = (BUILT_IN.judge(&facts).unwrap(), OWN.judge(&facts).unwrap());
        prop_assert!(ours.deny.iter().all(|finding| theirs.deny.contains(finding)));
        prop_assert!(ours.ask.iter().all(|finding| theirs.ask.contains(finding)));
        prop_assert!(theirs.tier >= ours.tier && theirs.approvals >= ours.approvals);
    }

    /// REQ-DELIVER-06: however the letters are written.
    #[test]
    fn large_letters_hide_nothing(path in select(&[".env", "infra/prod/x.tf", "a/id_rsa"][..]), large in vec(any::<bool>(), 20)) {
        let letters = path.chars().zip(&large);
        let path: String = letters.map(|(c, large)| if *large { c.to_ascii_uppercase() } else { c }).collect();
        prop_assert!(!BUILT_IN.judge(&change("feature", &[file(&path)])).unwrap().deny.is_empty());
    }

    /// Whatever a path is, there is an answer.
    #[test]
    fn any_path_is_judged(path in "\\PC{0,40}", old in "[^x]{0,20}") {
        let mut moved = file(&path);
        moved["old_path"] = old.into();
        prop_assert!(BUILT_IN.judge(&change("feature", &[moved])).is_ok());
    }
}
