//! Random lives of a delivery: whatever happens in whatever order, and wherever the gateway is killed, the promises D1 to
//! D12 hold. A failing run prints its seed; `DELIVERY_SEED=…` runs that one again, `DELIVERY_RUNS=…` runs more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a test may panic")]

mod chance;
mod planted;
mod promises;
mod shell;
mod truth;
mod world;

use gateway_delivery::DeliveryStage;
use std::collections::BTreeSet;

/// So many in `cargo test`.
const RUNS: u64 = 800;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn promises_hold_whatever_happens() {
    // REQ-DELIVER-01, 03, 10, 11, 15, 16, REQ-BUDGET-01 (D1 to D12)
    let seeds = match number("DELIVERY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("DELIVERY_RUNS").unwrap_or(RUNS),
    };
    let (mut reached, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for seed in seeds.clone() {
        let run = world::run(seed, None, false);
        if !run.broken.is_empty() {
            println!("{}", world::run(seed, None, true).trace.join("\n"));
            panic!("DELIVERY_SEED={seed}: {}", run.broken.join("\n"));
        }
        reached.extend(run.reached);
        ended.insert(run.ended);
    }
    if seeds.end - seeds.start >= RUNS {
        use DeliveryStage::{
            Approved, BudgetAsked, Closed, Fixing, Merged, Moved, NeedsPerson, PlanAsked, Refused, Shadowed,
            Stopped,
        };
        for stage in [PlanAsked, BudgetAsked, Fixing, NeedsPerson, Approved, Moved, Refused] {
            assert!(
                reached.contains(&stage),
                "no run of {} came to {stage}: this proves too little",
                seeds.end
            );
        }
        for stage in [Merged, Closed, Stopped, Shadowed] {
            assert!(ended.contains(&stage), "no run of {} ended as {stage}", seeds.end);
        }
        assert!(!ended.contains(&DeliveryStage::Failed), "nothing fails by itself");
    }
}

/// A simulator that can't fail proves nothing: each fault that is planted has to be found, by the promise that it breaks.
#[test]
fn planted_faults_are_found() {
    for planted in planted::ALL {
        let found = (0..200).find_map(|seed| {
            let run = world::run(seed, Some(planted), false);
            run.broken.first().map(|why| (seed, why.clone()))
        });
        let Some((seed, why)) = found else { panic!("nobody found {planted:?}") };
        println!("{planted:?}: seed {seed}: {why}");
        assert!(why.starts_with(planted.breaks()), "{planted:?} was found as {why}");
    }
}
