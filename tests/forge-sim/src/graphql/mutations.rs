//! What GraphQL changes.

use super::document::Field;
use super::objects::to;
use super::{Fault, pull_object};
use crate::pull::AutoMerge;
use crate::rest::answer::Refusal;
use crate::rest::merges::merge_as;
use crate::rest::pulls::{NewPull, open, set_state};
use crate::rights::{Level, Who};
use crate::world::World;
use base64::Engine;
use serde_json::{Value, json};

type Spot = (u64, u64);

/// The pull request that the input names, if whoever asks may do this.
fn spot(world: &World, who: &Who, input: &Value, permission: &str) -> Result<Spot, Fault> {
    let id = ["pullRequestId", "subjectId"].iter().find_map(|name| input[*name].as_str()).unwrap_or_default();
    let words = || format!("Could not resolve to a node with the global id of '{id}'");
    let spot = world.pull_by_node(id).ok_or_else(|| Fault::new("NOT_FOUND", words()))?;
    may(world, who, spot.0, permission)?;
    Ok(spot)
}

fn may(world: &World, who: &Who, repository: u64, permission: &str) -> Result<(), Fault> {
    let found = world.repositories.get(&repository);
    let may = found.is_some_and(|found| world.may(who, found, permission, Level::Write));
    if may { Ok(()) } else { Err(Fault::forbidden()) }
}

pub(super) fn run(world: &mut World, who: &Who, field: &Field) -> Result<Value, Fault> {
    let input = field.arguments.get("input").cloned().unwrap_or_default();
    let by = world.actor(who);
    match field.name.as_str() {
        "markPullRequestReadyForReview" => drafted(world, who, &input, false),
        "convertPullRequestToDraft" => drafted(world, who, &input, true),
        "enablePullRequestAutoMerge" => enable_auto_merge(world, who, &input),
        "disablePullRequestAutoMerge" => {
            let spot = spot(world, who, &input, "pull_requests")?;
            if let Some(pull) = world.spot(spot) {
                pull.auto_merge = None;
            }
            Ok(payload(world, spot))
        }
        "createPullRequest" => create(world, who, &input),
        "updatePullRequest" => update(world, who, &input),
        "closePullRequest" | "reopenPullRequest" => {
            let spot = spot(world, who, &input, "pull_requests")?;
            let state = if field.name == "closePullRequest" { "closed" } else { "open" };
            set_state(world, spot, Some(state), &by).map_err(sentence)?;
            Ok(payload(world, spot))
        }
        "mergePullRequest" => {
            let spot = spot(world, who, &input, "contents")?;
            let method = input["mergeMethod"].as_str().unwrap_or("MERGE").to_lowercase();
            let (sha, title) = (input["expectedHeadOid"].as_str(), input["commitHeadline"].as_str());
            merge_as(world, spot, &by, sha, &method, title).map_err(sentence)?;
            Ok(payload(world, spot))
        }
        "addComment" => {
            let spot = spot(world, who, &input, "pull_requests")?;
            let id =
                world.add_comment(spot, &by, input["body"].as_str().unwrap_or_default()).unwrap_or_default();
            let shown = world.shown_comment(spot.0, id).unwrap_or_default();
            let node =
                json!({ "__typename": "IssueComment", "id": shown["node_id"], "url": shown["html_url"] });
            Ok(
                json!({ "__typename": "AddCommentPayload", "commentEdge": { "__typename": "IssueCommentEdge", "node": node } }),
            )
        }
        "requestReviews" => request_reviews(world, who, &input),
        "resolveReviewThread" => resolve_thread(world, who, &input, Some(&by)),
        "unresolveReviewThread" => resolve_thread(world, who, &input, None),
        "createCommitOnBranch" => commit_on_branch(world, who, &input),
        other => {
            Err(Fault::new("undefinedField", format!("Field '{other}' doesn't exist on type 'Mutation'")))
        }
    }
}

fn payload(world: &World, (repository, number): Spot) -> Value {
    let id = world
        .repositories
        .get(&repository)
        .and_then(|found| found.pulls.get(&number))
        .map(|pull| pull.node_id());
    json!({ "__typename": "Payload", "clientMutationId": null, "pullRequest": id.map(|id| to(&id)), "actor": null })
}

