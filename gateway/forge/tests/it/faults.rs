//! REQ-DELIVER-15, REQ-DELIVER-17: access that is withdrawn, and a forge that is ill.

use crate::stage::{BRANCH, open_order, opened, section, stage};
use forge_sim::{Fault, Level};
use gateway_delivery::{Attempt, Order, Outcome, Refusal};
use gateway_forge::ForgeFault;

fn edit(text: &str) -> Order {
    Order::EditBody { number: 1, section: section(text) }
}

#[tokio::test]
async fn a_token_that_was_revoked_is_replaced() {
    let stage = opened().await;
    stage.sim.revoke_tokens(stage.installation);
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Done);
    stage.sim.revoke_tokens(stage.installation);
    assert_eq!(stage.look().await.seen.number, 1);
}

#[tokio::test]
async fn a_suspended_installation_has_lost_its_rights_until_it_is_back() {
    let stage = opened().await;
    stage.sim.suspend(stage.installation);
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Refused(Refusal::Revoked));
    assert_eq!(stage.try_look().await, Err(ForgeFault::Refused(Refusal::Revoked)));
    stage.sim.unsuspend(stage.installation);
    assert_eq!(stage.carry(&edit("Again."), Attempt::Again).await, Outcome::Done);
}

#[tokio::test]
async fn an_app_that_is_not_installed_says_where_it_can_be() {
    let stage = opened().await;
    stage.sim.uninstall(stage.installation);
    let settings = Some(format!("{}/apps/hubble/installations/new", stage.sim.url()));
    let refused = Refusal::NotInstalled { settings };
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Refused(refused.clone()));
    assert_eq!(stage.try_look().await, Err(ForgeFault::Refused(refused)));
}

#[tokio::test]
async fn a_right_that_is_missing_is_named_with_and_without_a_token() {
    let stage = opened().await;
    let right = || Refusal::RightMissing { right: "Pull requests: write".to_owned() };
    stage.sim.set_right(stage.installation, "pull_requests", Some(Level::Read));
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Refused(right()));
    let ready = Order::Ready { number: 1, head: stage.head.clone() };
    assert_eq!(stage.first(&ready).await, Outcome::Refused(right()));
    stage.forge.revoke_all(stage.now()).await;
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Refused(right()));
    stage.sim.set_right(stage.installation, "pull_requests", Some(Level::Write));
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Done);
}

#[tokio::test]
async fn a_repository_with_a_new_name_is_followed() {
    let stage = opened().await;
    stage.look().await;
    stage.shop.rename("store");
    assert_eq!(stage.look().await.seen.head, stage.head);
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Done);
    // A new token is asked for by the repository's id, which stays.
    stage.sim.revoke_tokens(stage.installation);
    let ready = Order::Ready { number: 1, head: stage.head.clone() };
    assert_eq!(stage.first(&ready).await, Outcome::Done);
    assert_eq!(stage.first(&Order::Merge { number: 1, head: stage.head.clone() }).await, Outcome::Done);
    let remove = Order::RemoveBranch { branch: BRANCH.to_owned(), commit: stage.head.clone() };
    assert_eq!(stage.first(&remove).await, Outcome::Done);
    assert!(stage.pull().merged && stage.shop.tip(BRANCH).is_none());
}

#[tokio::test]
async fn reads_are_tried_again_and_writes_are_not() {
    let stage = opened().await;
    stage.sim.fail("GET /repos/*/pulls/1", Fault::Status(502), 2);
    assert_eq!(stage.look().await.seen.number, 1);
    stage.sim.fail("GET /repos/*/pulls/1", Fault::Status(502), 3);
    assert!(matches!(stage.try_look().await, Err(ForgeFault::NoAnswer { .. })));
    stage.sim.fail("PATCH *", Fault::Status(502), 1);
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Unknown);
    assert_eq!(stage.sim.count("PATCH *"), 1);
}

#[tokio::test]
async fn an_answer_that_comes_late_is_an_answer() {
    let stage = opened().await;
    stage.sim.fail("GET *", Fault::Slow(std::time::Duration::from_millis(300)), 1);
    stage.sim.fail("PATCH *", Fault::Slow(std::time::Duration::from_millis(300)), 1);
    assert_eq!(stage.first(&edit("Again.")).await, Outcome::Done);
}

#[tokio::test]
async fn a_branch_that_is_not_there_and_one_without_commits_are_refused() {
    let stage = stage().await;
    let open = |branch: &str, base: &str| Order::OpenPull {
        branch: branch.to_owned(),
        base: base.to_owned(),
        title: "t".to_owned(),
        section: section("x"),
    };
    let gone = |what: &str| Outcome::Refused(Refusal::Gone { what: what.to_owned() });
    assert_eq!(stage.first(&open("absent", "main")).await, gone("The branch absent"));
    assert_eq!(stage.first(&open(BRANCH, "absent")).await, gone("The branch absent"));
    let main = stage.shop.tip("main").unwrap();
    stage.shop.force("ann", "same", &main).unwrap();
    let Outcome::Refused(Refusal::Other { why }) = stage.first(&open("same", "main")).await else {
        panic!("opened")
    };
    assert!(why.contains("No commits between main and same"), "{why}");
    stage.shop.allow_drafts(false);
    assert!(matches!(stage.first(&open_order()).await, Outcome::Refused(Refusal::Other { .. })));
    assert_eq!(stage.shop.pulls().len(), 0, "what can't be a draft isn't opened as anything else");
}
