//! REQ-DELIVER-03, REQ-DELIVER-04: real git through the forge's door.

use crate::client::{clone_with_commit, done, git, said, token};
use forge_sim::{Fault, ForgeRepo, ForgeSim, Rule};
use serde_json::json;

async fn shop() -> (ForgeSim, ForgeRepo, u64) {
    let forge = ForgeSim::start().await.unwrap();
    let shop = forge.repository("acme", "shop", &[("a.txt", "a\n")]).unwrap();
    let installation = forge.install("acme");
    (forge, shop, installation)
}

#[tokio::test]
async fn a_push_with_a_token_arrives() {
    let (forge, shop, id) = shop().await;
    let good = token(&forge, id, json!({})).await;
    let clone = clone_with_commit(&shop, &good, "fix", "b.txt", "b\n").await;
    done(&git(clone.path(), &good, &["push", "--porcelain", "origin", "fix"]).await);
    assert_eq!(shop.text("fix", "b.txt").as_deref(), Some("b\n"));
    let again = git(clone.path(), &good, &["push", "--porcelain", "origin", "fix"]).await;
    assert!(said(&again).contains("[up to date]"), "{}", said(&again));
}

#[tokio::test]
async fn wrong_read_only_and_missing_tokens_are_refused() {
    let (forge, shop, id) = shop().await;
    let good = token(&forge, id, json!({})).await;
    let clone = clone_with_commit(&shop, &good, "fix", "b.txt", "b\n").await;
    let reader = token(&forge, id, json!({ "permissions": { "contents": "read" } })).await;
    for (bad, words) in
        [(reader.as_str(), "403"), ("ghs_wrong", "could not read Username"), ("", "could not read Username")]
    {
        let refused = git(clone.path(), bad, &["push", "origin", "fix"]).await;
        assert!(!refused.status.success() && said(&refused).contains(words), "{}", said(&refused));
    }
    done(&git(clone.path(), &reader, &["fetch", "origin"]).await);
    assert_eq!(shop.tip("fix"), None);
}

#[tokio::test]
async fn a_workflow_is_refused_without_the_right_wherever_it_is_in_the_history() {
    let (forge, shop, id) = shop().await;
    let good = token(&forge, id, json!({})).await;
    let clone = clone_with_commit(&shop, &good, "fix", ".github/workflows/ci.yml", "on: push\n").await;
    done(&git(clone.path(), "", &["rm", "-q", "-r", ".github"]).await);
    done(&git(clone.path(), "", &["commit", "-q", "-m", "As if nothing had been"]).await);
    let refused = git(clone.path(), &good, &["push", "--porcelain", "origin", "fix"]).await;
    let words = "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission";
    assert!(said(&refused).contains(&format!("[remote rejected] ({words})")), "{}", said(&refused));
    forge.set_right(id, "workflows", Some(forge_sim::Level::Write));
    let able = token(&forge, id, json!({})).await;
    done(&git(clone.path(), &able, &["push", "origin", "fix"]).await);
}

#[tokio::test]
async fn rules_guard_branches() {
    let (forge, shop, id) = shop().await;
    let good = token(&forge, id, json!({})).await;
    shop.rule("main", Rule::PullRequest { approvals: 1 });
    shop.rule("hubble/*", Rule::RequiredSignatures);
    let clone = clone_with_commit(&shop, &good, "hubble/x", "b.txt", "b\n").await;
    for target in ["HEAD:main", "HEAD:hubble/x"] {
        let refused = git(clone.path(), &good, &["push", "origin", target]).await;
        let said = said(&refused);
        assert!(
            said.contains("GH013") && said.contains("(push declined due to repository rule violations)"),
            "{said}"
        );
        assert!(!said.contains("FORGE-REASON"), "{said}");
    }
    done(&git(clone.path(), &good, &["push", "origin", "HEAD:free"]).await);
}

#[tokio::test]
async fn a_push_may_arrive_although_the_answer_did_not() {
    let (forge, shop, id) = shop().await;
    let good = token(&forge, id, json!({})).await;
    let clone = clone_with_commit(&shop, &good, "fix", "b.txt", "b\n").await;
    forge.fail("git receive-pack */git-receive-pack", Fault::StatusAfter(502), 1);
    let unsure = git(clone.path(), &good, &["push", "origin", "fix"]).await;
    assert!(!unsure.status.success());
    assert_eq!(shop.text("fix", "b.txt").as_deref(), Some("b\n"));
    assert_eq!(forge.struck("git receive-pack */git-receive-pack"), 1);
}
