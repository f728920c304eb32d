//! REQ-DELIVER-09, REQ-DELIVER-10: checks come one by one, and what they say follows from the tree.

use crate::client::{ask, ask_with};
use crate::stage::stage;
use forge_sim::{CiOutcome, CiRule};
use serde_json::{Value, json};

#[tokio::test]
async fn checks_are_empty_then_appear_then_end() {
    let stage = stage().await;
    stage.shop.ci(CiRule::passes_if("test", |tree| tree.text("broken").is_none()));
    stage.shop.ci(CiRule::passes("lint").as_status());
    stage.shop.ci(CiRule::new("e2e", |tree| tree.text("jest.config.js").is_none().then(CiOutcome::success)));
    let sha = stage.shop.push("ann", "fix", &[("broken", Some("yes"))], "Break\n").unwrap();
    let runs = format!("/commits/{sha}/check-runs");
    assert_eq!(stage.get(&runs).await["total_count"], 0);
    let none = stage.get(&format!("/commits/{sha}/status")).await;
    assert_eq!((&none["state"], &none["total_count"]), (&json!("pending"), &json!(0)));
    assert!(stage.shop.ci_step());
    let one = stage.get(&runs).await;
    assert_eq!((&one["total_count"], &one["check_runs"][0]["status"]), (&json!(1), &json!("queued")));
    stage.shop.ci_settle_check("test");
    let failed = &stage.get(&runs).await["check_runs"][0];
    assert_eq!(
        (&failed["conclusion"], &failed["app"]["slug"]),
        (&json!("failure"), &json!("github-actions"))
    );
    stage.shop.ci_settle();
    assert_eq!(stage.get(&runs).await["total_count"], 2);
    assert_eq!(stage.get(&format!("/commits/{sha}/status")).await["state"], "success");
    let fixed =
        stage.shop.push("ann", "fix", &[("broken", None), ("jest.config.js", Some(""))], "Weaken\n").unwrap();
    stage.shop.ci_settle();
    let names: Vec<_> = stage.shop.checks(&fixed).into_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["test"], "e2e must be gone");
    assert_eq!(stage.get("/commits/fix/check-runs").await["check_runs"][0]["conclusion"], "success");
}

#[tokio::test]
async fn a_failed_job_has_a_log_and_runs_again() {
    let stage = stage().await;
    stage.shop.ci(CiRule::new("flaky", |tree| {
        Some(if tree.attempt > 1 {
            CiOutcome::success()
        } else {
            CiOutcome::of("timed_out", "the runner was lost\n")
        })
    }));
    stage.shop.ci(CiRule::passes("steady"));
    let sha = stage.shop.push("ann", "fix", &[("x", Some("x"))], "x\n").unwrap();
    stage.shop.ci_settle();
    let run = stage.get(&format!("/actions/runs?head_sha={sha}")).await["workflow_runs"][0].clone();
    assert_eq!((&run["status"], &run["conclusion"]), (&json!("completed"), &json!("timed_out")));
    let jobs = stage.get(&format!("/actions/runs/{}/jobs", run["id"])).await;
    let failed = jobs["jobs"].as_array().unwrap().iter().find(|job| job["name"] == "flaky").unwrap().clone();
    assert_eq!(failed["steps"][1]["conclusion"], "timed_out");
    let log = stage.ask("GET", &format!("/actions/jobs/{}/logs", failed["id"]), Value::Null).await;
    assert_eq!(log.status, 302);
    let at = log.header("location").to_owned();
    let text = ask(&stage.forge, "", "GET", &at, Value::Null).await;
    assert_eq!(text.body, "the runner was lost\n");
    stage.forge.skip(std::time::Duration::from_secs(120));
    assert_eq!(ask(&stage.forge, "", "GET", &at, Value::Null).await.status, 403);
    let again = format!("/actions/runs/{}/rerun-failed-jobs", run["id"]);
    stage.ask("POST", &again, Value::Null).await.expect(201);
    stage.ask("POST", &again, Value::Null).await.expect(403);
    stage.shop.ci_settle();
    let runs = format!("/commits/{sha}/check-runs");
    assert_eq!(stage.get(&runs).await["total_count"], 2);
    assert_eq!(stage.get(&format!("{runs}?filter=all")).await["total_count"], 3);
    assert_eq!(stage.get(&format!("/actions/runs/{}", run["id"])).await["conclusion"], "success");
}

#[tokio::test]
async fn apps_write_check_runs_within_limits_and_people_do_not() {
    let stage = stage().await;
    let sha = stage.shop.tip("fix").unwrap();
    let new = json!({ "name": "hubble / delivery", "head_sha": sha, "status": "in_progress", "external_id": "HB-1" });
    let made = stage.ask("POST", "/check-runs", new.clone()).await.expect(201);
    assert_eq!((&made["app"]["slug"], &made["external_id"]), (&json!("hubble"), &json!("HB-1")));
    let path = format!("/check-runs/{}", made["id"]);
    let output = |text: &str| json!({ "title": "t", "summary": "s", "text": text });
    let done = json!({ "conclusion": "success", "output": output("fine") });
    let done = stage.ask("PATCH", &path, done).await.expect(200);
    assert_eq!((&done["status"], &done["output"]["text"]), (&json!("completed"), &json!("fine")));
    let note =
        json!({ "path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m" });
    let many: Vec<Value> = (0..51).map(|_| note.clone()).collect();
    for bad in [
        json!({ "output": output(&"x".repeat(65_536)) }),
        json!({ "output": { "title": "t", "summary": "s", "annotations": many } }),
        json!({ "output": { "title": "t" } }),
        json!({ "conclusion": "splendid" }),
        json!({ "actions": [{ "label": "x".repeat(21), "description": "d", "identifier": "i" }] }),
    ] {
        stage.ask("PATCH", &path, bad).await.expect(422);
    }
    let ann = stage.forge.person_token("ann");
    ask(&stage.forge, &ann, "POST", "/repos/acme/shop/check-runs", new).await.expect(403);
    let status = json!({ "state": "success", "context": "x" });
    stage.ask("POST", &format!("/statuses/{sha}"), status.clone()).await.expect(403);
    let path = format!("/repos/acme/shop/statuses/{sha}");
    ask(&stage.forge, &ann, "POST", &path, status).await.expect(201);
    let tag = [("accept", "application/vnd.github+json")];
    let all = format!("/repos/acme/shop/commits/{sha}/statuses");
    assert_eq!(
        ask_with(&stage.forge, &ann, "GET", &all, Value::Null, &tag).await.expect(200)[0]["context"],
        "x"
    );
}
