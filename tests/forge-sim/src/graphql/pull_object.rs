//! A pull request as GraphQL has it.

use super::objects::{actor, to};
use crate::checks::CheckRun;
use crate::clock::written;
use crate::git::diff::FileChange;
use crate::pull::{Pull, ReviewThread};
use crate::repository::Repository;
use crate::world::World;
use serde_json::{Value, json};

pub(super) fn state(pull: &Pull) -> &'static str {
    match (&pull.merged, pull.open) {
        (Some(_), _) => "MERGED",
        (None, true) => "OPEN",
        (None, false) => "CLOSED",
    }
}

pub(super) fn pull(world: &World, repository: u64, number: u64, mergeable: Option<bool>) -> Option<Value> {
    let found = world.repositories.get(&repository)?;
    let pull = found.pulls.get(&number)?;
    let changes = found.changes_of(pull);
    let mut body = plain(world, found, pull, mergeable);
    let connected = json!({
        "files": list(changes.iter().map(file)),
        "commits": commits(world, found, pull),
        "labels": list(pull.labels.iter().map(|name| json!({ "__typename": "Label", "id": name, "name": name, "description": "", "color": "ededed" }))),
        "assignees": list(pull.assignees.iter().map(|login| to(&format!("login:{login}")))),
        "assignedActors": list(pull.assignees.iter().map(|login| to(&format!("login:{login}")))),
        "reviewRequests": requests(found, pull), "reviews": reviews(world, pull, false),
        "latestReviews": reviews(world, pull, true), "comments": comments(world, found, pull),
        "reviewThreads": list(pull.threads.iter().map(|thread| review_thread(world, thread))),
        "projectCards": list(std::iter::empty()), "projectItems": list(std::iter::empty()),
        "closingIssuesReferences": list(std::iter::empty()),
        "statusCheckRollup": rollup(world, found, pull),
        "additions": changes.iter().map(|change| change.additions).sum::<usize>(),
        "deletions": changes.iter().map(|change| change.deletions).sum::<usize>(), "changedFiles": changes.len(),
    });
    if let (Some(body), Value::Object(connected)) = (body.as_object_mut(), connected) {
        body.extend(connected);
    }
    Some(body)
}

fn plain(world: &World, found: &Repository, pull: &Pull, mergeable: Option<bool>) -> Value {
    let by = |login: &Option<String>| login.as_ref().map(|login| to(&format!("login:{login}")));
    let merge_state = found.merge_state(pull, mergeable);
    let home = to(&format!("R_kgDO{}", found.id));
    let auto = pull.auto_merge.as_ref().map(|auto| {
        json!({
            "__typename": "AutoMergeRequest", "authorEmail": null, "commitBody": null, "commitHeadline": auto.title,
            "mergeMethod": auto.method, "enabledAt": written(auto.enabled), "enabledBy": to(&format!("login:{}", auto.by)),
        })
    });
    json!({
        "__typename": "PullRequest", "id": pull.node_id(), "fullDatabaseId": pull.id.to_string(), "databaseId": pull.id,
        "number": pull.number, "url": format!("{}/{}/pull/{}", world.base, found.full_name(), pull.number),
        "title": pull.title, "body": pull.body.clone().unwrap_or_default(), "state": state(pull),
        "closed": !pull.open, "merged": pull.merged.is_some(), "isDraft": pull.draft, "locked": pull.locked,
        "isCrossRepository": false, "isInMergeQueue": false, "isMergeQueueEnabled": false,
        "maintainerCanModify": pull.maintainer_can_modify, "author": to(&format!("login:{}", pull.author)),
        "createdAt": written(pull.created), "updatedAt": written(pull.updated), "closedAt": pull.closed.map(written),
        "mergedAt": pull.merged.as_ref().map(|merged| written(merged.at)),
        "mergedBy": by(&pull.merged.as_ref().map(|merged| merged.by.clone())),
        "mergeCommit": pull.merged.as_ref().map(|merged| json!({ "__typename": "Commit", "oid": merged.sha })),
        "headRefName": pull.head, "headRefOid": pull.head_sha, "baseRefName": pull.base, "baseRefOid": pull.base_sha,
        "baseRef": { "__typename": "Ref", "name": pull.base, "branchProtectionRule": null },
        "headRepository": home, "headRepositoryOwner": to(&format!("login:{}", found.owner)), "repository": home,
        "baseRepository": home, "milestone": null, "reactionGroups": [], "autoMergeRequest": auto,
        "reviewDecision": found.review_decision(pull), "mergeStateStatus": if pull.open { merge_state } else { "UNKNOWN" },
        "mergeable": match mergeable { None => "UNKNOWN", Some(true) => "MERGEABLE", Some(false) => "CONFLICTING" },
        "potentialMergeCommit": null,
    })
}

