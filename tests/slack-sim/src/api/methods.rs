//! Every method that is imitated: its tier, the scopes one of which it needs, and what runs.

use super::answer::Answer;
use super::args::Args;
use super::{assistant, chat, conversations, files, identity, reactions, stream, views};
use crate::world::World;

/// Calls a minute, per method and workspace.
const TIER2: f64 = 20.0;
const TIER3: f64 = 50.0;
const TIER4: f64 = 100.0;
/// Assistant statuses have a limit of their own.
const STATUS: f64 = 600.0;
/// "Several hundred a minute"; each channel has one a second besides.
const POSTS: f64 = 300.0;

pub struct Method {
    pub name: &'static str,
    pub per_minute: f64,
    /// One of these is needed; none means that any token will do.
    pub scopes: &'static [&'static str],
    /// Slack reads no JSON body for it.
    pub form_only: bool,
    pub app_token: bool,
    pub run: fn(&mut World, &Args) -> Answer,
}

const READ: &[&str] = &["channels:read", "groups:read", "im:read", "mpim:read"];
const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history", "mpim:history"];
const WRITE: &[&str] = &["chat:write"];
const FILES: &[&str] = &["files:write"];
const STATUSES: &[&str] = &["assistant:write", "chat:write"];

type Run = fn(&mut World, &Args) -> Answer;

const fn body(name: &'static str, per_minute: f64, scopes: &'static [&'static str], run: Run) -> Method {
    Method { name, per_minute, scopes, form_only: false, app_token: false, run }
}

const fn form(name: &'static str, per_minute: f64, scopes: &'static [&'static str], run: Run) -> Method {
    Method { form_only: true, ..body(name, per_minute, scopes, run) }
}

pub const METHODS: &[Method] = &[
    body("api.test", TIER4, &[], identity::api_test),
    body("auth.test", POSTS, &[], identity::auth_test),
    Method {
        app_token: true,
        ..body("apps.connections.open", TIER3, &["connections:write"], identity::unreachable)
    },
    form("team.info", TIER3, &["team:read"], identity::team_info),
    form("bots.info", TIER3, &["users:read"], identity::bots_info),
    form("users.info", TIER4, &["users:read"], identity::users_info),
    form("users.list", TIER2, &["users:read"], identity::users_list),
    body("chat.postMessage", POSTS, WRITE, chat::post_message),
    body("chat.postEphemeral", TIER4, WRITE, chat::post_ephemeral),
    body("chat.update", TIER3, WRITE, chat::update),
    body("chat.delete", TIER3, WRITE, chat::delete),
    form("chat.getPermalink", POSTS, &[], chat::permalink),
    body("chat.startStream", TIER2, WRITE, stream::start),
    body("chat.appendStream", TIER4, WRITE, stream::append),
    body("chat.stopStream", TIER2, WRITE, stream::stop),
    body("conversations.open", TIER3, &["im:write", "mpim:write"], conversations::open),
    form("conversations.info", TIER3, READ, conversations::info),
    form("conversations.list", TIER2, READ, conversations::list),
    form("conversations.members", TIER4, READ, conversations::members),
    form("conversations.history", TIER3, HISTORY, conversations::history),
    form("conversations.replies", TIER3, HISTORY, conversations::replies),
    body("conversations.join", TIER3, &["channels:join"], conversations::join),
    body("views.open", TIER4, &[], views::open),
    body("views.push", TIER4, &[], views::push),
    body("views.update", TIER4, &[], views::update),
    body("views.publish", TIER4, &[], views::publish),
    body("reactions.add", TIER3, &["reactions:write"], reactions::add),
    body("reactions.remove", TIER2, &["reactions:write"], reactions::remove),
    form("files.getUploadURLExternal", TIER4, FILES, files::upload_url),
    body("files.completeUploadExternal", TIER4, FILES, files::complete),
    form("files.info", TIER4, &["files:read"], files::info),
    body("assistant.threads.setStatus", STATUS, STATUSES, assistant::status),
    body("assistant.threads.setTitle", TIER4, STATUSES, assistant::title),
    body("assistant.threads.setSuggestedPrompts", TIER4, STATUSES, assistant::prompts),
];

pub fn find(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
