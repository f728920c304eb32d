//! How long a judgement takes.

use super::*;
use serde_json::json;
use std::time::{Duration, Instant};

fn hundred_files() -> Facts {
    facts(|facts| {
        let paths = (0..100).map(|n| format!("services/shop-{}/src/module_{n}/component_{n}.rs", n % 7));
        facts["change"]["files"] = json!(paths.map(|path| file(&path)).collect::<Vec<_>>());
        facts["run"]["kind"] = "feature".into();
    })
}

/// Of so many judgements, one after the other.
fn p50_and_p99(pack: &Pack, facts: &Facts, rounds: usize) -> [Duration; 2] {
    let mut took: Vec<_> = (0..rounds)
        .map(|_| {
            let begun = Instant::now();
            assert!(pack.judge(facts).unwrap().deny.is_empty());
            begun.elapsed()
        })
        .collect();
    took.sort();
    [50, 99].map(|percent| took[rounds * percent / 100])
}

/// `cargo test --release -p gateway-rulepacks -- --ignored --nocapture rules_p99_ms`
#[test]
#[ignore = "a figure, and only in a release build"]
fn rules_p99_ms() {
    // REQ-DELIVER-05
    let (pack, own) = (
        pack(),
        with_rules(
            "deny contains lib.finding(\"a\", \"b\", p) if { p := lib.touching([\"x/**\"]); count(p) > 0 }",
        ),
    );
    let facts = hundred_files();
    for (name, pack) in [("rules", &pack), ("rules_with_own", &own)] {
        let [p50, p99] = p50_and_p99(pack, &facts, 200).map(|took| took.as_secs_f64() * 1000.0);
        println!("{name}_p50_ms {p50:.1}\n{name}_p99_ms {p99:.1}");
    }
}

#[test]
fn a_hundred_files_are_judged_in_time() {
    // REQ-DELIVER-05: within the limit also where nothing is optimised.
    assert!(pack().judge(&hundred_files()).is_ok());
}
