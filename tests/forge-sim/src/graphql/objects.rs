//! The objects that a query can reach.

use super::Fault;
use super::document::Field;
use super::pull_object;
use crate::budget::LIMIT;
use crate::clock::written;
use crate::pull::Pull;
use crate::repository::Repository;
use crate::rights::{Level, Who};
use crate::world::World;
use serde_json::{Value, json};

/// The first fields of a query.
pub(super) fn root(world: &mut World, who: &Who, field: &Field) -> Result<Value, Fault> {
    let text = |name: &str| field.arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    match field.name.as_str() {
        "repository" => {
            let (owner, name) = (text("owner"), text("name"));
            let found =
                world.repository(owner, name).filter(|found| world.may(who, found, "metadata", Level::Read));
            let words = || format!("Could not resolve to a Repository with the name '{owner}/{name}'.");
            found.map(repository).ok_or_else(|| Fault::new("NOT_FOUND", words()))
        }
        "node" => node(world, who, text("id")),
        "viewer" => Ok(actor(world, &world.actor(who))),
        "rateLimit" => {
            let now = world.now;
            let budget = *world.budgets.of(&who.label(), "graphql", now);
            Ok(json!({
                "__typename": "RateLimit", "limit": LIMIT, "cost": 1, "used": budget.used, "nodeCount": 1,
                "remaining": budget.remaining(), "resetAt": written(budget.resets),
            }))
        }
        "__type" => Ok(described(text("name"))),
        other => Err(Fault::new("undefinedField", format!("Field '{other}' doesn't exist on type 'Query'"))),
    }
}

/// Fields of types that clients look for before they use them.
fn described(name: &str) -> Value {
    let names: &[&str] = match name {
        "PullRequest" => &[
            "reviewRequests",
            "reviewDecision",
            "statusCheckRollup",
            "isInMergeQueue",
            "isMergeQueueEnabled",
        ],
        "Repository" => &["autoMergeAllowed", "pullRequestTemplates", "visibility"],
        "WorkflowRun" => &["event", "workflow"],
        _ => &[],
    };
    let named = |name: &&str| json!({ "__typename": "__Field", "name": name });
    let fields: Vec<Value> = names.iter().map(named).collect();
    json!({ "__typename": "__Type", "name": name, "fields": fields, "inputFields": [], "enumValues": [] })
}

/// By its node id. Who may not see it can't resolve it.
pub(super) fn node(world: &mut World, who: &Who, id: &str) -> Result<Value, Fault> {
    let none =
        || Fault::new("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"));
    if let Some(login) = id.strip_prefix("login:") {
        return Ok(actor(world, login));
    }
    if let Some(number) = id.strip_prefix("R_kgDO").and_then(|number| number.parse().ok()) {
        let found =
            world.repositories.get(&number).filter(|found| world.may(who, found, "metadata", Level::Read));
        return found.map(repository).ok_or_else(none);
    }
    let (repository, number) = world.pull_by_node(id).ok_or_else(none)?;
    let found = world.repositories.get(&repository).ok_or_else(none)?;
    if !world.may(who, found, "pull_requests", Level::Read) {
        return Err(Fault::forbidden());
    }
    let mergeable = world.mergeable(repository, number);
    pull_object::pull(world, repository, number, mergeable).ok_or_else(none)
}

impl World {
    pub(super) fn pull_by_node(&self, id: &str) -> Option<(u64, u64)> {
        let mut all =
            self.repositories.values().flat_map(|found| found.pulls.values().map(move |pull| (found, pull)));
        let (found, pull) = all.find(|(_, pull)| pull.node_id() == id)?;
        Some((found.id, pull.number))
    }
}

pub(super) fn to(id: &str) -> Value {
    json!({ "$node": id })
}

/// A person, bot or organisation.
pub(super) fn actor(world: &World, login: &str) -> Value {
    let bot = login.ends_with("[bot]");
    let account = world.accounts.get(login);
    let kind = account.map_or("User", |account| account.kind);
    let id = account.map_or(1, |account| account.id);
    let shown = if bot { login.trim_end_matches("[bot]") } else { login };
    json!({
        "__typename": kind, "login": shown, "id": format!("U_kgDO{id}"), "databaseId": id, "name": shown, "email": "",
        "url": format!("{}/{shown}", world.base), "avatarUrl": format!("{}/avatars/u/{id}", world.base),
    })
}

