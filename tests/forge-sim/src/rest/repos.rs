//! Repositories, branches, refs and contents.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::rights::{Level, Who};
use crate::show;
use crate::world::World;
use base64::Engine;
use serde_json::{Value, json};

impl World {
    /// The repository, if whoever calls may do this with it.
    pub(super) fn allowed(
        &self,
        call: &Call,
        (owner, name): (&str, &str),
        permission: &str,
        level: Level,
    ) -> Result<u64, Refusal> {
        let found = self.repository(owner, name).ok_or_else(|| self.moved(call, owner, name))?;
        if !self.may(&call.who, found, "metadata", Level::Read) {
            return Err(Refusal::not_found());
        }
        if !self.may(&call.who, found, permission, level) {
            let by = if matches!(call.who, Who::Person(_)) { "personal access token" } else { "integration" };
            let wants = format!("{permission}={}", level.name());
            let headers = vec![("x-accepted-github-permissions".to_owned(), wants)];
            return Err(Refusal { headers, ..Refusal::new(403, format!("Resource not accessible by {by}")) });
        }
        Ok(found.id)
    }

    /// A repository that was renamed answers with where it is now.
    fn moved(&self, call: &Call, owner: &str, name: &str) -> Refusal {
        let old = format!("{owner}/{name}").to_lowercase();
        let Some(id) = self.renamed.get(&old) else { return Refusal::not_found() };
        let rest: Vec<&str> = call.path.splitn(5, '/').collect();
        let rest = rest.get(4).map(|rest| format!("/{rest}")).unwrap_or_default();
        let query: Vec<String> = call.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let to = format!("{}/api/v3/repositories/{id}{rest}{query}", self.base);
        let (status, words) =
            if call.method == "GET" { (301, "Moved Permanently") } else { (307, "Temporary Redirect") };
        Refusal { headers: vec![("location".to_owned(), to)], ..Refusal::new(status, words) }
    }
}

pub(super) fn one(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "metadata", Level::Read)?;
    let mut shown = show::repository(world, id);
    shown["permissions"] = permissions(world, call, id);
    Ok(Answer::ok(shown))
}

fn permissions(world: &World, call: &Call, id: u64) -> Value {
    let may = |permission: &str, level: Level| {
        world.repositories.get(&id).is_some_and(|found| world.may(&call.who, found, permission, level))
    };
    let (pull, push) = (may("contents", Level::Read), may("contents", Level::Write));
    let admin = may("administration", Level::Write);
    json!({ "admin": admin, "maintain": admin, "push": push, "triage": push, "pull": pull })
}

pub(super) fn branches(world: &mut World, call: &Call, at: (&str, &str)) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Read)?;
    let branches = world.branches(id);
    let shown = branches.iter().map(|(name, sha)| show::short_branch(world, id, name, sha)).collect();
    Ok(call.page(&world.base, shown))
}

pub(super) fn branch(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Read)?;
    let sha = world.branches(id).remove(name).ok_or_else(|| Refusal::new(404, "Branch not found"))?;
    Ok(Answer::ok(show::branch(world, id, name, &sha)))
}

pub(super) fn git_ref(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Read)?;
    let branch = name.strip_prefix("heads/").and_then(|branch| world.branches(id).remove(branch));
    let sha = branch.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(show::git_ref(world, id, name, &sha)))
}

pub(super) fn delete_ref(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Write)?;
    let before = world.branches(id);
    let branch = name.strip_prefix("heads/").filter(|branch| before.contains_key(*branch));
    let branch = branch.ok_or_else(|| Refusal::new(422, "Reference does not exist"))?;
    if let Some(found) = world.repositories.get(&id) {
        found.bare.delete_branch(branch);
    }
    world.pushed(id, &call.who, &before);
    Ok(Answer::empty())
}

pub(super) fn commit(world: &mut World, call: &Call, at: (&str, &str), name: &str) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Read)?;
    let sha = world.commit_named(id, name)?;
    Ok(Answer::ok(show::commit(world, id, &sha)))
}

pub(super) fn compare(world: &mut World, call: &Call, at: (&str, &str), range: &str) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Read)?;
    let (base, head) = range.split_once("...").ok_or_else(Refusal::not_found)?;
    let (base, head) = (world.commit_named(id, base)?, world.commit_named(id, head)?);
    Ok(Answer::ok(show::comparison(world, id, &base, &head)))
}

pub(super) fn contents(world: &mut World, call: &Call, at: (&str, &str), path: &str) -> Outcome {
    let id = world.allowed(call, at, "contents", Level::Read)?;
    let found = world.repositories.get(&id).ok_or_else(Refusal::not_found)?;
    let name = call.asked("ref").unwrap_or(&found.default_branch).to_owned();
    let sha = found
        .bare
        .resolve(&name)
        .ok_or_else(|| Refusal::new(404, format!("No commit found for the ref {name}")))?;
    let text = found.bare.read(&sha, path).ok_or_else(Refusal::not_found)?;
    if call.header("accept").is_some_and(|accept| accept.contains("raw")) {
        let text = String::from_utf8_lossy(&text).into_owned();
        return Ok(Answer { text: Some(text), ..Answer::ok(Value::Null) });
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
    let file = path.rsplit('/').next().unwrap_or(path);
    let url = format!("{}/api/v3/repos/{}/contents/{path}?ref={name}", world.base, found.full_name());
    let html = format!("{}/{}/blob/{name}/{path}", world.base, found.full_name());
    let oid =
        git2::Oid::hash_object(git2::ObjectType::Blob, &text).map(|oid| oid.to_string()).unwrap_or_default();
    Ok(Answer::ok(json!({
        "type": "file", "encoding": "base64", "size": text.len(), "name": file, "path": path, "content": encoded,
        "sha": oid, "url": url, "git_url": url, "html_url": html, "download_url": null,
        "_links": { "self": url, "git": url, "html": html },
    })))
}

impl World {
    /// The commit of a branch, tag or hash.
    pub(super) fn commit_named(&self, repository: u64, name: &str) -> Result<String, Refusal> {
        let found = self.repositories.get(&repository).and_then(|found| found.bare.resolve(name));
        found.ok_or_else(|| Refusal::new(422, format!("No commit found for SHA: {name}")))
    }
}
