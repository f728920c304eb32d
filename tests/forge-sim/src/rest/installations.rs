//! The app, its installations, and their tokens.

use super::answer::{Answer, Outcome, Refusal};
use super::request::Call;
use crate::app::{App, Holder, Installation, TOKEN_LASTS, Token, installation_token};
use crate::clock::written;
use crate::repository::Repository;
use crate::rights::{Grant, Level, Permissions, Who, shown};
use crate::show;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MOST_REPOSITORIES: usize = 500;

/// The app whose JWT this is.
pub(super) fn by_jwt<'a>(world: &'a World, call: &Call) -> Result<&'a App, Refusal> {
    let Who::App(id) = &call.who else {
        return Err(Refusal::new(401, "A JSON web token could not be decoded"));
    };
    world.apps.get(id).ok_or_else(Refusal::bad_credentials)
}

pub(super) fn app(world: &mut World, call: &Call) -> Outcome {
    let id = by_jwt(world, call)?.id;
    Ok(Answer::ok(show::app(world, id)))
}

pub(super) fn list(world: &mut World, call: &Call) -> Outcome {
    let id = by_jwt(world, call)?.id;
    let ids: Vec<u64> = world.installations.values().filter(|one| one.app == id).map(|one| one.id).collect();
    let shown = ids.into_iter().map(|id| show::installation(world, id)).collect();
    Ok(call.page(&world.base, shown))
}

pub(super) fn one(world: &mut World, call: &Call, id: &str) -> Outcome {
    let id = own(world, call, id)?.id;
    Ok(Answer::ok(show::installation(world, id)))
}

/// The installation that covers a repository.
pub(super) fn of_repository(world: &mut World, call: &Call, owner: &str, name: &str) -> Outcome {
    let app = by_jwt(world, call)?.id;
    let found = world.repository(owner, name).ok_or_else(Refusal::not_found)?;
    let covers = |one: &&Installation| one.app == app && one.covers(found);
    let id = world.installations.values().find(covers).ok_or_else(Refusal::not_found)?.id;
    Ok(Answer::ok(show::installation(world, id)))
}

fn own<'a>(world: &'a World, call: &Call, id: &str) -> Result<&'a Installation, Refusal> {
    let app = by_jwt(world, call)?.id;
    let found = id.parse().ok().and_then(|id: u64| world.installations.get(&id));
    found.filter(|one| one.app == app).ok_or_else(Refusal::not_found)
}

pub(super) fn token(world: &mut World, call: &Call, id: &str) -> Outcome {
    let installation = own(world, call, id)?;
    if installation.suspended.is_some() {
        return Err(Refusal::new(403, "This installation has been suspended"));
    }
    let repositories = narrowed_repositories(world, call, installation)?;
    let permissions = narrowed_permissions(call, &installation.permissions)?;
    let (app, installation) = (installation.app, installation.id);
    let all = repositories.is_none()
        && world.installations.get(&installation).is_some_and(|one| one.repositories.is_none());
    let listed = repositories.clone();
    let grant = Grant { app, installation, repositories, permissions: permissions.clone() };
    let expires = world.now.saturating_add(TOKEN_LASTS).unwrap_or(world.now);
    let value = installation_token(app, &mut world.chance);
    world.tokens.insert(value.clone(), Token { holder: Holder::Installation(grant), expires: Some(expires) });
    let mut body = json!({
        "token": value,
        "expires_at": written(expires),
        "permissions": shown(&permissions),
        "repository_selection": if all { "all" } else { "selected" },
    });
    if let Some(ids) = listed {
        body["repositories"] =
            ids.into_iter().map(|id| show::repository(world, id)).collect::<Vec<_>>().into();
    }
    Ok(Answer::created(body))
}

fn narrowed_repositories(
    world: &World,
    call: &Call,
    installation: &Installation,
) -> Result<Option<BTreeSet<u64>>, Refusal> {
    const NONE: &str = "There is at least one repository that does not exist or is not accessible to the parent installation.";
    let names = call.texts("repositories");
    let ids: Vec<u64> =
        call.body["repository_ids"].as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
    if names.len() + ids.len() > MOST_REPOSITORIES {
        return Err(Refusal::new(422, "The number of repositories must not be greater than 500."));
    }
    if names.is_empty() && ids.is_empty() {
        return Ok(installation.repositories.clone());
    }
    let by_name = names.iter().map(|name| world.repository(&installation.account, name));
    let by_id = ids.iter().map(|id| world.repositories.get(id));
    let found = by_name.chain(by_id).map(|found: Option<&Repository>| {
        let found = found.filter(|found| installation.covers(found));
        found.map(|found| found.id).ok_or_else(|| Refusal::new(422, NONE))
    });
    found.collect::<Result<_, _>>().map(Some)
}

/// Nothing or `{}` is everything that the installation has.
fn narrowed_permissions(call: &Call, has: &Permissions) -> Result<Permissions, Refusal> {
    let Some(asked) = call.body["permissions"].as_object().filter(|asked| !asked.is_empty()) else {
        return Ok(has.clone());
    };
    let mut granted = Permissions::from([("metadata".to_owned(), Level::Read)]);
    for (name, level) in asked {
        let level = level.as_str().and_then(Level::read);
        let level = level.filter(|level| has.get(name).is_some_and(|most| most >= level));
        let level = level.ok_or_else(|| {
            Refusal::new(422, "The permissions requested are not granted to this installation.")
        })?;
        granted.insert(name.clone(), level);
    }
    Ok(granted)
}

/// Revokes the token that asks.
pub(super) fn revoke(world: &mut World, call: &Call) -> Outcome {
    let Who::Installation(_) = &call.who else { return Err(Refusal::bad_credentials()) };
    let header = call.header("authorization").unwrap_or_default();
    let token = header.split_once(' ').map_or("", |(_, token)| token.trim());
    world.tokens.remove(token);
    Ok(Answer::empty())
}

/// The repositories that this token reaches.
pub(super) fn repositories(world: &mut World, call: &Call) -> Outcome {
    let Who::Installation(grant) = &call.who else {
        return Err(Refusal::new(
            403,
            "You must authenticate with an installation access token in order to list repositories for an installation.",
        ));
    };
    let reached = world.repositories.values().filter(|one| world.reaches(grant, one));
    let ids: Vec<u64> = reached.map(|one| one.id).collect();
    let shown = ids.into_iter().map(|id| show::repository(world, id)).collect();
    let mut answer = call.page_in(&world.base, "repositories", shown);
    answer.body["repository_selection"] =
        if grant.repositories.is_some() { "selected" } else { "all" }.into();
    Ok(answer)
}
