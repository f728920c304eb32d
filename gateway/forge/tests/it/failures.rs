//! REQ-DELIVER-10: what failed is brought to the agent, masked and bounded.

use crate::stage::{BRANCH, opened};
use forge_sim::{CiOutcome, CiRule};
use serde_json::json;

#[tokio::test]
async fn steps_annotations_and_the_end_of_the_log_are_read() {
    let stage = opened().await;
    let secret = format!("gh{}_{}", "p", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let log: String = (0..1_000).map(|line| format!("2026-12-01T10:00:00.0000000Z line {line}\n")).collect();
    let log = format!("{log}2026-12-01T10:00:01.0000000Z expected 1, got 2 with {secret}\n");
    stage.shop.ci(CiRule::new("test", move |_| {
        let annotation = json!({ "path": "src/cart.js", "start_line": 3, "message": "expected 1, got 2" });
        Some(CiOutcome { annotations: vec![annotation], ..CiOutcome::failure(&log) })
    }));
    stage.shop.ci(CiRule::passes("other"));
    let head = stage.shop.push("hubble[bot]", BRANCH, &[("x", Some("x"))], "x\n").unwrap();
    stage.shop.ci_settle();
    stage.shop.status(&head, "ci/old", "failure");
    let names = ["test".to_owned(), "ci/old".to_owned()];
    let text = stage.forge.read_failures(&stage.repo, &head, &names, stage.now()).await.unwrap();
    for part in [
        "## test: failure",
        "Failed step: Run",
        "src/cart.js:3: expected 1, got 2",
        "line 999",
        "## ci/old: failure",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains(&secret) && !text.contains("line 799\n") && !text.contains("## other"), "{text}");
    assert!(text.len() <= 60 * 1024);
}

#[tokio::test]
async fn much_is_cut_and_its_end_stays() {
    let stage = opened().await;
    let log: String = (0..400).map(|line| format!("{line} {}\n", "word ".repeat(90))).collect();
    for name in ["a", "b", "c"] {
        let log = log.clone();
        stage.shop.ci(CiRule::new(name, move |_| Some(CiOutcome::failure(&log))));
    }
    let head = stage.shop.push("hubble[bot]", BRANCH, &[("x", Some("x"))], "x\n").unwrap();
    stage.shop.ci_settle();
    let names = ["a", "b", "c"].map(str::to_owned);
    let text = stage.forge.read_failures(&stage.repo, &head, &names, stage.now()).await.unwrap();
    assert!(text.len() <= 60 * 1024, "{}", text.len());
    for name in names {
        assert!(text.contains(&format!("## {name}: failure\n…\n")), "{name}");
    }
    assert_eq!(text.matches("\n399 word").count(), 3);
}
