//! Pull requests: opened, found, changed, listed.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::pull::Pull;
use crate::repository::Repository;
use crate::rights::Level;
use crate::show;
use crate::world::World;
use serde_json::json;

pub(crate) const LONGEST_BODY: usize = 65_536;
const MOST_FILES: usize = 3000;

/// What a new pull request is to be.
pub(crate) struct NewPull {
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) head: String,
    pub(crate) base: String,
    pub(crate) draft: bool,
    pub(crate) maintainer_can_modify: bool,
}

pub(super) fn create(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "pull_requests", Level::Write)?;
    let wanted = NewPull {
        title: call.required("PullRequest", "title")?,
        body: call.text("body").map(str::to_owned),
        head: call.required("PullRequest", "head")?,
        base: call.required("PullRequest", "base")?,
        draft: call.flag("draft"),
        maintainer_can_modify: call.flag("maintainer_can_modify"),
    };
    let by = world.actor(&call.who);
    let number = open(world, id, &by, wanted)?;
    Ok(Answer::created(show::pull(world, id, number, None)))
}

/// Opens one, if GitHub would. Its number.
pub(crate) fn open(world: &mut World, repository: u64, by: &str, wanted: NewPull) -> Result<u64, Refusal> {
    let id = world.next_id();
    let now = world.now;
    let found = world.repositories.get_mut(&repository).ok_or_else(Refusal::not_found)?;
    let (head, head_sha, base_sha) = checked(found, &wanted)?;
    found.last_number += 1;
    let number = found.last_number;
    let pull = Pull {
        id,
        number,
        title: wanted.title,
        body: wanted.body,
        author: by.to_owned(),
        open: true,
        draft: wanted.draft,
        locked: false,
        head,
        head_sha,
        base: wanted.base,
        base_sha,
        maintainer_can_modify: wanted.maintainer_can_modify,
        created: now,
        updated: now,
        closed: None,
        closed_by: None,
        merged: None,
        labels: Default::default(),
        reviewers: Default::default(),
        teams: Default::default(),
        assignees: Default::default(),
        reviews: Vec::new(),
        threads: Vec::new(),
        comments: Vec::new(),
        auto_merge: None,
        mergeability: None,
    };
    found.pulls.insert(number, pull);
    world.told_of_pull(repository, number, "opened", by);
    Ok(number)
}

/// The head's branch, its commit and the base's, or why not.
fn checked(found: &Repository, wanted: &NewPull) -> Result<(String, String, String), Refusal> {
    let (owner, head) = wanted.head.split_once(':').unwrap_or((&found.owner, &wanted.head));
    let tip = found.bare.tip(head).filter(|_| owner.eq_ignore_ascii_case(&found.owner));
    let head_sha = tip.ok_or_else(|| Refusal::invalid("PullRequest", "head", "invalid"))?;
    let base_sha =
        found.bare.tip(&wanted.base).ok_or_else(|| Refusal::invalid("PullRequest", "base", "invalid"))?;
    short_enough(wanted.body.as_deref())?;
    if found.bare.commits_between(&base_sha, &head_sha).is_empty() {
        return Err(Refusal::custom("PullRequest", format!("No commits between {} and {head}", wanted.base)));
    }
    if found.open_pull_of(head, &wanted.base).is_some() {
        let words = format!("A pull request already exists for {}:{head}.", found.owner);
        return Err(Refusal::custom("PullRequest", words));
    }
    if wanted.draft && !found.drafts {
        return Err(Refusal::new(422, "Draft pull requests are not supported in this repository."));
    }
    Ok((head.to_owned(), head_sha, base_sha))
}

fn short_enough(body: Option<&str>) -> Result<(), Refusal> {
    if body.is_none_or(|body| body.chars().count() <= LONGEST_BODY) {
        return Ok(());
    }
    let message = "body is too long (maximum is 65536 characters)";
    let error = json!({ "resource": "PullRequest", "code": "custom", "field": "body", "message": message });
    Err(Refusal { errors: vec![error], ..Refusal::new(422, "Validation Failed") })
}

impl World {
    /// The repository and number of a pull request that exists, if whoever calls may do this.
    pub(super) fn allowed_pull(
        &self,
        call: &Call,
        at: (&str, &str),
        number: &str,
        permission: &str,
        level: Level,
    ) -> Result<(u64, u64), Refusal> {
        let id = self.allowed(call, at, permission, level)?;
        let number = number.parse().ok().filter(|number| {
            self.repositories.get(&id).is_some_and(|found| found.pulls.contains_key(number))
        });
        Ok((id, number.ok_or_else(Refusal::not_found)?))
    }

