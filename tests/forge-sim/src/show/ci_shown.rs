//! Check runs, suites, statuses, runs of Actions and their jobs.

use super::{repository, short_app, user};
use crate::checks::{CheckRun, Checks, CommitStatus, Suite, WorkflowRun};
use crate::clock::written;
use crate::repository::Repository;
use crate::world::World;
use serde_json::{Value, json};

pub(crate) fn check_run(world: &World, on: &Repository, run: &CheckRun) -> Value {
    let full = on.full_name();
    let (api, html) = (format!("{}/api/v3/repos/{full}", world.base), format!("{}/{full}", world.base));
    let url = format!("{api}/check-runs/{}", run.id);
    let page = run.workflow.map_or_else(
        || format!("{html}/runs/{}", run.id),
        |workflow| format!("{html}/actions/runs/{workflow}/job/{}", run.id),
    );
    let details = run.details_url.clone().unwrap_or_else(|| page.clone());
    let output = &run.output;
    json!({
        "id": run.id, "node_id": format!("CR_kwDO{}", run.id), "name": run.name, "head_sha": run.sha,
        "external_id": run.external_id, "url": url, "html_url": page, "details_url": details, "status": run.status,
        "conclusion": run.conclusion, "started_at": run.started.map(written),
        "completed_at": run.completed.map(written),
        "output": {
            "title": output.title, "summary": output.summary, "text": output.text,
            "annotations_count": output.annotations.len(), "annotations_url": format!("{url}/annotations"),
        },
        "check_suite": { "id": run.suite }, "app": short_app(world, run.app),
        "pull_requests": pulls_of(on, &api, &run.sha),
    })
}

/// Pull requests whose head this commit is, in the short form that stands beside checks.
fn pulls_of(on: &Repository, api: &str, sha: &str) -> Vec<Value> {
    let repo = json!({ "id": on.id, "url": api, "name": on.name });
    let of = on.pulls.values().filter(|pull| pull.open && pull.head_sha == sha);
    let shown = of.map(|pull| {
        json!({
            "id": pull.id, "number": pull.number, "url": format!("{api}/pulls/{}", pull.number),
            "head": { "ref": pull.head, "sha": pull.head_sha, "repo": repo },
            "base": { "ref": pull.base, "sha": pull.base_sha, "repo": repo },
        })
    });
    shown.collect()
}

pub(crate) fn check_suite(world: &World, on: &Repository, suite: &Suite) -> Value {
    let runs: Vec<&CheckRun> = on.checks.runs.values().filter(|run| run.suite == suite.id).collect();
    let (status, conclusion) = Checks::together(&runs);
    let api = format!("{}/api/v3/repos/{}", world.base, on.full_name());
    let url = format!("{api}/check-suites/{}", suite.id);
    let head = on.bare.find_commit(&suite.sha);
    let head_commit = head.map(|commit| {
        json!({
            "id": commit.sha, "tree_id": commit.tree, "message": commit.message, "timestamp": written(suite.created),
            "author": { "name": commit.author.0, "email": commit.author.1 },
            "committer": { "name": commit.committer.0, "email": commit.committer.1 },
        })
    });
    json!({
        "id": suite.id, "node_id": format!("CS_kwDO{}", suite.id), "head_branch": suite.branch, "head_sha": suite.sha,
        "status": status, "conclusion": conclusion, "url": url, "before": null, "after": suite.sha,
        "pull_requests": pulls_of(on, &api, &suite.sha), "app": short_app(world, suite.app),
        "repository": repository(world, on.id), "created_at": written(suite.created),
        "updated_at": written(suite.created), "head_commit": head_commit, "latest_check_runs_count": runs.len(),
        "check_runs_url": format!("{url}/check-runs"),
    })
}

pub(crate) fn status(world: &World, on: &Repository, one: &CommitStatus) -> Value {
    let mut body = short_status(world, on, one);
    body["creator"] = user(world, &one.by);
    body
}

fn short_status(world: &World, on: &Repository, one: &CommitStatus) -> Value {
    json!({
        "url": format!("{}/api/v3/repos/{}/statuses/{}", world.base, on.full_name(), one.sha),
        "avatar_url": format!("{}/avatars/u/1", world.base), "id": one.id, "node_id": format!("SC_{}", one.id),
        "state": one.state, "description": one.description, "target_url": one.target_url, "context": one.context,
        "created_at": written(one.at), "updated_at": written(one.at),
    })
}

