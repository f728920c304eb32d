//! REQ-DELIVER-01, REQ-DELIVER-15: whatever becomes of an answer, nothing is done twice and nothing is believed done.

use crate::stage::{BRANCH, Stage, open_order, opened, section, stage_with};
use forge_sim::{CiRule, Fault, Rule};
use gateway_delivery::{Attempt, Order, Outcome, ReportState};
use gateway_forge::ForgeSettings;
use std::time::Duration;
use tokio::task::JoinSet;

#[derive(Clone, Copy)]
struct Case {
    name: &'static str,
    /// The request that does it.
    write: &'static str,
    prepare: fn(&Stage) -> Order,
    is_done: fn(&Stage) -> bool,
}

fn opening(_: &Stage) -> Order {
    open_order()
}

fn editing(_: &Stage) -> Order {
    Order::EditBody { number: 1, section: section("New.") }
}

fn ready(stage: &Stage) -> Order {
    Order::Ready { number: 1, head: stage.head.clone() }
}

fn back(stage: &Stage) -> Order {
    stage.shop.ready("ann", 1);
    Order::BackToDraft { number: 1 }
}

fn asking(_: &Stage) -> Order {
    Order::AskReviewers { number: 1, reviewers: vec!["ann".to_owned()] }
}

fn reporting(stage: &Stage) -> Order {
    Order::Report {
        head: stage.head.clone(),
        external_id: "x".to_owned(),
        state: ReportState::Success,
        title: "Fine".to_owned(),
        summary: "Fine.".to_owned(),
    }
}

fn replying(_: &Stage) -> Order {
    Order::Reply {
        number: 1,
        comment: None,
        marker: "<!-- m -->".to_owned(),
        text: "Done. <!-- m -->".to_owned(),
    }
}

fn rerunning(stage: &Stage) -> Order {
    stage.shop.ci(CiRule::passes_if("flaky", |tree| tree.attempt > 1));
    let head = stage.shop.push("hubble[bot]", BRANCH, &[("x", Some("x"))], "x\n").unwrap();
    stage.shop.ci_settle();
    // Which run it is, the next look tells.
    Order::Rerun { head, runs: vec![] }
}

fn merging(stage: &Stage) -> Order {
    stage.shop.ready("ann", 1);
    Order::Merge { number: 1, head: stage.head.clone() }
}

fn auto_merging(stage: &Stage) -> Order {
    stage.shop.allow_auto_merge(true);
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    merging(stage)
}

fn removing(stage: &Stage) -> Order {
    stage.shop.close("ann", 1).unwrap();
    Order::RemoveBranch { branch: BRANCH.to_owned(), commit: stage.head.clone() }
}

fn has_comment(stage: &Stage) -> bool {
    stage.pull().comments.len() == 1
}

fn case(
    name: &'static str,
    write: &'static str,
    prepare: fn(&Stage) -> Order,
    is_done: fn(&Stage) -> bool,
) -> Case {
    Case { name, write, prepare, is_done }
}

fn cases() -> Vec<Case> {
    vec![
        case("open", "POST /repos/*/pulls", opening, |stage| stage.shop.pulls().len() == 1),
        case("edit", "PATCH /repos/*/pulls/*", editing, |stage| stage.pull().body.contains("New.")),
        case("ready", "graphql markPullRequestReadyForReview", ready, |stage| !stage.pull().draft),
        case("draft", "graphql convertPullRequestToDraft", back, |stage| stage.pull().draft),
        case("reviewers", "POST */requested_reviewers", asking, |stage| stage.pull().reviewers == ["ann"]),
        case("report", "POST /repos/*/check-runs", reporting, |stage| {
            stage.shop.checks(&stage.head).len() == 1
        }),
        case("reply", "POST /repos/*/issues/1/comments", replying, has_comment),
        case("rerun", "POST */rerun-failed-jobs", rerunning, |stage| {
            let tip = stage.shop.tip(BRANCH).unwrap();
            stage.shop.checks(&tip).iter().any(|(_, status, _)| status != "completed")
        }),
        case("merge", "PUT /repos/*/merge", merging, |stage| stage.pull().merged),
        case("auto-merge", "graphql enablePullRequestAutoMerge", auto_merging, |stage| {
            stage.pull().auto_merge
        }),
        case("remove", "DELETE /repos/*/git/refs/*", removing, |stage| stage.shop.tip(BRANCH).is_none()),
    ]
}

