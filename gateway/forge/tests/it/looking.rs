//! REQ-DELIVER-09, REQ-DELIVER-11, REQ-DELIVER-12, REQ-DELIVER-15: what a look sees.

use crate::stage::{BRANCH, opened};
use forge_sim::{CiRule, Rule};
use gateway_delivery::Refusal;
use gateway_delivery::{CheckState, PullRequestState, ReviewVerdict};
use gateway_forge::ForgeFault;

#[tokio::test]
async fn checks_and_statuses_of_the_head_and_of_the_base_are_seen() {
    let stage = opened().await;
    let main = stage.shop.tip("main").unwrap();
    stage.shop.check_run(&main, "lint", "completed", Some("failure"));
    stage.shop.status(&main, "ci/old", "success");
    stage.shop.ci(CiRule::passes("test"));
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned(), "ci/old".to_owned()]));
    let head = stage.shop.push("hubble[bot]", BRANCH, &[("x", Some("x"))], "x\n").unwrap();
    assert!(stage.look().await.seen.checks.is_empty(), "none is not green");
    stage.shop.ci_settle();
    stage.shop.check_run(&head, "lint", "completed", Some("failure"));
    stage.shop.status(&head, "ci/old", "pending");
    let seen = stage.look().await.seen;
    let states: Vec<(&str, CheckState)> =
        seen.checks.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(
        states,
        [("test", CheckState::Passed), ("lint", CheckState::Failed), ("ci/old", CheckState::Pending)]
    );
    assert!(seen.checks[0].run_id.is_some() && seen.checks[0].completed_at.is_some(), "{:?}", seen.checks[0]);
    let base: Vec<&str> = seen.base_checks.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(base, ["lint", "ci/old"]);
    assert_eq!((seen.head, seen.base_head), (head, main));
    stage.sim.skip(std::time::Duration::from_secs(700));
    assert_eq!(stage.look().await.seen.required, ["ci/old", "test"]);
}

#[tokio::test]
async fn people_are_told_from_bots_and_from_those_who_only_read() {
    let stage = opened().await;
    stage.shop.comment("ann", 1, "from ann").unwrap();
    stage.shop.comment("rita", 1, "from rita").unwrap();
    stage.shop.comment("stranger", 1, "from a stranger").unwrap();
    stage.shop.comment("hubble[bot]", 1, "from us").unwrap();
    let line = stage.shop.line_comment("ann", 1, "src/cart.js", 1, "Why?").unwrap();
    stage.shop.reply("ann", 1, line, "Well?").unwrap();
    stage.shop.review("rita", 1, "APPROVED", "ok").unwrap();
    stage.shop.review("ann", 1, "CHANGES_REQUESTED", "no").unwrap();
    let seen = stage.look().await.seen;
    let heard: Vec<(&str, bool, bool)> =
        seen.comments.iter().map(|one| (one.by.as_str(), one.may_write, one.bot)).collect();
    let expected = [
        ("ann", true, false),
        ("rita", false, false),
        ("stranger", false, false),
        ("hubble[bot]", false, true),
        ("ann", true, false),
        ("ann", true, false),
    ];
    assert_eq!(heard, expected);
    let asked = &seen.comments[4];
    assert_eq!((asked.path.as_deref(), asked.line, asked.id), (Some("src/cart.js"), Some(1), line));
    assert_eq!(seen.comments[5].in_reply_to, Some(line));
    let verdicts: Vec<(&str, ReviewVerdict, bool)> = seen
        .reviews
        .iter()
        .filter(|one| one.verdict != ReviewVerdict::Commented)
        .map(|one| (one.by.as_str(), one.verdict, one.may_write))
        .collect();
    assert_eq!(
        verdicts,
        [("rita", ReviewVerdict::Approved, false), ("ann", ReviewVerdict::ChangesRequested, true)]
    );
}

#[tokio::test]
async fn more_than_a_page_of_comments_is_read() {
    let stage = opened().await;
    for number in 0..101 {
        stage.shop.comment("ann", 1, &format!("number {number}")).unwrap();
    }
    let comments = stage.look().await.seen.comments;
    assert_eq!((comments.len(), comments[100].text.as_str()), (101, "number 100"));
}

#[tokio::test]
async fn commits_of_others_owners_and_the_stop_label_are_seen() {
    let stage = opened().await;
    let looked = stage.look().await;
    assert_eq!((looked.others.len(), looked.others_commits, looked.stop_label), (0, 0, false));
    assert_eq!(looked.owners, ["acme/identity", "ann"]);
    stage.shop.push("ann", BRANCH, &[("README.md", Some("hello\n"))], "Mine\n").unwrap();
    stage.shop.label("ann", 1, "hubble:stop");
    let looked = stage.look().await;
    assert_eq!((looked.others.as_slice(), looked.others_commits), (["ann".to_owned()].as_slice(), 1));
    assert!(looked.stop_label);
}

#[tokio::test]
async fn who_closed_or_merged_it_is_said() {
    let stage = opened().await;
    stage.shop.close("ann", 1).unwrap();
    let seen = stage.look().await.seen;
    assert_eq!((seen.state, seen.ended_by.as_deref()), (PullRequestState::Closed, Some("ann")));
    stage.shop.reopen("ann", 1).unwrap();
    stage.shop.ready("ann", 1);
    stage.shop.merge("ann", 1).unwrap();
    let seen = stage.look().await.seen;
    assert_eq!((seen.state, seen.ended_by.as_deref()), (PullRequestState::Merged, Some("ann")));
}

#[tokio::test]
async fn one_that_is_not_there_is_gone() {
    let stage = opened().await;
    let fault = stage.forge.look(&stage.repo, 7, &[], stage.now()).await.unwrap_err();
    assert_eq!(fault, ForgeFault::Refused(Refusal::Gone { what: "The pull request #7".to_owned() }));
    assert_eq!(fault.to_string(), "The pull request #7 is gone.");
}
