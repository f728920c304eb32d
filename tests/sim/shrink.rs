//! Runs a plan; and when a promise breaks, finds a short plan that still breaks it.

use crate::plan::Plan;
use crate::trace::Trace;
use crate::witness::Broken;
use crate::world::{Sabotage, World};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Runs that shrinking may take. What is left then is short enough to read.
const ATTEMPTS: usize = 600;

pub struct Failure {
    pub plan: Plan,
    pub broken: Broken,
    pub from_steps: usize,
    pub trace: Vec<String>,
}

pub fn run(plan: &Plan, sabotage: Sabotage) -> (Result<(), Broken>, BTreeMap<&'static str, u64>) {
    let (result, _, counts) = World::new(plan, sabotage, Trace::default()).run();
    (result, counts)
}

/// Takes out ever smaller parts of the plan, as long as the same promise breaks.
pub fn shrink(plan: &Plan, sabotage: Sabotage, broken: &Broken) -> Failure {
    let mut best = plan.clone();
    let mut attempts = 0;
    let mut part = best.steps.len().div_ceil(2);
    while part > 0 && attempts < ATTEMPTS {
        let mut from = 0;
        let mut shorter = false;
        while from < best.steps.len() {
            let mut candidate = best.clone();
            candidate.steps.drain(from..(from + part).min(candidate.steps.len()));
            attempts += 1;
            if breaks(&candidate, sabotage, broken.promise) {
                (best, shorter) = (candidate, true);
            } else {
                from += part;
            }
        }
        part = if shorter && part == 1 { 1 } else { part / 2 };
    }
    let (result, trace, _) = World::new(&best, sabotage, Trace::wanted()).run();
    let broken = result.err().unwrap_or_else(|| broken.clone());
    Failure { from_steps: plan.steps.len(), plan: best, broken, trace: trace.into_lines() }
}

fn breaks(plan: &Plan, sabotage: Sabotage, promise: &str) -> bool {
    run(plan, sabotage).0.is_err_and(|broken| broken.promise == promise)
}

impl Failure {
    pub fn report(&self) -> String {
        let Self { plan, broken, from_steps, trace } = self;
        let mut text = String::new();
        let _ = writeln!(text, "{} is broken: {}", broken.promise, broken.how);
        let (seed, left) = (plan.seed, plan.steps.len());
        let _ = writeln!(
            text,
            "seed {seed} ({left} of its {from_steps} steps are enough); again: make sim SEED={seed} SEEDS=1"
        );
        for line in trace {
            let _ = writeln!(text, "{line}");
        }
        text
    }
}