/// A refusal of REST as GraphQL words it: all in one sentence.
fn sentence(refusal: Refusal) -> Fault {
    let words =
        refusal.errors.iter().map(|error| match (error["message"].as_str(), error["field"].as_str()) {
            (Some(message), _) => message.to_owned(),
            (None, Some("head")) => "Head sha can't be blank, Head ref must be a branch".to_owned(),
            (None, Some("base")) => "Base sha can't be blank, Base ref must be a branch".to_owned(),
            (None, field) => format!("{} is invalid", field.unwrap_or("Input")),
        });
    let words: Vec<String> = words.collect();
    let message = if words.is_empty() { refusal.message } else { words.join(", ") };
    Fault::new("UNPROCESSABLE", message)
}

fn drafted(world: &mut World, who: &Who, input: &Value, draft: bool) -> Result<Value, Fault> {
    let spot = spot(world, who, input, "pull_requests")?;
    let by = world.actor(who);
    let open = world.spot(spot).is_some_and(|pull| pull.open);
    if !open {
        return Err(Fault::new("UNPROCESSABLE", "Pull request is closed"));
    }
    world.set_draft(spot, draft, &by);
    Ok(payload(world, spot))
}

impl World {
    pub(crate) fn set_draft(&mut self, spot: Spot, draft: bool, by: &str) {
        let Some(pull) = self.spot(spot).filter(|pull| pull.draft != draft) else { return };
        pull.draft = draft;
        let action = if draft { "converted_to_draft" } else { "ready_for_review" };
        self.told_of_pull(spot.0, spot.1, action, by);
    }
}

fn enable_auto_merge(world: &mut World, who: &Who, input: &Value) -> Result<Value, Fault> {
    let spot = spot(world, who, input, "contents")?;
    let (by, enabled) = (world.actor(who), world.now);
    let unable = |words: &str| Err(Fault::new("UNPROCESSABLE", words));
    let Some(found) = world.repositories.get(&spot.0) else { return Err(Fault::forbidden()) };
    let Some(pull) = found.pulls.get(&spot.1) else { return Err(Fault::forbidden()) };
    if !found.auto_merge {
        return unable("Pull request Auto merge is not allowed for this repository");
    }
    if pull.draft {
        return unable("Pull request Pull request is in draft status");
    }
    if !pull.open {
        return unable("Pull request Pull request is closed");
    }
    if input["expectedHeadOid"].as_str().is_some_and(|sha| sha != pull.head_sha) {
        return unable("Head sha did not match the expected head oid");
    }
    if found.blockers(pull).is_empty() {
        return unable("Pull request Pull request is in clean status");
    }
    let method = input["mergeMethod"].as_str().unwrap_or("MERGE").to_owned();
    let title = input["commitHeadline"].as_str().map(str::to_owned);
    if let Some(pull) = world.spot(spot) {
        pull.auto_merge = Some(AutoMerge { by: by.clone(), method, title, enabled });
    }
    world.told_of_pull(spot.0, spot.1, "auto_merge_enabled", &by);
    Ok(payload(world, spot))
}

fn create(world: &mut World, who: &Who, input: &Value) -> Result<Value, Fault> {
    let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let id = text("repositoryId");
    let repository = id.strip_prefix("R_kgDO").and_then(|id| id.parse().ok());
    let words = format!("Could not resolve to a node with the global id of '{id}'");
    let repository = repository.ok_or_else(|| Fault::new("NOT_FOUND", words))?;
    may(world, who, repository, "pull_requests")?;
    let wanted = NewPull {
        title: text("title"),
        body: input["body"].as_str().map(str::to_owned),
        head: text("headRefName"),
        base: text("baseRefName").trim_start_matches("refs/heads/").to_owned(),
        draft: input["draft"].as_bool().unwrap_or(false),
        maintainer_can_modify: input["maintainerCanModify"].as_bool().unwrap_or(false),
    };
    let by = world.actor(who);
    let number = open(world, repository, &by, wanted).map_err(sentence)?;
    Ok(payload(world, (repository, number)))
}

fn update(world: &mut World, who: &Who, input: &Value) -> Result<Value, Fault> {
    let spot = spot(world, who, input, "pull_requests")?;
    let by = world.actor(who);
    if let Some(pull) = world.spot(spot) {
        if let Some(title) = input["title"].as_str() {
            title.clone_into(&mut pull.title);
        }
        if let Some(body) = input["body"].as_str() {
            pull.body = Some(body.to_owned());
        }
    }
    world.told_of_pull(spot.0, spot.1, "edited", &by);
    Ok(payload(world, spot))
}