/// `pending` where there are none.
pub(crate) fn combined_status(world: &World, on: &Repository, sha: &str) -> Value {
    let latest = on.latest_statuses(sha);
    let any = |states: &[&str]| latest.iter().any(|one| states.contains(&one.state.as_str()));
    let state = match () {
        () if any(&["failure", "error"]) => "failure",
        () if latest.is_empty() || any(&["pending"]) => "pending",
        () => "success",
    };
    let url = format!("{}/api/v3/repos/{}/commits/{sha}", world.base, on.full_name());
    json!({
        "state": state, "statuses": latest.iter().map(|one| short_status(world, on, one)).collect::<Vec<_>>(),
        "sha": sha, "total_count": latest.len(), "repository": repository(world, on.id), "commit_url": url,
        "url": format!("{url}/status"),
    })
}

pub(crate) fn workflow_run(world: &World, on: &Repository, run: &WorkflowRun) -> Value {
    let full = on.full_name();
    let (api, html) = (format!("{}/api/v3/repos/{full}", world.base), format!("{}/{full}", world.base));
    let url = format!("{api}/actions/runs/{}", run.id);
    let (status, conclusion) = Checks::together(&on.checks.jobs(run.id));
    let actor = user(world, &on.owner);
    let mut body = json!({
        "id": run.id, "name": run.name, "node_id": format!("WFR_{}", run.id), "head_branch": run.branch,
        "head_sha": run.sha, "path": run.path, "display_title": run.name, "run_number": 1, "event": "push",
        "status": status, "conclusion": conclusion, "workflow_id": run.path.len(), "check_suite_id": run.suite,
        "check_suite_node_id": format!("CS_kwDO{}", run.suite), "url": url,
        "html_url": format!("{html}/actions/runs/{}", run.id), "pull_requests": pulls_of(on, &api, &run.sha),
        "created_at": written(run.created), "updated_at": written(run.updated), "actor": actor,
        "run_attempt": run.attempt, "referenced_workflows": [], "run_started_at": written(run.created),
        "triggering_actor": actor, "previous_attempt_url": null, "repository": repository(world, on.id),
        "head_repository": repository(world, on.id), "head_commit": null,
        "workflow_url": format!("{api}/actions/workflows/{}", run.path.len()),
        "check_suite_url": format!("{api}/check-suites/{}", run.suite),
    });
    let urls = [
        ("jobs", "/jobs"),
        ("logs", "/logs"),
        ("artifacts", "/artifacts"),
        ("cancel", "/cancel"),
        ("rerun", "/rerun"),
    ];
    super::add_urls(&mut body, &url, &urls);
    body
}

pub(crate) fn job(world: &World, on: &Repository, run: &CheckRun) -> Value {
    let full = on.full_name();
    let (api, html) = (format!("{}/api/v3/repos/{full}", world.base), format!("{}/{full}", world.base));
    let workflow = run.workflow.unwrap_or_default();
    let of = on.checks.workflows.get(&workflow);
    let steps = run.steps.iter().enumerate().map(|(index, step)| {
        json!({
            "name": step.name, "status": "completed", "conclusion": step.conclusion, "number": index + 1,
            "started_at": run.started.map(written), "completed_at": run.completed.map(written),
        })
    });
    json!({
        "id": run.id, "run_id": workflow, "run_url": format!("{api}/actions/runs/{workflow}"), "run_attempt": run.attempt,
        "node_id": format!("CR_kwDO{}", run.id), "head_sha": run.sha, "head_branch": of.map(|of| of.branch.clone()),
        "url": format!("{api}/actions/jobs/{}", run.id), "workflow_name": of.map(|of| of.name.clone()),
        "html_url": format!("{html}/actions/runs/{workflow}/job/{}", run.id), "status": run.status,
        "conclusion": run.conclusion, "created_at": written(run.started.unwrap_or(on.created)),
        "started_at": written(run.started.unwrap_or(on.created)), "completed_at": run.completed.map(written),
        "name": run.name, "steps": steps.collect::<Vec<_>>(), "check_run_url": format!("{api}/check-runs/{}", run.id),
        "labels": ["ubuntu-latest"], "runner_id": 1, "runner_name": "runner", "runner_group_id": 1,
        "runner_group_name": "Default",
    })
}
