//! Which path is answered by what. A ref may hold slashes, raw or as `%2F`.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use super::{
    actions, check_runs, commit_statuses, deliveries, installations, issues, merges, pulls, repos, reviews,
};
use crate::budget::LIMIT;
use crate::rights::Who;
use crate::world::World;
use serde_json::json;

pub(super) fn answer(world: &mut World, call: &Call) -> Outcome {
    let parts: Vec<&str> = call.parts.iter().map(String::as_str).collect();
    let (method, parts) = (call.method.as_str(), parts.as_slice());
    match (method, parts) {
        ("GET", []) => Ok(Answer::ok(json!({ "current_user_url": format!("{}/api/v3/user", world.base) }))),
        ("GET", ["meta"]) => Ok(Answer::ok(
            json!({ "verifiable_password_authentication": false, "installed_version": "3.20.0" }),
        )),
        ("GET", ["rate_limit"]) => Ok(rate_limit(world, call)),
        ("GET", ["user"]) => user(world, call),
        ("GET", ["user", id]) => user_by_id(world, id),
        ("GET", ["app"]) => installations::app(world, call),
        ("GET", ["app", "installations"]) => installations::list(world, call),
        ("GET", ["app", "installations", id]) => installations::one(world, call, id),
        ("POST", ["app", "installations", id, "access_tokens"]) => installations::token(world, call, id),
        ("GET", ["app", "hook", "config"]) => deliveries::config(world, call),
        ("GET", ["app", "hook", "deliveries"]) => deliveries::list(world, call),
        ("GET", ["app", "hook", "deliveries", id]) => deliveries::one(world, call, id),
        ("POST", ["app", "hook", "deliveries", id, "attempts"]) => deliveries::attempt(world, call, id),
        ("GET", ["_logs", ..]) => actions::log_text(world, call),
        ("DELETE", ["installation", "token"]) => installations::revoke(world, call),
        ("GET", ["installation", "repositories"]) => installations::repositories(world, call),
        (_, ["repos", owner, name, rest @ ..]) => of_repository(world, call, (*owner, *name), rest),
        (_, ["repositories", id, rest @ ..]) => by_id(world, call, id, rest),
        _ => Err(Refusal::not_found()),
    }
}

fn by_id(world: &mut World, call: &Call, id: &str, rest: &[&str]) -> Outcome {
    let found =
        id.parse().ok().and_then(|id: u64| world.repositories.get(&id)).ok_or_else(Refusal::not_found)?;
    let (owner, name) = (found.owner.clone(), found.name.clone());
    of_repository(world, call, (&owner, &name), rest)
}

fn of_repository(world: &mut World, call: &Call, at: (&str, &str), rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => repos::one(world, call, at),
        ("GET", ["installation"]) => installations::of_repository(world, call, at.0, at.1),
        ("GET", ["branches"]) => repos::branches(world, call, at),
        ("GET", ["branches", name @ ..]) => repos::branch(world, call, at, &name.join("/")),
        ("GET", ["git", "ref", name @ ..]) => repos::git_ref(world, call, at, &name.join("/")),
        ("DELETE", ["git", "refs", name @ ..]) => repos::delete_ref(world, call, at, &name.join("/")),
        ("GET", ["compare", range @ ..]) => repos::compare(world, call, at, &range.join("/")),
        ("GET", ["contents", path @ ..]) => repos::contents(world, call, at, &path.join("/")),
        ("GET", ["rules", "branches", name @ ..]) => commit_statuses::rules(world, call, at, &name.join("/")),
        ("POST", ["statuses", sha]) => commit_statuses::create(world, call, at, sha),
        ("GET", ["collaborators", login, "permission"]) => reviews::permission(world, call, at, login),
        ("GET", ["labels"]) => issues::all_labels(world, call, at),
        ("POST", ["labels"]) => issues::new_label(world, call, at),
        (_, ["pulls", rest @ ..]) => of_pulls(world, call, at, rest),
        (_, ["issues", rest @ ..]) => of_issues(world, call, at, rest),
        (_, ["check-runs", rest @ ..]) => of_check_runs(world, call, at, rest),
        (_, ["actions", rest @ ..]) => of_actions(world, call, at, rest),
        ("GET", ["commits", rest @ ..]) => of_commits(world, call, at, rest),
        _ => Err(Refusal::not_found()),
    }
}

fn of_commits(world: &mut World, call: &Call, at: (&str, &str), rest: &[&str]) -> Outcome {
    match rest {
        [name @ .., "check-runs"] => check_runs::of_commit(world, call, at, &name.join("/")),
        [name @ .., "check-suites"] => check_runs::suites(world, call, at, &name.join("/")),
        [name @ .., "status"] => commit_statuses::combined(world, call, at, &name.join("/")),
        [name @ .., "statuses"] => commit_statuses::list(world, call, at, &name.join("/")),
        name => repos::commit(world, call, at, &name.join("/")),
    }
}

