//! Commit statuses, and the rules of branches.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::repository::Rule;
use crate::rights::Level;
use crate::show;
use crate::world::World;
use serde_json::{Value, json};

const MOST_OF_A_CONTEXT: usize = 1000;

pub(super) fn create(world: &mut World, call: &Call, at: (&str, &str), sha: &str) -> Outcome {
    let id = world.allowed(call, at, "statuses", Level::Write)?;
    let sha = world.commit_named(id, sha)?;
    let state = call.required("Status", "state")?;
    if !["error", "failure", "pending", "success"].contains(&state.as_str()) {
        return Err(Refusal::invalid("Status", "state", "inclusion"));
    }
    let context = call.text("context").unwrap_or("default").to_owned();
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let of = found.statuses.iter().filter(|one| one.sha == sha && one.context == context).count();
    if of >= MOST_OF_A_CONTEXT {
        return Err(Refusal::custom(
            "Status",
            "This SHA and context has reached the maximum number of statuses.",
        ));
    }
    let by = world.actor(&call.who);
    let words = (call.text("description"), call.text("target_url"));
    let status = world.add_status(id, &by, &sha, (&context, &state), words);
    Ok(Answer::created(status))
}

pub(super) fn combined(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "statuses", Level::Read)?;
    let sha = world.commit_named(id, name)?;
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(show::combined_status(world, found, &sha)))
}

pub(super) fn list(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "statuses", Level::Read)?;
    let sha = world.commit_named(id, name)?;
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let of = found.statuses.iter().rev().filter(|one| one.sha == sha);
    let shown = of.map(|one| show::status(world, found, one)).collect();
    Ok(call.page(&world.base, shown))
}

/// Active rules for a branch, whether it exists or not.
pub(super) fn rules(world: &mut World, call: &Call, at: (&str, &str), branch: &str) -> Outcome {
    let id = world.allowed(call, at, "metadata", Level::Read)?;
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let source = found.full_name();
    let shown = found.rules_for(branch).map(|rule| {
        let mut shown = json!({
            "type": rule.kind(), "ruleset_source_type": "Repository", "ruleset_source": source, "ruleset_id": 1,
        });
        if let Some(parameters) = parameters(rule) {
            shown["parameters"] = parameters;
        }
        shown
    });
    let shown = shown.collect();
    Ok(call.page(&world.base, shown))
}

fn parameters(rule: &Rule) -> Option<Value> {
    match rule {
        Rule::RequiredChecks(names) => {
            let checks: Vec<Value> = names.iter().map(|name| json!({ "context": name })).collect();
            Some(json!({ "required_status_checks": checks, "strict_required_status_checks_policy": false }))
        }
        Rule::PullRequest { approvals } => Some(json!({
            "required_approving_review_count": approvals, "dismiss_stale_reviews_on_push": false,
            "require_code_owner_review": false, "require_last_push_approval": false,
            "required_review_thread_resolution": false,
        })),
        _ => None,
    }
}
