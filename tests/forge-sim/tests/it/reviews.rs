//! REQ-DELIVER-12: reviews, comments, labels and who may what.

use crate::client::{ask, token};
use crate::stage::stage;
use serde_json::{Value, json};

#[tokio::test]
async fn a_comment_on_a_line_is_answered_in_its_thread() {
    let stage = stage().await;
    stage.opened(false).await;
    let asked = stage.shop.line_comment("ann", 1, "src/cart.js", 1, "Why 2?").unwrap();
    let listed = stage.get("/pulls/1/comments").await;
    assert_eq!(
        (&listed[0]["id"], &listed[0]["line"], &listed[0]["user"]["login"]),
        (&json!(asked), &json!(1), &json!("ann"))
    );
    let reply = stage
        .ask("POST", &format!("/pulls/1/comments/{asked}/replies"), json!({ "body": "Because." }))
        .await
        .expect(201);
    assert_eq!((&reply["in_reply_to_id"], &reply["user"]["type"]), (&json!(asked), &json!("Bot")));
    let again = stage.shop.reply("ann", 1, reply["id"].as_u64().unwrap(), "I see").unwrap();
    let listed = stage.get("/pulls/1/comments").await;
    assert_eq!((&listed[2]["id"], &listed[2]["in_reply_to_id"]), (&json!(again), &json!(asked)));
    stage.ask("POST", "/pulls/1/comments/7/replies", json!({ "body": "x" })).await.expect(404);
    assert_eq!(stage.get("/pulls/1/reviews").await[0]["state"], "COMMENTED");
}

#[tokio::test]
async fn reviewers_are_asked_and_the_author_cannot_be_one() {
    let stage = stage().await;
    stage.opened(false).await;
    let ask =
        |who: &'static str| stage.ask("POST", "/pulls/1/requested_reviewers", json!({ "reviewers": [who] }));
    ask("ann").await.expect(201);
    assert!(ask("stranger").await.expect(422)["message"].as_str().unwrap().contains("not a collaborator"));
    ask("hubble[bot]").await.expect(422);
    assert_eq!(stage.get("/pulls/1/requested_reviewers").await["users"][0]["login"], "ann");
    let own = stage.ask("POST", "/pulls/1/reviews", json!({ "event": "APPROVE" })).await.expect(422);
    assert_eq!(own["errors"][0], "Can not approve your own pull request");
    stage.shop.review("ann", 1, "CHANGES_REQUESTED", "no").unwrap();
    assert_eq!(stage.get("/pulls/1/requested_reviewers").await["users"], json!([]));
    for (who, level) in [("ann", "write"), ("rita", "read"), ("stranger", "none")] {
        let found = stage.get(&format!("/collaborators/{who}/permission")).await;
        assert_eq!(found["permission"], level);
    }
}

#[tokio::test]
async fn the_conversation_and_labels_work_and_need_the_right() {
    let stage = stage().await;
    stage.opened(false).await;
    let made = stage.ask("POST", "/issues/1/comments", json!({ "body": "hello" })).await.expect(201);
    let path = format!("/issues/comments/{}", made["id"]);
    stage.ask("PATCH", &path, json!({ "body": "edited" })).await.expect(200);
    stage.shop.comment("ann", 1, "@hubble fix this").unwrap();
    let listed = stage.get("/issues/1/comments").await;
    assert_eq!((&listed[0]["body"], &listed[1]["user"]["login"]), (&json!("edited"), &json!("ann")));
    stage.ask("POST", "/issues/1/comments", json!({ "body": "" })).await.expect(422);
    stage.ask("POST", "/issues/1/labels", json!({ "labels": ["hubble:stop", "bug"] })).await.expect(200);
    stage.ask("DELETE", "/issues/1/labels/hubble%3Astop", Value::Null).await.expect(200);
    stage.ask("DELETE", "/issues/1/labels/absent", Value::Null).await.expect(404);
    assert_eq!(stage.shop.pull(1).unwrap().labels, ["bug"]);
    let reader =
        token(&stage.forge, stage.installation, json!({ "permissions": { "pull_requests": "read" } })).await;
    for (method, path, body) in [
        ("POST", "/issues/1/comments", json!({ "body": "x" })),
        ("POST", "/issues/1/labels", json!({ "labels": ["x"] })),
        ("PATCH", "/pulls/1", json!({ "title": "x" })),
        ("PUT", "/pulls/1/merge", json!({})),
        ("POST", "/check-runs", json!({ "name": "x", "head_sha": "y" })),
        ("POST", "/pulls/1/requested_reviewers", json!({ "reviewers": ["ann"] })),
        ("GET", "/actions/runs", Value::Null),
    ] {
        let refused = ask(&stage.forge, &reader, method, &format!("/repos/acme/shop{path}"), body).await;
        assert_eq!(
            (refused.status, refused.message()),
            (403, "Resource not accessible by integration"),
            "{method} {path}"
        );
    }
}
