//! Runs of Actions: their jobs, logs, and running again what failed.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::checks::WorkflowRun;
use crate::repository::Repository;
use crate::rights::Level;
use crate::show;
use crate::world::World;
use jiff::SignedDuration;
use serde_json::{Value, json};

/// How long the address of a log lives.
const LOG_LIVES: SignedDuration = SignedDuration::from_mins(1);

fn home(world: &World, id: u64) -> Result<&Repository, Refusal> {
    world.repositories.get(&id).ok_or_else(Refusal::not_found)
}

fn run<'a>(found: &'a Repository, id: &str) -> Result<&'a WorkflowRun, Refusal> {
    let run = id.parse().ok().and_then(|id: u64| found.checks.workflows.get(&id));
    run.ok_or_else(Refusal::not_found)
}

pub(super) fn runs(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "actions", Level::Read)?;
    let found = home(world, id)?;
    let fits = |run: &&WorkflowRun| {
        let sha = call.asked("head_sha").is_none_or(|sha| sha == run.sha);
        sha && call.asked("branch").is_none_or(|branch| branch == run.branch)
    };
    let of = found.checks.workflows.values().rev().filter(fits);
    let shown = of.map(|run| show::workflow_run(world, found, run)).collect();
    Ok(call.page_in(&world.base, "workflow_runs", shown))
}

pub(super) fn one(world: &mut World, call: &Call, at: (&str, &str), run_id: &str) -> Outcome {
    let id = world.allowed(call, at, "actions", Level::Read)?;
    let found = home(world, id)?;
    Ok(Answer::ok(show::workflow_run(world, found, run(found, run_id)?)))
}

pub(super) fn jobs(world: &mut World, call: &Call, at: (&str, &str), run_id: &str) -> Outcome {
    let id = world.allowed(call, at, "actions", Level::Read)?;
    let found = home(world, id)?;
    let jobs = found.checks.jobs(run(found, run_id)?.id);
    let shown = jobs.into_iter().map(|job| show::job(world, found, job)).collect();
    Ok(call.page_in(&world.base, "jobs", shown))
}

pub(super) fn job(world: &mut World, call: &Call, at: (&str, &str), job: &str) -> Outcome {
    let id = world.allowed(call, at, "actions", Level::Read)?;
    let found = home(world, id)?;
    let run = job.parse().ok().and_then(|job: u64| found.checks.runs.get(&job));
    let run = run.filter(|run| run.workflow.is_some()).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(show::job(world, found, run)))
}

/// A redirect to an address that needs no token and lives for a minute.
pub(super) fn log(world: &mut World, call: &Call, at: (&str, &str), job: &str) -> Outcome {
    let id = world.allowed(call, at, "actions", Level::Read)?;
    let number: u64 = job.parse().map_err(|_| Refusal::not_found())?;
    let run = home(world, id)?.checks.runs.get(&number);
    let run = run.filter(|run| run.workflow.is_some()).ok_or_else(Refusal::not_found)?;
    if run.status != "completed" {
        return Err(Refusal::not_found());
    }
    let until = world.now.saturating_add(LOG_LIVES).unwrap_or(world.now).as_second();
    let to = format!("{}/_logs/{id}/{number}?until={until}", world.base);
    Ok(Answer::with(302, Value::Null).header("location", to))
}

pub(super) fn log_text(world: &mut World, call: &Call) -> Outcome {
    let number = |index: usize| call.parts.get(index).and_then(|part| part.parse::<u64>().ok());
    let until = call.asked("until").and_then(|until| until.parse::<i64>().ok()).unwrap_or_default();
    let (repository, job) =
        (number(1).ok_or_else(Refusal::not_found)?, number(2).ok_or_else(Refusal::not_found)?);
    if until < world.now.as_second() {
        return Err(Refusal::new(403, "Signature not valid in the specified time frame"));
    }
    let run = home(world, repository)?.checks.runs.get(&job).ok_or_else(Refusal::not_found)?;
    Ok(Answer { text: Some(run.log.clone()), ..Answer::ok(Value::Null) })
}

pub(super) fn rerun_failed(world: &mut World, call: &Call, at: (&str, &str), run_id: &str) -> Outcome {
    let id = world.allowed(call, at, "actions", Level::Write)?;
    let workflow = run(home(world, id)?, run_id)?.id;
    if !world.rerun_failed(id, workflow) {
        return Err(Refusal::new(403, "This workflow run cannot be retried"));
    }
    Ok(Answer::created(json!({})))
}
