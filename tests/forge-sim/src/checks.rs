//! Check suites and runs, runs of Actions with their jobs, and statuses.

use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// Actions is an app as well; this is its id at GitHub.
pub(crate) const ACTIONS: u64 = 15368;

#[derive(Default)]
pub(crate) struct Checks {
    pub(crate) suites: BTreeMap<u64, Suite>,
    pub(crate) runs: BTreeMap<u64, CheckRun>,
    pub(crate) workflows: BTreeMap<u64, WorkflowRun>,
}

pub(crate) struct Suite {
    pub(crate) id: u64,
    pub(crate) app: u64,
    pub(crate) sha: String,
    pub(crate) branch: String,
    pub(crate) created: Timestamp,
}

#[derive(Clone)]
pub(crate) struct CheckRun {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) app: u64,
    pub(crate) name: String,
    pub(crate) sha: String,
    /// queued, in_progress, completed, waiting, requested, pending.
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    pub(crate) external_id: String,
    pub(crate) details_url: Option<String>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) output: Output,
    pub(crate) actions: Value,
    /// The run of Actions whose job this is. The job has the check run's id.
    pub(crate) workflow: Option<u64>,
    pub(crate) attempt: u64,
    pub(crate) log: String,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Default)]
pub(crate) struct Output {
    pub(crate) title: Option<String>,
    pub(crate) summary: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) annotations: Vec<Value>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub conclusion: String,
}

pub(crate) struct WorkflowRun {
    pub(crate) id: u64,
    pub(crate) suite: u64,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) sha: String,
    pub(crate) branch: String,
    pub(crate) attempt: u64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

pub(crate) struct CommitStatus {
    pub(crate) id: u64,
    pub(crate) sha: String,
    pub(crate) context: String,
    pub(crate) state: String,
    pub(crate) description: Option<String>,
    pub(crate) target_url: Option<String>,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

impl CheckRun {
    pub(crate) fn passed(&self) -> bool {
        matches!(self.conclusion.as_deref(), Some("success" | "neutral" | "skipped"))
    }
}

impl Checks {
    /// Runs of a commit; `latest` leaves out those that a later one of the same app and name replaced.
    pub(crate) fn of(&self, sha: &str, latest: bool) -> Vec<&CheckRun> {
        let of_commit: Vec<&CheckRun> = self.runs.values().filter(|run| run.sha == sha).collect();
        let replaced = |run: &CheckRun| {
            let later =
                |other: &&&CheckRun| other.app == run.app && other.name == run.name && other.id > run.id;
            of_commit.iter().any(|other| later(&other))
        };
        of_commit.iter().filter(|run| !latest || !replaced(run)).copied().collect()
    }

    /// Jobs of a run of Actions in its latest attempt.
    pub(crate) fn jobs(&self, workflow: u64) -> Vec<&CheckRun> {
        let jobs: Vec<&CheckRun> = self.runs.values().filter(|run| run.workflow == Some(workflow)).collect();
        let replaced = |run: &CheckRun| jobs.iter().any(|other| other.name == run.name && other.id > run.id);
        jobs.iter().filter(|run| !replaced(run)).copied().collect()
    }

    /// Status and conclusion of many runs together.
    pub(crate) fn together(runs: &[&CheckRun]) -> (&'static str, Option<&'static str>) {
        if runs.iter().any(|run| run.status == "in_progress") {
            return ("in_progress", None);
        }
        if runs.is_empty() || runs.iter().any(|run| run.status != "completed") {
            let waits = runs.iter().any(|run| run.status == "waiting");
            return (if waits { "waiting" } else { "queued" }, None);
        }
        let any = |what: &str| runs.iter().any(|run| run.conclusion.as_deref() == Some(what));
        let worst = ["action_required", "startup_failure", "timed_out", "failure", "cancelled"];
        let verdict = worst.into_iter().find(|what| any(what)).unwrap_or("success");
        ("completed", Some(verdict))
    }
}
