//! REQ-DELIVER-11, REQ-DELIVER-15: merged only by the forge's own gate, and only the commit that was judged.

use crate::stage::{BRANCH, Stage, opened};
use forge_sim::Rule;
use gateway_delivery::{Attempt, Order, Outcome, Refusal};

fn merge(stage: &Stage) -> Order {
    Order::Merge { number: 1, head: stage.head.clone() }
}

#[tokio::test]
async fn auto_merge_waits_for_the_rules_and_can_be_taken_back() {
    let stage = opened().await;
    stage.shop.ready("ann", 1);
    stage.shop.allow_auto_merge(true);
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    assert_eq!(stage.carry(&merge(&stage), Attempt::OnlyLook).await, Outcome::NotDone);
    assert_eq!(stage.first(&merge(&stage)).await, Outcome::Done);
    assert!(stage.pull().auto_merge && !stage.pull().merged);
    assert_eq!(stage.carry(&merge(&stage), Attempt::OnlyLook).await, Outcome::Done);
    let cancel = Order::CancelMerge { number: 1 };
    assert_eq!(stage.carry(&cancel, Attempt::OnlyLook).await, Outcome::NotDone);
    assert_eq!(stage.first(&cancel).await, Outcome::Done);
    assert!(!stage.pull().auto_merge);
    assert_eq!(stage.first(&merge(&stage)).await, Outcome::Done);
    stage.shop.status(&stage.head, "test", "success");
    assert!(stage.pull().merged);
    assert_eq!(stage.carry(&cancel, Attempt::Again).await, Outcome::Done);
}

#[tokio::test]
async fn where_nothing_is_left_to_wait_for_it_is_merged_at_once() {
    let stage = opened().await;
    stage.shop.ready("ann", 1);
    stage.shop.allow_auto_merge(true);
    assert_eq!(stage.first(&merge(&stage)).await, Outcome::Done);
    assert!(stage.pull().merged);
    assert_eq!(stage.carry(&merge(&stage), Attempt::Again).await, Outcome::Done);
}

#[tokio::test]
async fn a_rule_that_forbids_it_is_named() {
    let stage = opened().await;
    stage.shop.ready("ann", 1);
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    let rule = "Required status check \"test\" is expected".to_owned();
    assert_eq!(stage.first(&merge(&stage)).await, Outcome::Refused(Refusal::Ruleset { rule }));
    assert!(!stage.pull().merged);
}

#[tokio::test]
async fn a_branch_that_moved_is_neither_made_ready_nor_merged_nor_removed() {
    let stage = opened().await;
    let tip = stage.shop.push("ann", BRANCH, &[("x", Some("x"))], "Mine\n").unwrap();
    let moved = Outcome::Moved { head: Some(tip), by: Vec::new(), commits: 0 };
    let ready = Order::Ready { number: 1, head: stage.head.clone() };
    let remove = Order::RemoveBranch { branch: BRANCH.to_owned(), commit: stage.head.clone() };
    for order in [&ready, &merge(&stage), &remove] {
        for attempt in [Attempt::First, Attempt::Again, Attempt::OnlyLook] {
            assert_eq!(stage.carry(order, attempt).await, moved, "{order:?}");
        }
    }
    assert!(stage.pull().draft && stage.shop.tip(BRANCH).is_some());
}

#[tokio::test]
async fn a_closed_one_is_gone_and_a_draft_is_not_merged() {
    let stage = opened().await;
    assert!(matches!(stage.first(&merge(&stage)).await, Outcome::Refused(Refusal::Other { .. })));
    stage.shop.close("ann", 1).unwrap();
    let gone = Outcome::Refused(Refusal::Gone { what: "The pull request #1".to_owned() });
    let ready = Order::Ready { number: 1, head: stage.head.clone() };
    assert_eq!(stage.first(&ready).await, gone);
    assert_eq!(stage.first(&merge(&stage)).await, gone);
    let absent = Order::BackToDraft { number: 99 };
    assert_eq!(
        stage.first(&absent).await,
        Outcome::Refused(Refusal::Gone { what: "The pull request #99".to_owned() })
    );
}