pub(super) fn list(items: impl Iterator<Item = Value>) -> Value {
    json!({ "$list": items.collect::<Vec<_>>() })
}

fn file(change: &FileChange) -> Value {
    let kind = if change.status == "removed" { "DELETED".to_owned() } else { change.status.to_uppercase() };
    json!({
        "__typename": "PullRequestChangedFile", "path": change.path, "additions": change.additions,
        "deletions": change.deletions, "changeType": kind,
    })
}

fn commits(world: &World, found: &Repository, pull: &Pull) -> Value {
    let commits = found.commits_of(pull);
    list(commits.iter().map(|commit| {
        let (headline, body) = commit.message.split_once('\n').unwrap_or((&commit.message, ""));
        let author = json!({ "__typename": "GitActor", "name": commit.author.0, "email": commit.author.1, "user": null });
        let rollup = if commit.sha == pull.head_sha { rollup(world, found, pull) } else { Value::Null };
        let shown = json!({
            "__typename": "Commit", "id": commit.sha, "oid": commit.sha, "messageHeadline": headline,
            "messageBody": body.trim(), "authors": { "$list": [author] }, "statusCheckRollup": rollup,
            "committedDate": crate::clock::written(world.now), "authoredDate": crate::clock::written(world.now),
        });
        json!({ "__typename": "PullRequestCommit", "commit": shown })
    }))
}

/// Checks and statuses of the head together; null while there are none.
fn rollup(world: &World, found: &Repository, pull: &Pull) -> Value {
    let required = found.required_checks(&pull.base);
    let runs = found.checks.of(&pull.head_sha, true);
    let statuses = found.latest_statuses(&pull.head_sha);
    let of_runs = runs.iter().map(|run| check(world, found, run, required.contains(&run.name)));
    let of_statuses = statuses.iter().map(|one| {
        json!({
            "__typename": "StatusContext", "id": one.id, "context": one.context, "state": one.state.to_uppercase(),
            "targetUrl": one.target_url.clone().unwrap_or_default(), "createdAt": written(one.at),
            "description": one.description, "$required": required.contains(&one.context),
        })
    });
    let contexts: Vec<Value> = of_runs.chain(of_statuses).collect();
    if contexts.is_empty() {
        return Value::Null;
    }
    let failed = runs.iter().any(|run| run.status == "completed" && !run.passed())
        || statuses.iter().any(|one| matches!(one.state.as_str(), "failure" | "error"));
    let pending =
        runs.iter().any(|run| run.status != "completed") || statuses.iter().any(|one| one.state == "pending");
    let state = if failed {
        "FAILURE"
    } else if pending {
        "PENDING"
    } else {
        "SUCCESS"
    };
    json!({
        "__typename": "StatusCheckRollup", "id": pull.head_sha, "state": state,
        "contexts": { "$list": contexts, "checkRunCount": runs.len(), "statusContextCount": statuses.len() },
    })
}

