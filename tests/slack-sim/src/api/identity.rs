//! Who is who: the app, the workspace, people.

use super::answer::{Answer, fail};
use super::args::Args;
use crate::world::{APP, BOT, BOT_USER, TEAM, World};
use serde_json::{Value, json};

pub(super) fn api_test(_: &mut World, args: &Args) -> Answer {
    match args.text("error") {
        Some(code) => Err(fail(&code)),
        None => Ok(json!({ "args": args.0 })),
    }
}

pub(super) fn auth_test(_: &mut World, _: &Args) -> Answer {
    Ok(json!({
        "url": "https://simulated.slack.example/", "team": "Simulated", "user": "gateway", "team_id": TEAM,
        "user_id": BOT_USER, "bot_id": BOT, "app_id": APP, "is_enterprise_install": false,
    }))
}

/// The one method that needs the sockets, and is answered beside them.
pub(super) fn unreachable(_: &mut World, _: &Args) -> Answer {
    Err(fail("internal_error"))
}

pub(super) fn team_info(_: &mut World, _: &Args) -> Answer {
    Ok(json!({ "team": { "id": TEAM, "name": "Simulated", "domain": "simulated", "email_domain": "",
        "icon": { "image_default": true } } }))
}

pub(super) fn bots_info(_: &mut World, args: &Args) -> Answer {
    if args.text("bot").is_some_and(|bot| bot != BOT) {
        return Err(fail("bot_not_found"));
    }
    Ok(
        json!({ "bot": { "id": BOT, "deleted": false, "name": "Gateway", "updated": 1_700_000_000, "app_id": APP,
        "user_id": BOT_USER, "icons": {} } }),
    )
}

pub(super) fn users_info(world: &mut World, args: &Args) -> Answer {
    let user = args.text("user").and_then(|id| world.users.get(&id));
    user.map(|user| json!({ "user": user.view() })).ok_or_else(|| fail("user_not_found"))
}

pub(super) fn users_list(world: &mut World, _: &Args) -> Answer {
    let members: Vec<Value> = world.users.values().map(super::super::world::User::view).collect();
    Ok(
        json!({ "members": members, "cache_ts": world.now.as_secs(), "response_metadata": { "next_cursor": "" } }),
    )
}
