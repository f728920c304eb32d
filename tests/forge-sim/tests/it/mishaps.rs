//! REQ-DELIVER-17: faults that a client must live through.

use crate::client::{ask, get};
use crate::stage::stage;
use forge_sim::Fault;
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_write_happens_although_its_answer_is_502() {
    let stage = stage().await;
    stage.forge.fail("POST /repos/*/pulls", Fault::StatusAfter(502), 1);
    let body = json!({ "head": "fix", "base": "main", "title": "t" });
    stage.ask("POST", "/pulls", body.clone()).await.expect(502);
    assert_eq!(stage.shop.pulls().len(), 1);
    stage.ask("POST", "/pulls", body).await.expect(422);
    stage.forge.fail("POST /repos/*/pulls", Fault::Status(500), 2);
    let other = json!({ "head": "fix", "base": "fix", "title": "t" });
    for status in [500, 500, 422] {
        stage.ask("POST", "/pulls", other.clone()).await.expect(status);
    }
    assert_eq!(stage.forge.struck("POST /repos/*/pulls"), 1 + 2);
}

#[tokio::test]
async fn a_timeout_before_does_nothing_and_one_after_does_all() {
    let stage = stage().await;
    let body = json!({ "head": "fix", "base": "main", "title": "t" });
    for (fault, pulls) in [(Fault::TimeoutBefore, 0), (Fault::TimeoutAfter, 1)] {
        stage.forge.fail("POST *", fault, 1);
        let asked = stage.ask("POST", "/pulls", body.clone());
        assert!(tokio::time::timeout(Duration::from_secs(2), asked).await.is_err());
        assert_eq!(stage.shop.pulls().len(), pulls);
    }
}

#[tokio::test]
async fn limits_are_said_as_github_says_them() {
    let stage = stage().await;
    stage.forge.fail("GET *", Fault::RetryAfter(7), 1);
    let slow = stage.ask("GET", "", Value::Null).await;
    assert_eq!((slow.status, slow.header("retry-after")), (403, "7"));
    stage.forge.fail("GET *", Fault::Exhausted, 1);
    let spent = stage.ask("GET", "", Value::Null).await;
    assert_eq!((spent.status, spent.header("x-ratelimit-remaining")), (403, "0"));
    let reset: i64 = spent.header("x-ratelimit-reset").parse().unwrap();
    assert!(reset > stage.forge.now().as_second());
    stage.ask("GET", "", Value::Null).await.expect(403);
    stage.forge.fail("graphql *", Fault::Exhausted, 1);
    let spent = stage.graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(spent["errors"][0]["type"], "RATE_LIMITED");
    stage.forge.fail("graphql *", Fault::GraphQl("Something went wrong"), 1);
    let odd = stage.graphql("{ viewer { login } }", json!({})).await;
    assert_eq!(odd["errors"][0]["message"], "Something went wrong");
    let jwt = crate::client::jwt(&stage.forge);
    get(&stage.forge, &jwt, "/app").await.expect(200);
}

#[tokio::test]
async fn a_token_is_withdrawn_in_the_middle() {
    let stage = stage().await;
    stage.forge.revoke_tokens(stage.installation);
    assert_eq!(stage.ask("GET", "", Value::Null).await.message(), "Bad credentials");
    stage.forge.uninstall(stage.installation);
    let jwt = crate::client::jwt(&stage.forge);
    get(&stage.forge, &jwt, "/repos/acme/shop/installation").await.expect(404);
    let path = format!("/app/installations/{}/access_tokens", stage.installation);
    ask(&stage.forge, &jwt, "POST", &path, json!({})).await.expect(404);
}

#[tokio::test]
async fn a_right_that_is_taken_is_missing_at_once() {
    let stage = stage().await;
    stage.forge.set_right(stage.installation, "pull_requests", None);
    let refused = stage.ask("POST", "/pulls", json!({ "head": "fix", "base": "main", "title": "t" })).await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.header("x-accepted-github-permissions"), "pull_requests=write");
}
