//! What the packs and their engine promise, part by part.

mod built_in;
mod engine_limits;
mod own_packs;
mod pack_tests;
mod properties;
mod speed;

use crate::tables::sample;
use crate::{Limits, Pack, PackFault, Unjudged};
use gateway_delivery::{Decision, Facts};
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;

/// Where others use the machine as well, the clock of the wall says nothing about the rules.
const LIMITS: Limits = Limits { time: Duration::from_secs(120) };

fn pack() -> Pack {
    Pack::built_in(LIMITS).unwrap()
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn with(files: &[(&str, &str)]) -> Result<Pack, PackFault> {
    Pack::with(folder(files).path(), LIMITS)
}

/// With these lines in `package delivery`.
fn with_rules(rules: &str) -> Pack {
    with(&[("own.rego", &in_package(rules))]).unwrap()
}

fn in_package(rules: &str) -> String {
    format!("package delivery\n\nimport data.delivery.lib\n\n{rules}\n")
}

fn facts(of: impl FnOnce(&mut Value)) -> Facts {
    let mut facts = sample();
    of(&mut facts);
    serde_json::from_value(facts).unwrap()
}

fn small_fix() -> Facts {
    facts(|_| {})
}

fn file(path: &str) -> Value {
    let mut file = sample()["change"]["files"][0].clone();
    file["path"] = path.into();
    file
}

fn denied(decision: &Result<Decision, Unjudged>) -> Vec<&str> {
    decision.as_ref().unwrap().deny.iter().map(|finding| finding.rule.as_str()).collect()
}
