//! Merging, and bringing a branch up to its base.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::rights::Level;
use crate::world::World;
use serde_json::json;

pub(super) fn merge(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let asked = world.allowed_pull(call, at, number, "contents", Level::Write)?;
    world.allowed(call, at, "pull_requests", Level::Read)?;
    let by = world.actor(&call.who);
    let method = call.text("merge_method").unwrap_or("merge");
    let sha = merge_as(world, asked, &by, call.text("sha"), method, call.text("commit_title"))?;
    Ok(Answer::ok(json!({ "sha": sha, "merged": true, "message": "Pull Request successfully merged" })))
}

/// Merges if the gates allow it; 405 and 409 otherwise.
pub(crate) fn merge_as(
    world: &mut World,
    asked: (u64, u64),
    by: &str,
    sha: Option<&str>,
    method: &str,
    title: Option<&str>,
) -> Result<String, Refusal> {
    let (found, pull) = world.pull_and_home(asked)?;
    if sha.is_some_and(|sha| sha != pull.head_sha) {
        return Err(Refusal::new(409, "Head branch was modified. Review and try the merge again."));
    }
    if !pull.open {
        return Err(Refusal::new(405, "Pull Request is not mergeable"));
    }
    if pull.draft {
        return Err(Refusal::new(405, "Pull Request is still a draft"));
    }
    let blockers = found.blockers(pull);
    if !blockers.is_empty() {
        return Err(Refusal::new(
            405,
            format!("Repository rule violations found\n\n{}", blockers.join("\n\n")),
        ));
    }
    let squash = match method {
        "merge" => false,
        "squash" => true,
        "rebase" => return Err(Refusal::new(405, "Rebase merges are not allowed on this repository.")),
        _ => return Err(Refusal::invalid("PullRequest", "merge_method", "invalid")),
    };
    let default = match squash {
        true => format!("{} (#{})\n", pull.title, pull.number),
        false => format!(
            "Merge pull request #{} from {}/{}\n\n{}\n",
            pull.number, found.owner, pull.head, pull.title
        ),
    };
    let title = title.map_or(default, |title| format!("{title}\n"));
    let merged = world.merge(asked.0, asked.1, by, squash, &title);
    merged.map_err(|_| Refusal::new(405, "Pull Request is not mergeable"))
}

pub(super) fn is_merged(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let asked = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let merged = world.pull_and_home(asked)?.1.merged.is_some();
    if merged { Ok(Answer::empty()) } else { Err(Refusal::not_found()) }
}

pub(super) fn update_branch(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let asked = world.allowed_pull(call, at, number, "contents", Level::Write)?;
    let before = world.branches(asked.0);
    let now = world.now;
    let by = world.actor(&call.who);
    let (found, pull) = world.pull_and_home(asked)?;
    if call.text("expected_head_sha").is_some_and(|sha| sha != pull.head_sha) {
        return Err(Refusal::new(422, "expected head sha didn’t match current head ref."));
    }
    let base = found.bare.tip(&pull.base).ok_or_else(Refusal::not_found)?;
    if found.bare.commits_between(&pull.head_sha, &base).is_empty() {
        return Err(Refusal::new(422, "There are no new commits on the base branch."));
    }
    let message = format!("Merge branch '{}' into {}\n", pull.base, pull.head);
    let author = crate::git::Author { name: &by, mail: "merges@example.com", at: now };
    let merged = found.bare.merge(&pull.head, &base, false, &message, &author);
    merged.map_err(|_| Refusal::new(422, "merge conflict between base and head"))?;
    world.pushed(asked.0, &call.who, &before);
    let url = format!("{}/api/v3{}", world.base, call.path.trim_end_matches("/update-branch"));
    Ok(Answer::with(202, json!({ "message": "Updating pull request branch.", "url": url })))
}
