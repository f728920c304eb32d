//! People, bots, apps and installations.

use super::add_urls;
use crate::checks::ACTIONS;
use crate::clock::written;
use crate::rights::shown;
use crate::world::World;
use serde_json::{Value, json};

pub(crate) fn user(world: &World, login: &str) -> Value {
    let bot = login.ends_with("[bot]");
    let account = world.accounts.get(login).copied();
    let (id, kind) =
        account.map_or((1, if bot { "Bot" } else { "User" }), |account| (account.id, account.kind));
    let html = login.strip_suffix("[bot]").map_or_else(|| login.to_owned(), |slug| format!("apps/{slug}"));
    let api = format!("{}/api/v3/users/{}", world.base, login.replace('[', "%5B").replace(']', "%5D"));
    let mut user = json!({
        "login": login,
        "id": id,
        "node_id": format!("U_kgDO{id}"),
        "avatar_url": format!("{}/avatars/u/{id}", world.base),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{}/{html}", world.base),
        "type": kind,
        "user_view_type": "public",
        "site_admin": false,
    });
    let urls = [
        ("followers", "/followers"),
        ("following", "/following{/other_user}"),
        ("gists", "/gists{/gist_id}"),
        ("starred", "/starred{/owner}{/repo}"),
        ("subscriptions", "/subscriptions"),
        ("organizations", "/orgs"),
        ("repos", "/repos"),
        ("events", "/events{/privacy}"),
        ("received_events", "/received_events"),
    ];
    add_urls(&mut user, &api, &urls);
    user
}

pub(crate) fn app(world: &World, id: u64) -> Value {
    let Some(app) = world.apps.get(&id) else { return Value::Null };
    let installed = world.installations.values().filter(|one| one.app == id);
    let permissions =
        installed.clone().next().map(|one| shown(&one.permissions)).unwrap_or_else(|| json!({}));
    let mut body = short_app(world, id);
    body["permissions"] = permissions;
    body["events"] = json!(crate::hooks::EVENTS);
    body["installations_count"] = installed.count().into();
    body["created_at"] = written(app.created).into();
    body["updated_at"] = written(app.created).into();
    body
}

/// An app as it stands beside check runs. Actions is one too.
pub(crate) fn short_app(world: &World, id: u64) -> Value {
    let (slug, name, owner) = match world.apps.get(&id) {
        Some(app) => (app.slug.as_str(), app.slug.as_str(), app.owner.as_str()),
        None if id == ACTIONS => ("github-actions", "GitHub Actions", "github"),
        None => ("ghost", "ghost", "ghost"),
    };
    json!({
        "id": id,
        "slug": slug,
        "node_id": format!("A_kwDO{id}"),
        "client_id": format!("Iv23li{id}"),
        "owner": user(world, owner),
        "name": name,
        "description": "",
        "external_url": format!("{}/{owner}", world.base),
        "html_url": format!("{}/apps/{slug}", world.base),
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "permissions": { "metadata": "read" },
        "events": [],
    })
}

pub(crate) fn installation(world: &World, id: u64) -> Value {
    let Some(one) = world.installations.get(&id) else { return Value::Null };
    let slug = world.apps.get(&one.app).map(|app| app.slug.clone()).unwrap_or_default();
    let api = format!("{}/api/v3", world.base);
    json!({
        "id": id,
        "account": user(world, &one.account),
        "repository_selection": if one.repositories.is_none() { "all" } else { "selected" },
        "access_tokens_url": format!("{api}/app/installations/{id}/access_tokens"),
        "repositories_url": format!("{api}/installation/repositories"),
        "html_url": format!("{}/organizations/{}/settings/installations/{id}", world.base, one.account),
        "app_id": one.app,
        "app_slug": slug,
        "client_id": format!("Iv23li{}", one.app),
        "target_id": world.accounts.get(&one.account).map_or(1, |account| account.id),
        "target_type": "Organization",
        "permissions": shown(&one.permissions),
        "events": crate::hooks::EVENTS,
        "created_at": written(one.created),
        "updated_at": written(one.created),
        "single_file_name": null,
        "has_multiple_single_files": false,
        "single_file_paths": [],
        "suspended_by": one.suspended.map(|_| user(world, &one.account)),
        "suspended_at": one.suspended.map(written),
    })
}
