//! REQ-DELIVER-01, REQ-DELIVER-11: from a branch to a merged pull request.

use crate::stage::{BRANCH, open_order, opened, section, stage_with};
use forge_sim::{CiRule, Rule};
use gateway_delivery::{Attempt, CheckState, Order, Outcome, PullRequestState, ReportState, ReviewVerdict};

#[tokio::test]
async fn a_draft_is_opened_made_ready_reviewed_and_merged() {
    let stage = opened().await;
    let pull = stage.pull();
    assert!(pull.draft && pull.body == section("Measured."), "{pull:?}");
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    let looked = stage.look().await;
    assert_eq!((looked.seen.head.as_str(), looked.seen.draft), (stage.head.as_str(), true));
    assert_eq!(
        (looked.seen.required.as_slice(), looked.seen.checks.len()),
        (["test".to_owned()].as_slice(), 0)
    );

    stage.shop.check_run(&stage.head, "test", "completed", Some("success"));
    let looked = stage.look().await;
    assert_eq!(looked.seen.checks[0].state, CheckState::Passed);
    assert_eq!(looked.seen.mergeable, Some(true));

    let report = Order::Report {
        head: stage.head.clone(),
        external_id: "HB-20261201-k3f9 tree".to_owned(),
        state: ReportState::Success,
        title: "All gates hold".to_owned(),
        summary: "Measured and judged.".to_owned(),
    };
    assert_eq!(stage.first(&report).await, Outcome::Done);
    let ready = Order::Ready { number: 1, head: stage.head.clone() };
    assert_eq!(stage.first(&ready).await, Outcome::Done);
    assert!(!stage.pull().draft);
    let ask = Order::AskReviewers { number: 1, reviewers: vec!["ann".to_owned()] };
    assert_eq!(stage.first(&ask).await, Outcome::Done);
    assert_eq!(stage.pull().reviewers, ["ann"]);
    stage.shop.review("ann", 1, "APPROVED", "Fine.").unwrap();
    let review = stage.look().await.seen.reviews.remove(0);
    assert!(review.may_write && !review.bot && review.verdict == ReviewVerdict::Approved, "{review:?}");
    assert_eq!((review.by.as_str(), review.commit.as_str()), ("ann", stage.head.as_str()));

    let merge = Order::Merge { number: 1, head: stage.head.clone() };
    assert_eq!(stage.first(&merge).await, Outcome::Done);
    let looked = stage.look().await;
    assert_eq!(looked.seen.state, PullRequestState::Merged);
    assert_eq!(looked.seen.ended_by.as_deref(), Some("hubble[bot]"));
    let remove = Order::RemoveBranch { branch: BRANCH.to_owned(), commit: stage.head.clone() };
    assert_eq!(stage.first(&remove).await, Outcome::Done);
    assert_eq!(stage.shop.tip(BRANCH), None);
}

#[tokio::test]
async fn a_body_takes_our_part_and_keeps_what_people_wrote() {
    // REQ-DELIVER-13
    let stage = opened().await;
    let order = |text: &str| Order::EditBody { number: 1, section: section(text) };
    assert_eq!(stage.first(&order("Measured.")).await, Outcome::Done);
    assert_eq!(stage.sim.count("PATCH *"), 0, "nothing to change is nothing to write");
    assert_eq!(stage.first(&order("Measured again.")).await, Outcome::Done);
    assert_eq!(stage.pull().body, section("Measured again."));
    let unmarked = Order::EditBody { number: 1, section: "no marker".to_owned() };
    assert!(matches!(stage.first(&unmarked).await, Outcome::Refused(_)));
}

#[tokio::test]
async fn a_label_is_set_where_one_is_wanted() {
    let stage = stage_with(|settings| gateway_forge::ForgeSettings {
        label: Some("by-agents".to_owned()),
        ..settings
    })
    .await;
    stage.first(&open_order()).await;
    assert_eq!(stage.pull().labels, ["by-agents"]);
}

#[tokio::test]
async fn a_ready_one_goes_back_to_a_draft() {
    let stage = opened().await;
    stage.shop.ready("ann", 1);
    let back = Order::BackToDraft { number: 1 };
    assert_eq!(stage.carry(&back, Attempt::OnlyLook).await, Outcome::NotDone);
    assert_eq!(stage.first(&back).await, Outcome::Done);
    assert!(stage.pull().draft);
    assert_eq!(stage.carry(&back, Attempt::OnlyLook).await, Outcome::Done);
}

#[tokio::test]
async fn who_has_no_access_is_named_and_the_others_are_asked() {
    // REQ-DELIVER-11
    let stage = opened().await;
    let reviewers = ["@ann", "stranger", "@acme/identity", "hubble[bot]"].map(str::to_owned).to_vec();
    let carried = stage.noted(&Order::AskReviewers { number: 1, reviewers }).await;
    assert_eq!(carried.outcome, Outcome::Done);
    assert_eq!(carried.notes, ["stranger can't be asked for a review: no access to acme/shop."]);
    assert_eq!(stage.pull().reviewers, ["ann"]);
    assert!(!carried.request_ids.is_empty());
}