async fn prepared(case: Case) -> (Stage, Order) {
    let stage = stage_with(quick).await;
    if case.name != "open" {
        assert_eq!(stage.first(&open_order()).await, stage.opened_outcome());
    }
    let mut order = (case.prepare)(&stage);
    if let Order::Rerun { runs, .. } = &mut order {
        runs.extend(stage.look().await.seen.checks[0].run_id);
    }
    stage.sim.forget_seen();
    (stage, order)
}

fn quick(settings: ForgeSettings) -> ForgeSettings {
    ForgeSettings { patience: Duration::from_secs(3), ..settings }
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Done | Outcome::Opened { .. })
}

/// Each order meets the fault when it writes. What comes of it afterwards: done after it, or not.
async fn each_meets(fault: Fault, happens: bool) {
    let mut tasks = JoinSet::new();
    for case in cases() {
        let fault = fault.clone();
        tasks.spawn(async move { meets(case, fault, happens).await });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

async fn meets(case: Case, fault: Fault, happens: bool) {
    let name = case.name;
    let (stage, order) = prepared(case).await;
    stage.sim.fail(case.write, fault, 1);
    assert_eq!(stage.first(&order).await, Outcome::Unknown, "{name}");
    assert_eq!((case.is_done)(&stage), happens, "{name}");
    let writes = stage.sim.count(case.write);
    let looked = stage.carry(&order, Attempt::OnlyLook).await;
    assert_eq!(is_done(&looked), happens, "{name}: {looked:?}");
    assert_eq!(stage.sim.count(case.write), writes, "{name}: a look wrote");
    let again = stage.carry(&order, Attempt::Again).await;
    assert!(is_done(&again) && (case.is_done)(&stage), "{name}: {again:?}");
    let more = stage.sim.count(case.write) - writes;
    assert_eq!(more, usize::from(!happens), "{name}: written twice, or not at all");
}

#[tokio::test]
async fn a_write_that_happened_although_its_answer_is_502_is_found() {
    each_meets(Fault::StatusAfter(502), true).await;
}

#[tokio::test]
async fn a_write_that_did_not_happen_is_done_again() {
    each_meets(Fault::Status(500), false).await;
}

#[tokio::test]
async fn an_answer_that_never_comes_is_unknown_and_what_happened_is_found() {
    each_meets(Fault::TimeoutAfter, true).await;
}

#[tokio::test]
async fn a_request_that_never_arrives_is_unknown_and_done_again() {
    each_meets(Fault::TimeoutBefore, false).await;
}

#[tokio::test]
async fn graphql_that_breaks_while_it_works_is_unknown() {
    let stage = opened().await;
    let order = Order::Ready { number: 1, head: stage.head.clone() };
    stage.sim.fail("graphql mark*", Fault::GraphQl("Something went wrong while executing your query."), 1);
    assert_eq!(stage.first(&order).await, Outcome::Unknown);
    stage.sim.fail("graphql mark*", Fault::GraphQl("Pull request is closed"), 1);
    assert!(matches!(stage.carry(&order, Attempt::Again).await, Outcome::Refused(_)));
}

#[tokio::test]
async fn two_who_open_at_once_get_the_same_pull_request() {
    let stage = stage_with(quick).await;
    let order = open_order();
    let again = stage.carry(&order, Attempt::Again);
    let (one, two, three) = tokio::join!(stage.first(&order), stage.first(&order), again);
    let opened = stage.opened_outcome();
    assert_eq!((&one, &two, &three), (&opened, &opened, &opened));
    assert_eq!(stage.shop.pulls().len(), 1);
}

#[tokio::test]
async fn one_that_a_person_closed_is_not_opened_anew() {
    let stage = opened().await;
    stage.shop.close("ann", 1).unwrap();
    assert_eq!(stage.carry(&open_order(), Attempt::Again).await, stage.opened_outcome());
    assert_eq!(stage.shop.pulls().len(), 1);
}
