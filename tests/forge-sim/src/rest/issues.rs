//! The conversation of a pull request and its labels: GitHub has them with issues.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use super::reviews::short_text;
use crate::rights::Level;
use crate::show;
use crate::world::World;
use serde_json::{Value, json};

/// Either right will do for the conversation of a pull request.
fn spot(
    world: &World,
    call: &Call,
    at: (&str, &str),
    number: &str,
    level: Level,
) -> Result<(u64, u64), Refusal> {
    let by_issues = world.allowed_pull(call, at, number, "issues", level);
    by_issues.or_else(|_| world.allowed_pull(call, at, number, "pull_requests", level))
}

/// The issue behind a pull request; there are no other issues here.
pub(super) fn one(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = spot(world, call, at, number, Level::Read)?;
    let mut body = show::short_pull(world, spot.0, spot.1);
    let (found, pull) = world.pull_and_home(spot)?;
    let api = format!("{}/api/v3/repos/{}", world.base, found.full_name());
    body["pull_request"] = json!({
        "url": body["url"], "html_url": body["html_url"], "diff_url": body["diff_url"],
        "patch_url": body["patch_url"], "merged_at": body["merged_at"],
    });
    let issue = format!("{api}/issues/{number}");
    body["url"] = issue.as_str().into();
    body["events_url"] = format!("{issue}/events").into();
    body["labels_url"] = format!("{issue}/labels{{/name}}").into();
    body["repository_url"] = api.into();
    body["comments"] = pull.comments.len().into();
    body["closed_by"] = pull.closed_by.as_ref().map(|login| show::user(world, login)).into();
    Ok(Answer::ok(body))
}

pub(super) fn comments(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = spot(world, call, at, number, Level::Read)?;
    let (found, pull) = world.pull_and_home(spot)?;
    let shown = pull.comments.iter().map(|one| show::issue_comment(world, found, spot.1, one)).collect();
    Ok(call.page(&world.base, shown))
}

pub(super) fn comment(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = spot(world, call, at, number, Level::Write)?;
    let body = short_text(call)?;
    let by = world.actor(&call.who);
    let id = world.add_comment(spot, &by, &body).ok_or_else(Refusal::not_found)?;
    Ok(Answer::created(world.shown_comment(spot.0, id).unwrap_or_default()))
}

pub(super) fn edit_comment(world: &mut World, call: &Call, at: (&str, &str), comment: &str) -> Outcome {
    let body = short_text(call)?;
    let (repository, number, id) = found(world, call, at, comment)?;
    let now = world.now;
    let comments = &mut world.pull_mut((repository, number))?.comments;
    for one in comments.iter_mut().filter(|one| one.id == id) {
        body.clone_into(&mut one.body);
        one.updated = now;
    }
    let by = world.actor(&call.who);
    world.told_of_comment((repository, number), id, "edited", &by);
    Ok(Answer::ok(world.shown_comment(repository, id).unwrap_or_default()))
}

pub(super) fn delete_comment(world: &mut World, call: &Call, at: (&str, &str), comment: &str) -> Outcome {
    let (repository, number, id) = found(world, call, at, comment)?;
    world.pull_mut((repository, number))?.comments.retain(|one| one.id != id);
    Ok(Answer::empty())
}

fn found(world: &World, call: &Call, at: (&str, &str), comment: &str) -> Result<(u64, u64, u64), Refusal> {
    let repository = world.allowed(call, at, "issues", Level::Write)?;
    let id: u64 = comment.parse().map_err(|_| Refusal::not_found())?;
    let mut pulls = world.repositories.get(&repository).into_iter().flat_map(|found| found.pulls.values());
    let pull =
        pulls.find(|pull| pull.comments.iter().any(|one| one.id == id)).ok_or_else(Refusal::not_found)?;
    Ok((repository, pull.number, id))
}

pub(super) fn labels(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = spot(world, call, at, number, Level::Read)?;
    Ok(call.page(&world.base, shown(world, spot)?))
}

fn shown(world: &World, spot: (u64, u64)) -> Result<Vec<Value>, Refusal> {
    let (found, pull) = world.pull_and_home(spot)?;
    Ok(show::labels_of(&format!("{}/api/v3/repos/{}", world.base, found.full_name()), pull))
}

/// Adds labels, or sets them all (`PUT`). A label that isn't there yet is made.
pub(super) fn add_labels(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let spot = spot(world, call, at, number, Level::Write)?;
    let listed = call.body.as_array().into_iter().flatten();
    let mut names = call.texts("labels");
    names.extend(listed.filter_map(|one| one.as_str().map(str::to_owned)));
    let by = world.actor(&call.who);
    if let Some(found) = world.repositories.get_mut(&spot.0) {
        found.labels.extend(names.iter().cloned());
    }
    let pull = world.pull_mut(spot)?;
    if call.method == "PUT" {
        pull.labels.clear();
    }
    pull.labels.extend(names);
    world.told_of_pull(spot.0, spot.1, "labeled", &by);
    Ok(Answer::ok(Value::Array(shown(world, spot)?)))
}

pub(super) fn remove_label(
    world: &mut World,
    call: &Call,
    at: (&str, &str),
    number: &str,
    label: &str,
) -> Outcome {
    let spot = spot(world, call, at, number, Level::Write)?;
    let by = world.actor(&call.who);
    if !world.pull_mut(spot)?.labels.remove(label) {
        return Err(Refusal::new(404, "Label does not exist"));
    }
    world.told_of_pull(spot.0, spot.1, "unlabeled", &by);
    Ok(Answer::ok(Value::Array(shown(world, spot)?)))
}

pub(super) fn all_labels(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "issues", Level::Read)?;
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let api = format!("{}/api/v3/repos/{}", world.base, found.full_name());
    let shown = found.labels.iter().map(|name| show::label(&api, name)).collect();
    Ok(call.page(&world.base, shown))
}

pub(super) fn new_label(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "issues", Level::Write)?;
    let name = call.required("Label", "name")?;
    let base = world.base.clone();
    let found = world.repositories.get_mut(&id).ok_or_else(Refusal::not_found)?;
    if !found.labels.insert(name.clone()) {
        return Err(Refusal::invalid("Label", "name", "already_exists"));
    }
    Ok(Answer::created(show::label(&format!("{base}/api/v3/repos/{}", found.full_name()), &name)))
}