fn repository(found: &Repository) -> Value {
    let writes = "WRITE";
    json!({
        "__typename": "Repository", "id": format!("R_kgDO{}", found.id), "databaseId": found.id, "name": found.name,
        "nameWithOwner": found.full_name(), "owner": to(&format!("login:{}", found.owner)), "$id": found.id,
        "hasIssuesEnabled": true, "hasWikiEnabled": false, "description": "", "viewerPermission": writes,
        "isPrivate": found.private, "isFork": false, "isArchived": false, "isInOrganization": true, "parent": null,
        "mergeCommitAllowed": true, "rebaseMergeAllowed": false, "squashMergeAllowed": true,
        "autoMergeAllowed": found.auto_merge, "deleteBranchOnMerge": found.deletes_merged, "url": "", "sshUrl": "",
        "defaultBranchRef": { "__typename": "Ref", "name": found.default_branch, "prefix": "refs/heads/" },
        "visibility": if found.private { "PRIVATE" } else { "PUBLIC" }, "pullRequestTemplates": [],
        "viewerDefaultMergeMethod": "MERGE", "mergeQueue": null,
    })
}

/// Fields whose value depends on their arguments. None: it is a plain one.
pub(super) fn with_arguments(
    world: &mut World,
    who: &Who,
    object: &Value,
    field: &Field,
) -> Result<Option<Value>, Fault> {
    let of = object["__typename"].as_str().unwrap_or_default();
    let id = object["$id"].as_u64().unwrap_or_default();
    match (of, field.name.as_str()) {
        ("Repository", "pullRequest" | "issueOrPullRequest") => {
            let number = field.arguments.get("number").and_then(Value::as_u64).unwrap_or_default();
            let found =
                world.repositories.get(&id).and_then(|found| found.pulls.get(&number)).map(Pull::node_id);
            let words = || format!("Could not resolve to a PullRequest with the number of {number}.");
            let found = found.ok_or_else(|| Fault::new("NOT_FOUND", words()))?;
            may_read(world, who, id)?;
            Ok(Some(to(&found)))
        }
        ("Repository", "pullRequests") => {
            may_read(world, who, id)?;
            Ok(Some(pulls(world, id, field)))
        }
        ("Repository", "ref") => {
            let name = field.arguments.get("qualifiedName").and_then(Value::as_str).unwrap_or_default();
            let name = name.trim_start_matches("refs/heads/");
            let tip = world.branches(id).remove(name);
            let target = |sha: String| json!({ "__typename": "Commit", "oid": sha });
            Ok(Some(tip.map_or(
                Value::Null,
                |sha| json!({ "__typename": "Ref", "id": name, "name": name, "target": target(sha) }),
            )))
        }
        ("CheckRun" | "StatusContext", "isRequired") => Ok(Some(object["$required"].clone())),
        _ => Ok(None),
    }
}

fn may_read(world: &World, who: &Who, id: u64) -> Result<(), Fault> {
    let found = world.repositories.get(&id);
    let may = found.is_some_and(|found| world.may(who, found, "pull_requests", Level::Read));
    if may { Ok(()) } else { Err(Fault::forbidden()) }
}

fn pulls(world: &World, id: u64, field: &Field) -> Value {
    let text = |name: &str| field.arguments.get(name).and_then(Value::as_str);
    let states: Vec<&str> = match field.arguments.get("states") {
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(one)) => vec![one.as_str()],
        _ => Vec::new(),
    };
    let fits = |pull: &&Pull| {
        let state = pull_object::state(pull);
        let head = text("headRefName").is_none_or(|head| head == pull.head);
        let base = text("baseRefName").is_none_or(|base| base == pull.base);
        head && base && (states.is_empty() || states.contains(&state))
    };
    let all = world.repositories.get(&id).into_iter().flat_map(|found| found.pulls.values());
    let mut list: Vec<Value> = all.filter(fits).map(|pull| to(&pull.node_id())).collect();
    if field.arguments.get("orderBy").is_some_and(|order| order["direction"] == "DESC") {
        list.reverse();
    }
    json!({ "$list": list })
}
