//! A repository with its many addresses.

use super::{add_urls, user};
use crate::clock::written;
use crate::world::World;
use serde_json::{Value, json};

const URLS: &[(&str, &str)] = &[
    ("archive", "/{archive_format}{/ref}"),
    ("assignees", "/assignees{/user}"),
    ("blobs", "/git/blobs{/sha}"),
    ("branches", "/branches{/branch}"),
    ("collaborators", "/collaborators{/collaborator}"),
    ("comments", "/comments{/number}"),
    ("commits", "/commits{/sha}"),
    ("compare", "/compare/{base}...{head}"),
    ("contents", "/contents/{+path}"),
    ("contributors", "/contributors"),
    ("deployments", "/deployments"),
    ("downloads", "/downloads"),
    ("events", "/events"),
    ("forks", "/forks"),
    ("git_commits", "/git/commits{/sha}"),
    ("git_refs", "/git/refs{/sha}"),
    ("git_tags", "/git/tags{/sha}"),
    ("hooks", "/hooks"),
    ("issue_comment", "/issues/comments{/number}"),
    ("issue_events", "/issues/events{/number}"),
    ("issues", "/issues{/number}"),
    ("keys", "/keys{/key_id}"),
    ("labels", "/labels{/name}"),
    ("languages", "/languages"),
    ("merges", "/merges"),
    ("milestones", "/milestones{/number}"),
    ("notifications", "/notifications{?since,all,participating}"),
    ("pulls", "/pulls{/number}"),
    ("releases", "/releases{/id}"),
    ("stargazers", "/stargazers"),
    ("statuses", "/statuses/{sha}"),
    ("subscribers", "/subscribers"),
    ("subscription", "/subscription"),
    ("tags", "/tags"),
    ("teams", "/teams"),
    ("trees", "/git/trees{/sha}"),
];

pub(crate) fn repository(world: &World, id: u64) -> Value {
    let Some(found) = world.repositories.get(&id) else { return Value::Null };
    let full = found.full_name();
    let (api, html) = (format!("{}/api/v3/repos/{full}", world.base), format!("{}/{full}", world.base));
    let open = found.pulls.values().filter(|pull| pull.open).count();
    let mut body = json!({
        "id": id, "node_id": format!("R_kgDO{id}"), "name": found.name, "full_name": full,
        "owner": user(world, &found.owner), "private": found.private, "html_url": html, "description": null,
        "fork": false, "url": api, "git_url": format!("{html}.git"), "ssh_url": format!("{html}.git"),
        "clone_url": format!("{html}.git"), "svn_url": html, "mirror_url": null, "homepage": null, "language": null,
        "forks_count": 0, "stargazers_count": 0, "watchers_count": 0, "size": 1, "open_issues_count": open,
    });
    let more = json!({
        "is_template": false, "topics": [], "has_issues": true, "has_projects": true, "has_wiki": false,
        "has_pages": false, "has_downloads": false, "has_discussions": false, "archived": false, "disabled": false,
        "visibility": if found.private { "private" } else { "public" },
        "created_at": written(found.created), "updated_at": written(found.pushed), "pushed_at": written(found.pushed),
        "license": null, "forks": 0, "open_issues": open, "watchers": 0, "allow_forking": true,
        "web_commit_signoff_required": false, "default_branch": found.default_branch,
    });
    let merges = json!({
        "allow_rebase_merge": false, "allow_squash_merge": true, "allow_merge_commit": true,
        "allow_auto_merge": found.auto_merge, "delete_branch_on_merge": found.deletes_merged,
        "allow_update_branch": true, "subscribers_count": 0, "network_count": 0,
    });
    for part in [more, merges] {
        if let (Some(body), Value::Object(part)) = (body.as_object_mut(), part) {
            body.extend(part);
        }
    }
    add_urls(&mut body, &api, URLS);
    body
}
