//! Pull requests.

use super::{add_urls, repository, user};
use crate::clock::written;
use crate::pull::{AutoMerge, Pull};
use crate::repository::Repository;
use crate::world::World;
use serde_json::{Value, json};

/// As it stands in lists and webhooks.
pub(crate) fn short_pull(world: &World, repository: u64, number: u64) -> Value {
    let Some(found) = world.repositories.get(&repository) else { return Value::Null };
    let Some(pull) = found.pulls.get(&number) else { return Value::Null };
    let full = found.full_name();
    let (api, html) = (format!("{}/api/v3/repos/{full}", world.base), format!("{}/{full}", world.base));
    let (url, page) = (format!("{api}/pulls/{number}"), format!("{html}/pull/{number}"));
    let issue = format!("{api}/issues/{number}");
    let people = |logins: &std::collections::BTreeSet<String>| {
        logins.iter().map(|login| user(world, login)).collect::<Vec<_>>()
    };
    let mut body = json!({
        "url": url, "id": pull.id, "node_id": pull.node_id(), "html_url": page,
        "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "number": number,
        "state": pull.state(), "locked": pull.locked, "title": pull.title, "user": user(world, &pull.author),
        "body": pull.body, "created_at": written(pull.created), "updated_at": written(pull.updated),
        "closed_at": pull.closed.map(written), "merged_at": pull.merged.as_ref().map(|merged| written(merged.at)),
        "merge_commit_sha": pull.merged.as_ref().map(|merged| merged.sha.clone()), "assignee": null,
        "assignees": people(&pull.assignees), "requested_reviewers": people(&pull.reviewers),
        "requested_teams": pull.teams.iter().map(|slug| team(world, &found.owner, slug)).collect::<Vec<_>>(),
        "labels": pull.labels.iter().map(|name| label(&api, name)).collect::<Vec<_>>(), "milestone": null,
        "draft": pull.draft, "author_association": association(found, &pull.author), "active_lock_reason": null,
        "auto_merge": pull.auto_merge.as_ref().map(|auto| auto_merge(world, auto)),
        "head": side(world, found, &pull.head, &pull.head_sha), "base": side(world, found, &pull.base, &pull.base_sha),
        "_links": links(&url, &page, &issue, &format!("{api}/statuses/{}", pull.head_sha)),
    });
    let urls =
        [("commits", "/commits"), ("review_comments", "/comments"), ("review_comment", "/comments{/number}")];
    add_urls(&mut body, &url, &urls);
    body["issue_url"] = issue.as_str().into();
    body["comments_url"] = format!("{issue}/comments").into();
    body["statuses_url"] = format!("{api}/statuses/{}", pull.head_sha).into();
    body
}

/// As it stands alone. `mergeable` is what the background job has found so far.
pub(crate) fn pull(world: &World, repository: u64, number: u64, mergeable: Option<bool>) -> Value {
    let mut body = short_pull(world, repository, number);
    let Some(found) = world.repositories.get(&repository) else { return Value::Null };
    let Some(pull) = found.pulls.get(&number) else { return Value::Null };
    let changes = found.changes_of(pull);
    let commits = found.commits_of(pull).len();
    let additions: usize = changes.iter().map(|change| change.additions).sum();
    let deletions: usize = changes.iter().map(|change| change.deletions).sum();
    let more = json!({
        "merged": pull.merged.is_some(), "mergeable": mergeable, "rebaseable": mergeable,
        "mergeable_state": found.merge_state(pull, mergeable).to_lowercase(),
        "merged_by": pull.merged.as_ref().map(|merged| user(world, &merged.by)),
        "comments": pull.comments.len(),
        "review_comments": pull.threads.iter().map(|thread| thread.comments.len()).sum::<usize>(),
        "maintainer_can_modify": pull.maintainer_can_modify, "commits": commits, "additions": additions,
        "deletions": deletions, "changed_files": changes.len(),
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

fn side(world: &World, found: &Repository, branch: &str, sha: &str) -> Value {
    json!({
        "label": format!("{}:{branch}", found.owner), "ref": branch, "sha": sha,
        "user": user(world, &found.owner), "repo": repository(world, found.id),
    })
}

fn links(url: &str, page: &str, issue: &str, statuses: &str) -> Value {
    let link = |href: String| json!({ "href": href });
    json!({
        "self": link(url.to_owned()), "html": link(page.to_owned()), "issue": link(issue.to_owned()),
        "comments": link(format!("{issue}/comments")), "review_comments": link(format!("{url}/comments")),
        "review_comment": link(format!("{url}/comments{{/number}}")), "commits": link(format!("{url}/commits")),
        "statuses": link(statuses.to_owned()),
    })
}

fn auto_merge(world: &World, auto: &AutoMerge) -> Value {
    json!({
        "enabled_by": user(world, &auto.by), "merge_method": auto.method.to_lowercase(),
        "commit_title": auto.title, "commit_message": null,
    })
}

pub(crate) fn label(api: &str, name: &str) -> Value {
    json!({
        "id": name.len(), "node_id": format!("LA_{name}"), "url": format!("{api}/labels/{name}"), "name": name,
        "description": null, "color": "ededed", "default": false,
    })
}

fn team(world: &World, owner: &str, slug: &str) -> Value {
    let api = format!("{}/api/v3/organizations/1/team/{slug}", world.base);
    json!({
        "id": slug.len(), "node_id": format!("T_{slug}"), "url": api, "name": slug, "slug": slug, "description": null,
        "html_url": format!("{}/orgs/{owner}/teams/{slug}", world.base), "privacy": "closed",
        "notification_setting": "notifications_enabled", "permission": "push", "parent": null, "type": "organization",
        "members_url": format!("{api}/members{{/member}}"), "repositories_url": format!("{api}/repos"),
    })
}

/// What somebody is to a repository, as comments and reviews say it.
pub(crate) fn association(found: &Repository, login: &str) -> &'static str {
    match found.collaborators.get(login) {
        Some(_) => "COLLABORATOR",
        None if login.eq_ignore_ascii_case(&found.owner) => "OWNER",
        None => "NONE",
    }
}

pub(crate) fn labels_of(api: &str, pull: &Pull) -> Vec<Value> {
    pull.labels.iter().map(|name| label(api, name)).collect()
}
