//! Commits, branches and comparisons.

use crate::git::CommitSeen;
use crate::git::diff::FileChange;
use crate::repository::Repository;
use crate::world::World;
use jiff::Timestamp;
use serde_json::{Value, json};

fn on(world: &World, repository: u64) -> Option<(&Repository, String, String)> {
    let found = world.repositories.get(&repository)?;
    let full = found.full_name();
    Some((found, format!("{}/api/v3/repos/{full}", world.base), format!("{}/{full}", world.base)))
}

pub(crate) fn commit(world: &World, repository: u64, sha: &str) -> Value {
    let Some((found, api, _)) = on(world, repository) else { return Value::Null };
    let Some(commit) = found.bare.find_commit(sha) else { return Value::Null };
    let mut body = short_commit(world, repository, &commit);
    let changes = commit.parents.first().map(|parent| found.bare.changes(parent, sha)).unwrap_or_default();
    let additions: usize = changes.iter().map(|change| change.additions).sum();
    let deletions: usize = changes.iter().map(|change| change.deletions).sum();
    body["stats"] = json!({ "additions": additions, "deletions": deletions, "total": additions + deletions });
    body["files"] = changes.iter().map(|change| file(&api, sha, change)).collect::<Vec<_>>().into();
    body
}

pub(crate) fn short_commit(world: &World, repository: u64, commit: &CommitSeen) -> Value {
    let Some((_, api, html)) = on(world, repository) else { return Value::Null };
    let sha = &commit.sha;
    let parents = commit.parents.iter().map(|sha| {
        json!({ "sha": sha, "url": format!("{api}/commits/{sha}"), "html_url": format!("{html}/commit/{sha}") })
    });
    json!({
        "sha": sha,
        "node_id": format!("C_kwDO{sha}"),
        "commit": {
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": commit.message.trim_end_matches('\n'),
            "tree": { "sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree) },
            "url": format!("{api}/git/commits/{sha}"),
            "comment_count": 0,
            "verification": { "verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null },
        },
        "url": format!("{api}/commits/{sha}"),
        "html_url": format!("{html}/commit/{sha}"),
        "comments_url": format!("{api}/commits/{sha}/comments"),
        "author": account(world, &commit.author),
        "committer": account(world, &commit.committer),
        "parents": parents.collect::<Vec<_>>(),
    })
}

fn person((name, mail, at): &(String, String, i64)) -> Value {
    let at = Timestamp::from_second(*at).unwrap_or(Timestamp::UNIX_EPOCH);
    json!({ "name": name, "email": mail, "date": crate::clock::written(at) })
}

/// GitHub knows people by their mail; here the name is enough.
fn account(world: &World, (name, ..): &(String, String, i64)) -> Value {
    if world.accounts.contains_key(name) { super::user(world, name) } else { Value::Null }
}

pub(crate) fn file(api: &str, sha: &str, change: &FileChange) -> Value {
    let path = &change.path;
    let html = api.replacen("/api/v3/repos/", "/", 1);
    let mut body = json!({
        "sha": change.blob,
        "filename": path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": format!("{html}/blob/{sha}/{path}"),
        "raw_url": format!("{html}/raw/{sha}/{path}"),
        "contents_url": format!("{api}/contents/{path}?ref={sha}"),
    });
    if let Some(patch) = &change.patch {
        body["patch"] = patch.as_str().into();
    }
    if let Some(previous) = &change.previous {
        body["previous_filename"] = previous.as_str().into();
    }
    body
}

pub(crate) fn short_branch(world: &World, repository: u64, name: &str, sha: &str) -> Value {
    let Some((found, api, _)) = on(world, repository) else { return Value::Null };
    let protected = found.rules_for(name).next().is_some();
    json!({ "name": name, "commit": { "sha": sha, "url": format!("{api}/commits/{sha}") }, "protected": protected })
}

pub(crate) fn branch(world: &World, repository: u64, name: &str, sha: &str) -> Value {
    let Some((found, api, html)) = on(world, repository) else { return Value::Null };
    let protected = found.rules_for(name).next().is_some();
    let required = found.required_checks(name);
    let level = if required.is_empty() { "off" } else { "non_admins" };
    let checks = json!({ "enforcement_level": level, "contexts": required, "checks": [] });
    json!({
        "name": name,
        "commit": commit(world, repository, sha),
        "_links": { "self": format!("{api}/branches/{name}"), "html": format!("{html}/tree/{name}") },
        "protected": protected,
        "protection": { "enabled": protected, "required_status_checks": checks },
        "protection_url": format!("{api}/branches/{name}/protection"),
    })
}

pub(crate) fn git_ref(world: &World, repository: u64, name: &str, sha: &str) -> Value {
    let Some((_, api, _)) = on(world, repository) else { return Value::Null };
    json!({
        "ref": format!("refs/{name}"),
        "node_id": format!("REF_{name}"),
        "url": format!("{api}/git/refs/{name}"),
        "object": { "sha": sha, "type": "commit", "url": format!("{api}/git/commits/{sha}") },
    })
}

pub(crate) fn comparison(world: &World, repository: u64, base: &str, head: &str) -> Value {
    let Some((found, api, html)) = on(world, repository) else { return Value::Null };
    let ahead = found.bare.commits_between(base, head);
    let behind = found.bare.commits_between(head, base).len();
    let middle = found.bare.merge_base(base, head).unwrap_or_else(|| base.to_owned());
    let status = match (ahead.len(), behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let files = found.bare.changes(&middle, head);
    let (url, page) = (format!("{api}/compare/{base}...{head}"), format!("{html}/compare/{base}...{head}"));
    json!({
        "url": url, "html_url": page, "permalink_url": page, "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"), "status": status, "ahead_by": ahead.len(), "behind_by": behind,
        "total_commits": ahead.len(), "base_commit": commit(world, repository, base),
        "merge_base_commit": commit(world, repository, &middle),
        "commits": ahead.iter().map(|one| short_commit(world, repository, one)).collect::<Vec<_>>(),
        "files": files.iter().map(|change| file(&api, head, change)).collect::<Vec<_>>(),
    })
}
