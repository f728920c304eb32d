//! Check runs and suites. Only apps write check runs.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::checks::{CheckRun, Output};
use crate::repository::Repository;
use crate::rights::{Level, Who};
use crate::show;
use crate::world::World;
use jiff::Timestamp;
use serde_json::Value;

const LONGEST_TEXT: usize = 65_535;
const MOST_ANNOTATIONS: usize = 50;
const STATUSES: &[&str] = &["queued", "in_progress", "completed", "waiting", "requested", "pending"];
const CONCLUSIONS: &[&str] =
    &["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

fn home(world: &World, id: u64) -> Result<&Repository, Refusal> {
    world.repositories.get(&id).ok_or_else(Refusal::not_found)
}

pub(super) fn of_commit(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "checks", Level::Read)?;
    let sha = world.commit_named(id, name)?;
    let found = home(world, id)?;
    let latest = call.asked("filter").unwrap_or("latest") == "latest";
    let fits = |run: &&CheckRun| {
        let app = call.asked("app_id").is_none_or(|app| app == run.app.to_string());
        let name = call.asked("check_name").is_none_or(|name| name == run.name);
        let status = call.asked("status").is_none_or(|status| status == run.status);
        app && name && status
    };
    let runs = found.checks.of(&sha, latest).into_iter().filter(fits);
    let shown = runs.map(|run| show::check_run(world, found, run)).collect();
    Ok(call.page_in(&world.base, "check_runs", shown))
}

pub(super) fn suites(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "checks", Level::Read)?;
    let sha = world.commit_named(id, name)?;
    let found = home(world, id)?;
    let of = found.checks.suites.values().filter(|suite| suite.sha == sha);
    let shown = of.map(|suite| show::check_suite(world, found, suite)).collect();
    Ok(call.page_in(&world.base, "check_suites", shown))
}

fn run<'a>(found: &'a Repository, id: &str) -> Result<&'a CheckRun, Refusal> {
    let run = id.parse().ok().and_then(|id: u64| found.checks.runs.get(&id));
    run.ok_or_else(Refusal::not_found)
}

pub(super) fn one(world: &mut World, call: &Call, at: (&str, &str), run_id: &str) -> Outcome {
    let id = world.allowed(call, at, "checks", Level::Read)?;
    let found = home(world, id)?;
    Ok(Answer::ok(show::check_run(world, found, run(found, run_id)?)))
}

pub(super) fn annotations(world: &mut World, call: &Call, at: (&str, &str), run_id: &str) -> Outcome {
    let id = world.allowed(call, at, "checks", Level::Read)?;
    let annotations = run(home(world, id)?, run_id)?.output.annotations.clone();
    Ok(call.page(&world.base, annotations))
}

fn only_apps(call: &Call) -> Result<u64, Refusal> {
    match &call.who {
        Who::Installation(grant) => Ok(grant.app),
        _ => Err(Refusal::new(403, "You must authenticate via a GitHub App.")),
    }
}

pub(super) fn create(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let repository = world.allowed(call, at, "checks", Level::Write)?;
    let app = only_apps(call)?;
    let name = call.required("CheckRun", "name")?;
    let sha = call.required("CheckRun", "head_sha")?;
    if home(world, repository)?.bare.find_commit(&sha).is_none() {
        return Err(Refusal::new(422, format!("No commit found for SHA: {sha}")));
    }
    let suite = world.suite(repository, app, &sha);
    let (id, now) = (world.next_id(), world.now);
    let mut new = CheckRun {
        id,
        suite,
        app,
        name,
        sha,
        status: "queued".to_owned(),
        conclusion: None,
        external_id: String::new(),
        details_url: None,
        started: Some(now),
        completed: None,
        output: Output::default(),
        actions: Value::Null,
        workflow: None,
        attempt: 1,
        log: String::new(),
        steps: Vec::new(),
    };
    changed(&mut new, call, now)?;
    world.put_run(repository, new, "created");
    let found = home(world, repository)?;
    Ok(Answer::created(show::check_run(world, found, run(found, &id.to_string())?)))
}