fn of_pulls(world: &mut World, call: &Call, at: (&str, &str), rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", []) => pulls::list(world, call, at),
        ("POST", []) => pulls::create(world, call, at),
        ("GET", [number]) => pulls::one(world, call, at, number),
        ("PATCH", [number]) => pulls::change(world, call, at, number),
        ("GET", [number, "files"]) => pulls::files(world, call, at, number),
        ("GET", [number, "commits"]) => pulls::commits(world, call, at, number),
        ("GET", [number, "merge"]) => merges::is_merged(world, call, at, number),
        ("PUT", [number, "merge"]) => merges::merge(world, call, at, number),
        ("PUT", [number, "update-branch"]) => merges::update_branch(world, call, at, number),
        ("GET", [number, "requested_reviewers"]) => reviews::asked(world, call, at, number),
        ("POST", [number, "requested_reviewers"]) => reviews::ask(world, call, at, number),
        ("DELETE", [number, "requested_reviewers"]) => reviews::unask(world, call, at, number),
        ("GET", [number, "reviews"]) => reviews::list(world, call, at, number),
        ("POST", [number, "reviews"]) => reviews::create(world, call, at, number),
        ("PUT", [number, "reviews", id, "dismissals"]) => reviews::dismiss(world, call, at, number, id),
        ("GET", [number, "comments"]) => reviews::lines(world, call, at, number),
        ("POST", [number, "comments"]) => reviews::comment(world, call, at, number),
        ("POST", [number, "comments", id, "replies"]) => reviews::reply(world, call, at, number, id),
        _ => Err(Refusal::not_found()),
    }
}

fn of_issues(world: &mut World, call: &Call, at: (&str, &str), rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("PATCH", ["comments", id]) => issues::edit_comment(world, call, at, id),
        ("DELETE", ["comments", id]) => issues::delete_comment(world, call, at, id),
        ("GET", [number]) => issues::one(world, call, at, number),
        ("GET", [number, "comments"]) => issues::comments(world, call, at, number),
        ("POST", [number, "comments"]) => issues::comment(world, call, at, number),
        ("GET", [number, "labels"]) => issues::labels(world, call, at, number),
        ("POST" | "PUT", [number, "labels"]) => issues::add_labels(world, call, at, number),
        ("DELETE", [number, "labels", label]) => issues::remove_label(world, call, at, number, label),
        _ => Err(Refusal::not_found()),
    }
}

fn of_check_runs(world: &mut World, call: &Call, at: (&str, &str), rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("POST", []) => check_runs::create(world, call, at),
        ("GET", [id]) => check_runs::one(world, call, at, id),
        ("PATCH", [id]) => check_runs::change(world, call, at, id),
        ("GET", [id, "annotations"]) => check_runs::annotations(world, call, at, id),
        _ => Err(Refusal::not_found()),
    }
}

fn of_actions(world: &mut World, call: &Call, at: (&str, &str), rest: &[&str]) -> Outcome {
    match (call.method.as_str(), rest) {
        ("GET", ["runs"]) => actions::runs(world, call, at),
        ("GET", ["runs", id]) => actions::one(world, call, at, id),
        ("GET", ["runs", id, "jobs"]) => actions::jobs(world, call, at, id),
        ("POST", ["runs", id, "rerun-failed-jobs"]) => actions::rerun_failed(world, call, at, id),
        ("GET", ["jobs", id]) => actions::job(world, call, at, id),
        ("GET", ["jobs", id, "logs"]) => actions::log(world, call, at, id),
        _ => Err(Refusal::not_found()),
    }
}

fn user(world: &mut World, call: &Call) -> Outcome {
    match &call.who {
        Who::Person(login) => Ok(Answer::ok(crate::show::user(world, login))),
        Who::Nobody => Err(Refusal::new(401, "Requires authentication")),
        _ => Err(Refusal::new(403, "Resource not accessible by integration")),
    }
}

fn user_by_id(world: &mut World, id: &str) -> Outcome {
    let is_it = |account: &crate::world::Account| account.id.to_string() == id;
    let found = world.accounts.iter().find(|(_, account)| is_it(account)).map(|(login, _)| login.clone());
    match found {
        Some(login) => Ok(Answer::ok(crate::show::user(world, &login))),
        None => Err(Refusal::new(404, "Not Found")),
    }
}

fn rate_limit(world: &mut World, call: &Call) -> Answer {
    let now = world.now;
    let mut shown = |resource: &'static str| {
        let budget = world.budgets.of(&call.who.label(), resource, now);
        json!({ "limit": LIMIT, "used": budget.used, "remaining": budget.remaining(), "reset": budget.resets.as_second() })
    };
    let (core, graphql) = (shown("core"), shown("graphql"));
    Answer::ok(json!({ "resources": { "core": core, "graphql": graphql, "search": core }, "rate": core }))
}
