//! What rules are asked with: measured facts, under a schema number, and nothing that an agent says.

use crate::MeasuredChange;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pack that doesn't know this number denies.
pub const SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub schema: u32,
    pub stage: Stage,
    pub run: RunFacts,
    pub repo: RepositoryFacts,
    /// `None` at the stage `plan`, when there is nothing yet.
    pub change: Option<MeasuredChange>,
    /// By the check's name.
    pub checks: BTreeMap<String, CheckFact>,
    /// By path: who owns it (CODEOWNERS of the base branch). A path without owners has an empty list.
    pub owners: BTreeMap<String, Vec<String>>,
    /// By what is counted: `tokens`, `cost_cents`, `seconds`, `fixes`.
    pub budget: BTreeMap<String, Spent>,
    /// How it was at the last push, for "no weaker judge".
    pub previous: Option<PreviousFacts>,
}

/// When rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Plan,
    Push,
    Ready,
    Merge,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFacts {
    /// `HB-20261128-k3f9`
    pub id: String,
    /// `small_bugfix`, `feature`, …
    pub kind: String,
    /// What the person who asked allowed besides: `dependencies`, …
    pub permits: Vec<String>,
    pub requested_by: String,
    /// 1 for the first push, one more for each after it.
    pub round: u32,
    /// Paths that the plan names, at the stage `plan`.
    pub planned_paths: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// `owner/name`
    pub name: String,
    pub base: String,
    pub default_branch: String,
    pub private: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckFact {
    Passed,
    Failed,
    /// It didn't come to a result.
    Unclear,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    pub used: u64,
    /// 0 is no limit.
    pub max: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousFacts {
    /// Names of the checks that CI had for the earlier head.
    pub checks: Vec<String>,
    /// Test lines that the earlier change added, less those that it took away.
    pub test_lines: i64,
}