fn request_reviews(world: &mut World, who: &Who, input: &Value) -> Result<Value, Fault> {
    let spot = spot(world, who, input, "pull_requests")?;
    let ids: Vec<&str> =
        input["userIds"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let is = |id: u64| ids.contains(&format!("U_kgDO{id}").as_str());
    let logins: Vec<String> =
        world.accounts.iter().filter(|(_, one)| is(one.id)).map(|(login, _)| login.clone()).collect();
    if let Some(pull) = world.spot(spot) {
        pull.reviewers.extend(logins);
    }
    Ok(payload(world, spot))
}

fn resolve_thread(world: &mut World, who: &Who, input: &Value, by: Option<&str>) -> Result<Value, Fault> {
    let id = input["threadId"].as_str().unwrap_or_default();
    let number: Option<u64> = id.strip_prefix("PRRT_").and_then(|id| id.parse().ok());
    let mut all =
        world.repositories.values().flat_map(|found| found.pulls.values().map(move |pull| (found.id, pull)));
    let has =
        |(_, pull): &(u64, &crate::pull::Pull)| pull.threads.iter().any(|thread| Some(thread.id) == number);
    let spot = all.find(has).map(|(repository, pull)| (repository, pull.number));
    let words = || format!("Could not resolve to a node with the global id of '{id}'");
    let (spot, number) = spot.zip(number).ok_or_else(|| Fault::new("NOT_FOUND", words()))?;
    may(world, who, spot.0, "pull_requests")?;
    world.resolve_thread(spot, number, by);
    let pull = world.repositories.get(&spot.0).and_then(|found| found.pulls.get(&spot.1));
    let thread = pull.and_then(|pull| pull.threads.iter().find(|thread| thread.id == number));
    let shown = thread.map(|thread| pull_object::review_thread(world, thread));
    Ok(json!({ "__typename": "ResolveReviewThreadPayload", "thread": shown, "clientMutationId": null }))
}

/// One commit of whole files, only on top of the head that is expected.
fn commit_on_branch(world: &mut World, who: &Who, input: &Value) -> Result<Value, Fault> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (full, branch) =
        (text(&input["branch"]["repositoryNameWithOwner"]), text(&input["branch"]["branchName"]));
    let found =
        full.split_once('/').and_then(|(owner, name)| world.repository(owner, name)).map(|found| found.id);
    let repository = found.ok_or_else(|| {
        Fault::new("NOT_FOUND", format!("Could not resolve to a Repository with the name '{full}'."))
    })?;
    may(world, who, repository, "contents")?;
    let before = world.branches(repository);
    let tip = before.get(&branch).ok_or_else(|| Fault::new("NOT_FOUND", "Branch not found"))?;
    let expected = text(&input["expectedHeadOid"]);
    if *tip != expected {
        return Err(Fault::new(
            "STALE_DATA",
            format!(
                "Expected branch to point to \"{expected}\" but it points to \"{tip}\". Pull and try again."
            ),
        ));
    }
    let list = |name: &str| input["fileChanges"][name].as_array().cloned().unwrap_or_default();
    let (additions, deletions) = (list("additions"), list("deletions"));
    let mut files: Vec<(String, Option<String>)> =
        deletions.iter().map(|one| (text(&one["path"]), None)).collect();
    for one in &additions {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text(&one["contents"]));
        let bytes = bytes.map_err(|_| Fault::new("UNPROCESSABLE", "contents must be base64"))?;
        files.push((text(&one["path"]), Some(String::from_utf8_lossy(&bytes).into_owned())));
    }
    let files: Vec<(&str, Option<&str>)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_deref())).collect();
    let (headline, body) = (text(&input["message"]["headline"]), text(&input["message"]["body"]));
    let message = if body.is_empty() { headline } else { format!("{headline}\n\n{body}") };
    let by = world.actor(who);
    let author = crate::git::Author { name: &by, mail: "bot@example.com", at: world.now };
    let made = world
        .repositories
        .get(&repository)
        .map(|found| found.bare.commit(&branch, None, &files, &message, &author));
    let sha = made
        .and_then(Result::ok)
        .ok_or_else(|| Fault::new("UNPROCESSABLE", "The commit could not be made"))?;
    world.pushed(repository, who, &before);
    let commit =
        json!({ "__typename": "Commit", "oid": sha, "url": format!("{}/{full}/commit/{sha}", world.base) });
    Ok(
        json!({ "__typename": "CreateCommitOnBranchPayload", "commit": commit, "ref": null, "clientMutationId": null }),
    )
}
