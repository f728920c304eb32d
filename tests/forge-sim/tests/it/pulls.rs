//! REQ-DELIVER-01, REQ-DELIVER-11: pull requests are opened, refused and merged as GitHub does it.

use crate::client::get;
use crate::stage::stage;
use forge_sim::Rule;
use serde_json::{Value, json};

#[tokio::test]
async fn a_pull_request_is_opened_found_again_changed_and_merged() {
    let stage = stage().await;
    stage.opened(false).await;
    let found = stage.get("/pulls?head=acme:fix&state=all").await;
    assert_eq!((&found[0]["number"], &found[0]["user"]["login"]), (&json!(1), &json!("hubble[bot]")));
    assert_eq!(stage.get("/pulls?head=acme:other&state=all").await, json!([]));
    assert_eq!(stage.get("/pulls/1").await["mergeable"], Value::Null);
    let known = stage.get("/pulls/1").await;
    assert_eq!((&known["mergeable"], &known["mergeable_state"]), (&json!(true), &json!("clean")));
    assert_eq!(
        (&known["additions"], &known["changed_files"], &known["commits"]),
        (&json!(1), &json!(1), &json!(1))
    );
    let files = stage.get("/pulls/1/files").await;
    assert_eq!(files[0]["filename"], "src/cart.js");
    assert_eq!(files[0]["patch"], "@@ -1 +1 @@\n-let total = 1\n+let total = 2");
    stage
        .ask("PATCH", "/pulls/1", json!({ "title": "New", "body": "because", "draft": true }))
        .await
        .expect(200);
    let seen = stage.shop.pull(1).unwrap();
    assert_eq!((seen.title.as_str(), seen.body.as_str(), seen.draft), ("New", "because", false));
    let wrong = "0".repeat(40);
    assert_eq!(stage.merge(Some(&wrong)).await.0, 409);
    assert_eq!(stage.merge(Some(&seen.head_sha)).await.0, 200);
    assert_eq!(stage.shop.text("main", "src/cart.js").unwrap(), "let total = 2\n");
    assert!(stage.shop.pull(1).unwrap().merged);
    stage.ask("GET", "/pulls/1/merge", Value::Null).await.expect(204);
    assert_eq!(stage.merge(None).await.0, 405);
}

#[tokio::test]
async fn what_github_refuses_is_refused_in_its_words() {
    let stage = stage().await;
    stage.opened(false).await;
    stage.shop.push("ann", "same", &[], "Nothing").ok();
    let main = stage.shop.tip("main").unwrap();
    stage.shop.force("ann", "same", &main).unwrap();
    let long = "x".repeat(65_537);
    let cases = [
        (json!({ "head": "absent", "base": "main", "title": "t" }), "head", "invalid"),
        (json!({ "head": "other:fix", "base": "main", "title": "t" }), "head", "invalid"),
        (json!({ "head": "fix", "base": "absent", "title": "t" }), "base", "invalid"),
        (json!({ "head": "fix", "base": "main" }), "title", "missing_field"),
        (json!({ "head": "same", "base": "main", "title": "t" }), "", "No commits between main and same"),
        (
            json!({ "head": "fix", "base": "main", "title": "t" }),
            "",
            "A pull request already exists for acme:fix.",
        ),
        (json!({ "head": "fix", "base": "main", "title": "t", "body": long }), "body", "body is too long"),
    ];
    for (body, field, words) in cases {
        let refused = stage.ask("POST", "/pulls", body).await.expect(422);
        let error = &refused["errors"][0];
        assert!(error.to_string().contains(words), "{refused}");
        assert_eq!(error["field"].as_str().unwrap_or_default(), field, "{refused}");
    }
    stage.ask("PATCH", "/pulls/1", json!({ "body": "x".repeat(65_537) })).await.expect(422);
    stage.ask("PATCH", "/pulls/1", json!({ "body": "ü".repeat(65_536) })).await.expect(200);
    stage.shop.allow_drafts(false);
    stage.shop.push("ann", "two", &[("b", Some("b"))], "b").unwrap();
    let draft = json!({ "head": "two", "base": "main", "title": "t", "draft": true });
    let refused = stage.ask("POST", "/pulls", draft).await;
    assert_eq!(
        (refused.status, refused.message()),
        (422, "Draft pull requests are not supported in this repository.")
    );
}

