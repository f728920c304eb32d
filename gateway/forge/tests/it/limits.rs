//! REQ-DELIVER-17: limits are respected, and what is unchanged costs nothing.

use crate::stage::{opened, section, stage_with};
use forge_sim::Fault;
use gateway_delivery::{Attempt, Order, Outcome, Refusal};
use gateway_forge::{ForgeFault, ForgeSettings};
use jiff::SignedDuration;
use std::time::Duration;

fn edit(text: &str) -> Order {
    Order::EditBody { number: 1, section: section(text) }
}

#[tokio::test]
async fn nothing_is_asked_before_the_time_that_the_forge_names() {
    let stage = opened().await;
    stage.sim.fail("PATCH *", Fault::RetryAfter(60), 1);
    let began = stage.now();
    let Outcome::Refused(Refusal::RateLimited { until }) = stage.first(&edit("New.")).await else {
        panic!("not limited")
    };
    let away = until.duration_since(began);
    assert!(away >= SignedDuration::from_secs(60) && away < SignedDuration::from_secs(90), "{away}");
    stage.sim.forget_seen();
    assert_eq!(stage.first(&edit("New.")).await, Outcome::Refused(Refusal::RateLimited { until }));
    assert_eq!(stage.try_look().await, Err(ForgeFault::Refused(Refusal::RateLimited { until })));
    // A token of the app itself has limits of its own.
    let asked = stage.sim.seen().iter().filter(|seen| seen.who.starts_with("installation")).count();
    assert_eq!(asked, 0);
    stage.sim.skip(Duration::from_secs(90));
    assert_eq!(stage.carry(&edit("New."), Attempt::Again).await, Outcome::Done);
}

#[tokio::test]
async fn an_hour_that_is_used_up_is_waited_for() {
    let stage = opened().await;
    stage.sim.fail("PATCH *", Fault::Exhausted, 1);
    let Outcome::Refused(Refusal::RateLimited { until }) = stage.first(&edit("New.")).await else {
        panic!("not limited")
    };
    assert!(until > stage.now());
    stage.sim.forget_seen();
    assert_eq!(stage.first(&edit("New.")).await, Outcome::Refused(Refusal::RateLimited { until }));
    assert_eq!(stage.sim.seen().len(), 0);
    stage.sim.skip(Duration::from_secs(3_700));
    assert_eq!(stage.carry(&edit("New."), Attempt::Again).await, Outcome::Done);
}

#[tokio::test]
async fn graphql_says_with_200_that_its_hour_is_used_up() {
    let stage = opened().await;
    let order = Order::Ready { number: 1, head: stage.head.clone() };
    stage.sim.fail("graphql *", Fault::Exhausted, 1);
    assert!(matches!(stage.first(&order).await, Outcome::Refused(Refusal::RateLimited { .. })));
    stage.sim.forget_seen();
    assert!(matches!(stage.first(&order).await, Outcome::Refused(Refusal::RateLimited { .. })));
    assert_eq!(stage.sim.count("graphql *"), 0);
    assert_eq!(stage.first(&edit("New.")).await, Outcome::Done, "REST has its own hour");
    stage.sim.skip(Duration::from_secs(3_700));
    assert_eq!(stage.carry(&order, Attempt::Again).await, Outcome::Done);
}

#[tokio::test]
async fn a_second_look_costs_nothing() {
    let stage = opened().await;
    stage.look().await;
    stage.look().await;
    stage.sim.forget_seen();
    let before = stage.forge.figures();
    let looked = stage.look().await;
    assert_eq!(looked.seen.mergeable, Some(true));
    let seen = stage.sim.seen();
    assert!(!seen.is_empty() && seen.iter().all(|one| !one.counted && one.status == 304), "{seen:#?}");
    let after = stage.forge.figures();
    assert_eq!(after.asked - before.asked, after.unchanged - before.unchanged);
    stage.shop.comment("ann", 1, "hello").unwrap();
    assert_eq!(stage.look().await.seen.comments.len(), 1, "and what is new is seen");
}

#[tokio::test]
async fn writes_are_a_pause_apart() {
    let pause = Duration::from_millis(400);
    let stage = stage_with(|settings| ForgeSettings { write_pause: pause, ..settings }).await;
    stage.first(&crate::stage::open_order()).await;
    let began = tokio::time::Instant::now();
    let (one, two) = (edit("One."), edit("Two."));
    tokio::join!(stage.first(&one), stage.first(&two));
    assert!(began.elapsed() >= pause, "{:?}", began.elapsed());
}