fn check(world: &World, found: &Repository, run: &CheckRun, required: bool) -> Value {
    let workflow = run.workflow.and_then(|id| found.checks.workflows.get(&id)).map(|run| {
        json!({
            "__typename": "WorkflowRun", "databaseId": run.id, "event": "push",
            "workflow": { "__typename": "Workflow", "name": run.name },
        })
    });
    let shown = crate::show::check_run(world, found, run);
    json!({
        "__typename": "CheckRun", "id": format!("CR_kwDO{}", run.id), "databaseId": run.id, "name": run.name,
        "status": run.status.to_uppercase(), "conclusion": run.conclusion.as_ref().map(|one| one.to_uppercase()),
        "startedAt": run.started.map(written), "completedAt": run.completed.map(written),
        "detailsUrl": shown["details_url"], "url": shown["html_url"], "title": run.output.title,
        "summary": run.output.summary, "$required": required,
        "checkSuite": { "__typename": "CheckSuite", "workflowRun": workflow, "app": { "__typename": "App", "databaseId": run.app } },
    })
}

fn requests(found: &Repository, pull: &Pull) -> Value {
    let people = pull.reviewers.iter().map(|login| to(&format!("login:{login}")));
    let teams = pull.teams.iter().map(|slug| {
        let organization = to(&format!("login:{}", found.owner));
        json!({ "__typename": "Team", "name": slug, "slug": slug, "organization": organization })
    });
    let all = people.chain(teams);
    list(
        all.map(
            |one| json!({ "__typename": "ReviewRequest", "requestedReviewer": one, "asCodeOwner": false }),
        ),
    )
}

fn reviews(world: &World, pull: &Pull, latest: bool) -> Value {
    let all: Vec<_> = if latest { pull.verdicts() } else { pull.reviews.iter().collect() };
    list(all.into_iter().map(|review| {
        json!({
            "__typename": "PullRequestReview", "id": format!("PRR_{}", review.id), "databaseId": review.id,
            "author": actor(world, &review.by), "authorAssociation": "COLLABORATOR", "body": review.body,
            "state": review.state, "submittedAt": written(review.at), "includesCreatedEdit": false,
            "reactionGroups": [], "commit": { "__typename": "Commit", "oid": review.commit },
            "url": format!("{}#pullrequestreview-{}", world.base, review.id),
        })
    }))
}

fn comments(world: &World, found: &Repository, pull: &Pull) -> Value {
    list(pull.comments.iter().map(|one| {
        json!({
            "__typename": "IssueComment", "id": format!("IC_{}", one.id), "databaseId": one.id,
            "author": actor(world, &one.by), "authorAssociation": "COLLABORATOR", "body": one.body,
            "createdAt": written(one.created), "updatedAt": written(one.updated), "includesCreatedEdit": false,
            "isMinimized": false, "minimizedReason": null, "reactionGroups": [], "viewerDidAuthor": false,
            "url": format!("{}/{}/pull/{}#issuecomment-{}", world.base, found.full_name(), pull.number, one.id),
        })
    }))
}

pub(super) fn review_thread(world: &World, thread: &ReviewThread) -> Value {
    let comments = list(thread.comments.iter().map(|one| {
        json!({
            "__typename": "PullRequestReviewComment", "id": format!("PRRC_{}", one.comment.id),
            "databaseId": one.comment.id, "fullDatabaseId": one.comment.id.to_string(), "body": one.comment.body,
            "author": actor(world, &one.comment.by), "createdAt": written(one.comment.created), "path": thread.path,
        })
    }));
    json!({
        "__typename": "PullRequestReviewThread", "id": format!("PRRT_{}", thread.id), "path": thread.path,
        "line": thread.line, "isResolved": thread.resolved_by.is_some(), "isOutdated": false, "isCollapsed": false,
        "resolvedBy": thread.resolved_by.as_ref().map(|login| actor(world, login)), "comments": comments,
    })
}