    pub(super) fn pull_mut(&mut self, (repository, number): (u64, u64)) -> Result<&mut Pull, Refusal> {
        let found = self.repositories.get_mut(&repository).and_then(|found| found.pulls.get_mut(&number));
        found.ok_or_else(Refusal::not_found)
    }

    pub(super) fn pull_and_home(
        &self,
        (repository, number): (u64, u64),
    ) -> Result<(&Repository, &Pull), Refusal> {
        let found = self.repositories.get(&repository).ok_or_else(Refusal::not_found)?;
        Ok((found, found.pulls.get(&number).ok_or_else(Refusal::not_found)?))
    }
}

pub(super) fn one(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let (id, number) = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let mergeable = world.mergeable(id, number);
    Ok(Answer::ok(show::pull(world, id, number, mergeable)))
}

pub(super) fn list(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "pull_requests", Level::Read)?;
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let state = call.asked("state").unwrap_or("open");
    let fits = |pull: &&Pull| {
        let head = call.asked("head").is_none_or(|head| head == format!("{}:{}", found.owner, pull.head));
        let base = call.asked("base").is_none_or(|base| base == pull.base);
        head && base && (state == "all" || state == pull.state())
    };
    let mut numbers: Vec<u64> = found.pulls.values().filter(fits).map(|pull| pull.number).collect();
    if call.asked("direction").unwrap_or("desc") == "desc" {
        numbers.reverse();
    }
    let shown = numbers.into_iter().map(|number| show::short_pull(world, id, number)).collect();
    Ok(call.page(&world.base, shown))
}

/// Changes title, body, state and base. A draft stays one: only GraphQL changes that.
pub(super) fn change(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let (id, number) = world.allowed_pull(call, at, number, "pull_requests", Level::Write)?;
    short_enough(call.text("body"))?;
    let by = world.actor(&call.who);
    if let Some(base) = call.text("base") {
        rebase(world, id, number, base)?;
    }
    let now = world.now;
    let pull = world.pull_mut((id, number))?;
    if let Some(title) = call.text("title").filter(|title| !title.is_empty()) {
        title.clone_into(&mut pull.title);
    }
    if call.body.get("body").is_some() {
        pull.body = call.text("body").map(str::to_owned);
    }
    pull.updated = now;
    world.told_of_pull(id, number, "edited", &by);
    set_state(world, (id, number), call.text("state"), &by)?;
    let mergeable = world.mergeable(id, number);
    Ok(Answer::ok(show::pull(world, id, number, mergeable)))
}

fn rebase(world: &mut World, id: u64, number: u64, base: &str) -> Result<(), Refusal> {
    let tip =
        world.branches(id).remove(base).ok_or_else(|| Refusal::invalid("PullRequest", "base", "invalid"))?;
    let pull = world.pull_mut((id, number))?;
    base.clone_into(&mut pull.base);
    pull.base_sha = tip;
    Ok(())
}

pub(crate) fn set_state(
    world: &mut World,
    (id, number): (u64, u64),
    state: Option<&str>,
    by: &str,
) -> Result<(), Refusal> {
    let (now, tips) = (world.now, world.branches(id));
    let pull = world.pull_mut((id, number))?;
    let action = match state {
        Some("closed") if pull.open => {
            pull.end(by, now);
            "closed"
        }
        Some("open") if !pull.open => {
            let tip = tips.get(&pull.head).filter(|_| pull.merged.is_none());
            let words =
                format!("state cannot be changed. The {} branch has been deleted or merged.", pull.head);
            pull.head_sha = tip.cloned().ok_or_else(|| Refusal::custom("PullRequest", words))?;
            pull.open = true;
            pull.closed = None;
            pull.closed_by = None;
            "reopened"
        }
        Some("open" | "closed") | None => return Ok(()),
        Some(_) => return Err(Refusal::invalid("PullRequest", "state", "invalid")),
    };
    world.told_of_pull(id, number, action, by);
    Ok(())
}

pub(super) fn files(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let asked = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let (found, pull) = world.pull_and_home(asked)?;
    let api = format!("{}/api/v3/repos/{}", world.base, found.full_name());
    let changes = found.changes_of(pull);
    let shown =
        changes.iter().take(MOST_FILES).map(|change| show::file(&api, &pull.head_sha, change)).collect();
    Ok(call.page(&world.base, shown))
}

pub(super) fn commits(world: &mut World, call: &Call, at: (&str, &str), number: &str) -> Outcome {
    let asked = world.allowed_pull(call, at, number, "pull_requests", Level::Read)?;
    let (found, pull) = world.pull_and_home(asked)?;
    let shown =
        found.commits_of(pull).iter().map(|commit| show::short_commit(world, asked.0, commit)).collect();
    Ok(call.page(&world.base, shown))
}