#[tokio::test]
async fn a_report_is_found_again_and_changed_in_place() {
    // REQ-DELIVER-11
    let stage = opened().await;
    let order = |state: ReportState, title: &str| Order::Report {
        head: stage.head.clone(),
        external_id: "HB-20261201-k3f9 tree".to_owned(),
        state,
        title: title.to_owned(),
        summary: String::new(),
    };
    let steps = [
        (ReportState::InProgress, "Measuring", "in_progress", None),
        (ReportState::ActionRequired, "A person is asked", "completed", Some("action_required")),
        (ReportState::Success, "All gates hold", "completed", Some("success")),
    ];
    for (state, title, status, conclusion) in steps {
        assert_eq!(stage.first(&order(state, title)).await, Outcome::Done);
        let shown = ("hubble / delivery".to_owned(), status.to_owned(), conclusion.map(str::to_owned));
        assert_eq!(stage.shop.checks(&stage.head), [shown]);
    }
    let writes = stage.sim.count("PATCH /repos/*/check-runs/*");
    assert_eq!(
        stage.carry(&order(ReportState::Success, "All gates hold"), Attempt::OnlyLook).await,
        Outcome::Done
    );
    assert_eq!(stage.carry(&order(ReportState::Success, "Other"), Attempt::OnlyLook).await, Outcome::NotDone);
    assert_eq!(
        (stage.sim.count("POST /repos/*/check-runs"), stage.sim.count("PATCH /repos/*/check-runs/*")),
        (1, writes)
    );
}

#[tokio::test]
async fn comments_are_answered_where_they_stand_and_once() {
    // REQ-DELIVER-12
    let stage = opened().await;
    let line = stage.shop.line_comment("ann", 1, "src/cart.js", 1, "Why 2?").unwrap();
    let answer = stage.shop.reply("ann", 1, line, "And why now?").unwrap();
    let talk = stage.shop.comment("ann", 1, "Please fix.").unwrap();
    let order = |comment: Option<u64>, marker: &str| Order::Reply {
        number: 1,
        comment,
        marker: format!("<!-- hubble {marker} -->"),
        text: format!("Addressed.\n<!-- hubble {marker} -->"),
    };
    for (comment, marker) in [(Some(line), "a"), (Some(answer), "b"), (Some(talk), "c"), (None, "d")] {
        let order = order(comment, marker);
        assert_eq!(stage.carry(&order, Attempt::OnlyLook).await, Outcome::NotDone, "{marker}");
        assert_eq!(stage.first(&order).await, Outcome::Done, "{marker}");
        assert_eq!(stage.carry(&order, Attempt::Again).await, Outcome::Done, "{marker}");
    }
    let ours = |all: &[(String, String)]| all.iter().filter(|(by, _)| by == "hubble[bot]").count();
    let pull = stage.pull();
    assert_eq!((ours(&pull.line_comments), ours(&pull.comments)), (2, 2));
    // Who quotes the marker is not us.
    stage.shop.comment("ann", 1, "> <!-- hubble e -->").unwrap();
    assert_eq!(stage.carry(&order(None, "e"), Attempt::OnlyLook).await, Outcome::NotDone);
}

#[tokio::test]
async fn failed_jobs_run_once_more() {
    // REQ-DELIVER-09
    let stage = opened().await;
    stage.shop.ci(CiRule::passes_if("flaky", |tree| tree.attempt > 1));
    let head = stage.shop.push("hubble[bot]", BRANCH, &[("x", Some("x"))], "x\n").unwrap();
    stage.shop.ci_settle();
    let run = stage.look().await.seen.checks[0].run_id.unwrap();
    let order = Order::Rerun { head: head.clone(), runs: vec![run] };
    assert_eq!(stage.carry(&order, Attempt::OnlyLook).await, Outcome::NotDone);
    assert_eq!(stage.first(&order).await, Outcome::Done);
    assert_eq!(stage.carry(&order, Attempt::Again).await, Outcome::Done);
    stage.shop.ci_settle();
    assert_eq!(stage.look().await.seen.checks[0].state, CheckState::Passed);
    assert_eq!(stage.carry(&order, Attempt::OnlyLook).await, Outcome::Done);
    assert_eq!(stage.sim.count("POST */rerun-failed-jobs"), 1);
    let stale = Order::Rerun { head: stage.head.clone(), runs: vec![run] };
    assert_eq!(stage.first(&stale).await, Outcome::Done, "a run of another commit is left alone");
    assert_eq!(stage.sim.count("POST */rerun-failed-jobs"), 1);
}