#[tokio::test]
async fn the_rules_of_the_base_hold_a_merge() {
    let stage = stage().await;
    stage.opened(true).await;
    assert_eq!(stage.merge(None).await, (405, "Pull Request is still a draft".to_owned()));
    stage.shop.ready("ann", 1);
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    stage.shop.rule("main", Rule::PullRequest { approvals: 1 });
    let rules = stage.get("/rules/branches/main").await;
    assert_eq!(rules[0]["parameters"]["required_status_checks"], json!([{ "context": "test" }]));
    assert_eq!(stage.get("/rules/branches/absent").await, json!([]));
    let head = stage.shop.tip("fix").unwrap();
    assert!(stage.merge(None).await.1.contains("Required status check \"test\" is expected."));
    stage.shop.check_run(&head, "test", "completed", Some("failure"));
    assert!(stage.merge(None).await.1.contains("Required status check \"test\" is failing."));
    stage.shop.check_run(&head, "test", "completed", Some("success"));
    assert!(stage.merge(None).await.1.contains("At least 1 approving review"));
    stage.shop.review("rita", 1, "APPROVED", "I only read").unwrap();
    assert_eq!(stage.merge(None).await.0, 405);
    stage.shop.review("ann", 1, "APPROVED", "").unwrap();
    stage.get("/pulls/1").await;
    assert_eq!(stage.get("/pulls/1").await["mergeable_state"], "clean");
    assert_eq!(stage.merge(None).await.0, 200);
}

// REQ-DELIVER-15
#[tokio::test]
async fn people_push_over_close_rename_and_conflict() {
    let stage = stage().await;
    stage.opened(false).await;
    let theirs = stage.shop.push("ann", "fix", &[("ann.txt", Some("mine\n"))], "Mine").unwrap();
    assert_eq!(stage.get("/pulls/1").await["head"]["sha"], theirs);
    stage.shop.push("ann", "main", &[("src/cart.js", Some("let total = 3\n"))], "Other").unwrap();
    assert_eq!(stage.get("/pulls/1").await["mergeable"], Value::Null);
    let known = stage.get("/pulls/1").await;
    assert_eq!((&known["mergeable"], &known["mergeable_state"]), (&json!(false), &json!("dirty")));
    assert_eq!(stage.merge(None).await.0, 405);
    stage.shop.close("ann", 1).unwrap();
    let closed = stage.shop.pull(1).unwrap();
    assert_eq!((closed.open, closed.ended_by.as_deref()), (false, Some("ann")));
    stage.shop.rename("store");
    let moved = get(&stage.forge, &stage.token, "/repos/acme/shop/pulls/1?x=y").await;
    assert_eq!(moved.status, 301);
    let to = moved.header("location").to_owned();
    assert_eq!(get(&stage.forge, &stage.token, &to).await.expect(200)["state"], "closed");
    let post = stage.ask("POST", "/pulls", json!({})).await;
    assert_eq!(post.status, 307);
}

#[tokio::test]
async fn a_branch_that_goes_closes_and_a_head_that_arrives_merges() {
    let stage = stage().await;
    stage.opened(false).await;
    let head = stage.shop.tip("fix").unwrap();
    stage.ask("DELETE", "/git/refs/heads%2Ffix", Value::Null).await.expect(204);
    assert!(!stage.shop.pull(1).unwrap().open);
    stage.ask("DELETE", "/git/refs/heads/fix", Value::Null).await.expect(422);
    stage.shop.force("ann", "again", &head).unwrap();
    stage.shop.open_pull("ann", "again", "main", "Again").unwrap();
    stage.shop.force("ann", "main", &head).unwrap();
    assert!(stage.shop.pull(2).unwrap().merged);
}

#[tokio::test]
async fn a_list_comes_in_pages() {
    let stage = stage().await;
    for index in 0..5 {
        let branch = format!("b{index}");
        stage.shop.push("ann", &branch, &[("f", Some(&branch))], "f").unwrap();
        stage.shop.open_pull("ann", &branch, "main", "t").unwrap();
    }
    let first = stage.ask("GET", "/pulls?per_page=2", Value::Null).await;
    let link = first.header("link").to_owned();
    assert!(link.contains("page=2>; rel=\"next\"") && link.contains("page=3>; rel=\"last\""), "{link}");
    assert_eq!(first.body[0]["number"], 5);
    assert_eq!(stage.get("/pulls?per_page=2&page=3").await.as_array().unwrap().len(), 1);
    assert_eq!(stage.get("/pulls?per_page=2&page=4").await, json!([]));
}
