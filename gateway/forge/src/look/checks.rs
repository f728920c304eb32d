//! Check runs and statuses of a commit, and which of them the forge wants before a merge.

use crate::fault::ForgeFault;
use crate::repo_name::in_path;
use crate::shown::{CheckRunShown, StatusShown};
use crate::visit::Visit;
use gateway_delivery::{CheckSeen, CheckState, Refusal};
use serde_json::Value;

pub(crate) async fn check_runs_of(visit: &Visit<'_>, commit: &str) -> Result<Vec<CheckRunShown>, ForgeFault> {
    visit.list(&format!("/commits/{commit}/check-runs?filter=latest&per_page=100"), "check_runs").await
}

/// The newest of each context; the forge lists them newest first. The combined status would say the same, but has the whole
/// repository in it, which changes all the time.
pub(crate) async fn statuses_of(visit: &Visit<'_>, commit: &str) -> Result<Vec<StatusShown>, ForgeFault> {
    let all: Vec<StatusShown> = visit.list(&format!("/commits/{commit}/statuses?per_page=100"), "").await?;
    let mut newest: Vec<StatusShown> = Vec::new();
    for status in all {
        if newest.iter().all(|other| other.context != status.context) {
            newest.push(status);
        }
    }
    Ok(newest)
}

pub(super) async fn of_commit(visit: &Visit<'_>, commit: &str) -> Result<Vec<CheckSeen>, ForgeFault> {
    let runs = check_runs_of(visit, commit).await?;
    let statuses = statuses_of(visit, commit).await?;
    Ok(runs.into_iter().map(of_run).chain(statuses.into_iter().map(of_status)).collect())
}

fn of_run(run: CheckRunShown) -> CheckSeen {
    CheckSeen {
        state: state(&run.status, run.conclusion.as_deref()),
        run_id: run.actions_run(),
        url: run.html_url.or(run.details_url),
        name: run.name,
        completed_at: run.completed_at,
        id: run.id,
    }
}

/// Waiting for a person's click is waiting too. What GitHub may invent later came to no result.
fn state(status: &str, conclusion: Option<&str>) -> CheckState {
    match (status, conclusion) {
        ("completed", Some("success" | "neutral" | "skipped")) => CheckState::Passed,
        ("completed", Some("failure")) => CheckState::Failed,
        ("completed", Some("action_required")) => CheckState::Pending,
        ("completed", _) => CheckState::Doubtful,
        _ => CheckState::Pending,
    }
}

fn of_status(status: StatusShown) -> CheckSeen {
    let state = match status.state.as_str() {
        "success" => CheckState::Passed,
        "failure" | "error" => CheckState::Failed,
        _ => CheckState::Pending,
    };
    let completed_at = status.updated_at.filter(|_| state != CheckState::Pending);
    CheckSeen {
        name: status.context,
        state,
        url: status.target_url,
        completed_at,
        id: status.id,
        run_id: None,
    }
}

/// By rulesets and by the classic protection of the branch.
pub(super) async fn required(visit: &Visit<'_>, base: &str) -> Result<Vec<String>, ForgeFault> {
    let (key, memo) = (format!("{} {base}", visit.repo.key()), &visit.forge.memory.required);
    if let Some(known) = memo.get(&key, visit.now) {
        return Ok(known);
    }
    let name = in_path(base);
    let rules: Vec<Value> = match visit.list(&format!("/rules/branches/{name}?per_page=100"), "").await {
        // An older Enterprise Server has no rulesets.
        Err(ForgeFault::Refused(Refusal::Gone { .. })) => Vec::new(),
        rules => rules?,
    };
    let branch: Value = visit.find(&format!("/branches/{name}")).await?.unwrap_or_default();
    let mut all: Vec<String> = rules.iter().flat_map(of_rule).chain(of_protection(&branch)).collect();
    all.sort();
    all.dedup();
    memo.put(&key, &all, visit.now);
    Ok(all)
}

fn of_rule(rule: &Value) -> Vec<String> {
    let checks = match rule["type"].as_str() {
        Some("required_status_checks") => rule["parameters"]["required_status_checks"].as_array(),
        _ => None,
    };
    let names = checks.into_iter().flatten().filter_map(|check| check["context"].as_str());
    names.map(str::to_owned).collect()
}

fn of_protection(branch: &Value) -> Vec<String> {
    let contexts = branch.pointer("/protection/required_status_checks/contexts").and_then(Value::as_array);
    contexts.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_of_githubs_words_is_green_by_mistake() {
        // REQ-DELIVER-09
        use CheckState::{Doubtful, Failed, Passed, Pending};
        let table = [
            ("completed", Some("success"), Passed),
            ("completed", Some("neutral"), Passed),
            ("completed", Some("skipped"), Passed),
            ("completed", Some("failure"), Failed),
            ("completed", Some("timed_out"), Doubtful),
            ("completed", Some("cancelled"), Doubtful),
            ("completed", Some("startup_failure"), Doubtful),
            ("completed", Some("stale"), Doubtful),
            ("completed", Some("something new"), Doubtful),
            ("completed", None, Doubtful),
            ("completed", Some("action_required"), Pending),
            ("queued", None, Pending),
            ("in_progress", Some("success"), Pending),
            ("waiting", None, Pending),
        ];
        for (status, conclusion, is) in table {
            assert_eq!(state(status, conclusion), is, "{status} {conclusion:?}");
        }
    }
}