pub(super) fn change(world: &mut World, call: &Call, at: (&str, &str), run_id: &str) -> Outcome {
    let repository = world.allowed(call, at, "checks", Level::Write)?;
    let app = only_apps(call)?;
    let mut new = run(home(world, repository)?, run_id)?.clone();
    if new.app != app {
        return Err(Refusal::new(403, "Invalid app_id `check_run` was created by a different app."));
    }
    changed(&mut new, call, world.now)?;
    let action = if new.status == "completed" { "completed" } else { "created" };
    world.put_run(repository, new, action);
    let found = home(world, repository)?;
    Ok(Answer::ok(show::check_run(world, found, run(found, run_id)?)))
}

fn changed(run: &mut CheckRun, call: &Call, now: Timestamp) -> Result<(), Refusal> {
    if let Some(name) = call.text("name") {
        name.clone_into(&mut run.name);
    }
    if let Some(status) = call.text("status") {
        let known = STATUSES.contains(&status);
        run.status = known
            .then(|| status.to_owned())
            .ok_or_else(|| Refusal::invalid("CheckRun", "status", "invalid"))?;
    }
    if let Some(conclusion) = call.text("conclusion") {
        let known = CONCLUSIONS.contains(&conclusion).then(|| conclusion.to_owned());
        run.conclusion = Some(known.ok_or_else(|| Refusal::invalid("CheckRun", "conclusion", "invalid"))?);
        "completed".clone_into(&mut run.status);
    }
    if run.status == "completed" && run.conclusion.is_none() {
        return Err(Refusal::invalid("CheckRun", "conclusion", "missing_field"));
    }
    if run.status == "completed" {
        run.completed = run.completed.or(Some(now));
    }
    if let Some(id) = call.text("external_id") {
        id.clone_into(&mut run.external_id);
    }
    run.details_url = call.text("details_url").map(str::to_owned).or_else(|| run.details_url.clone());
    with_actions(run, &call.body["actions"])?;
    with_output(&mut run.output, &call.body["output"])
}

/// Three buttons at most, with short words.
fn with_actions(run: &mut CheckRun, actions: &Value) -> Result<(), Refusal> {
    let Some(list) = actions.as_array() else { return Ok(()) };
    let short = |action: &Value, name: &str, most: usize| {
        action[name].as_str().is_some_and(|text| text.chars().count() <= most)
    };
    let fits = |action: &Value| {
        short(action, "label", 20) && short(action, "description", 40) && short(action, "identifier", 20)
    };
    if list.len() > 3 || !list.iter().all(fits) {
        return Err(Refusal::invalid("CheckRun", "actions", "invalid"));
    }
    run.actions = actions.clone();
    Ok(())
}

fn with_output(output: &mut Output, given: &Value) -> Result<(), Refusal> {
    if given.is_null() {
        return Ok(());
    }
    for name in ["title", "summary"] {
        if given[name].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::invalid("CheckRun", &format!("output.{name}"), "missing_field"));
        }
    }
    let text = |name: &str| given[name].as_str().map(str::to_owned);
    (output.title, output.summary, output.text) = (text("title"), text("summary"), text("text"));
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > LONGEST_TEXT);
    if long(&output.summary) || long(&output.text) {
        return Err(Refusal::new(422, "Only 65535 characters are allowed"));
    }
    let more = given["annotations"].as_array().cloned().unwrap_or_default();
    if more.len() > MOST_ANNOTATIONS {
        return Err(Refusal::new(422, "Invalid request. No more than 50 items are allowed"));
    }
    output.annotations.extend(more.into_iter().map(annotation));
    Ok(())
}

/// With all the fields that the list of them has.
fn annotation(mut given: Value) -> Value {
    for name in ["start_column", "end_column", "title", "raw_details"] {
        if given.get(name).is_none() {
            given[name] = Value::Null;
        }
    }
    given["blob_href"] = "https://example.com/blob".into();
    given
}
