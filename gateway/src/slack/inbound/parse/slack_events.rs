//! Events: messages, mentions, the home tab, and rights that were taken away.

use super::{key, some, text};
use crate::slack::inbound::event::{EventBody, FileSent, Message, ReplyTokens, SlackEvent, SlackUser};
use serde_json::Value;

pub(super) fn event(payload: &Value) -> SlackEvent {
    let event = &payload["event"];
    let kind = payload["type"].as_str().unwrap_or_default();
    let what = match kind {
        "event_callback" => what(event),
        other => EventBody::Unknown { kind: format!("delivery {other}") },
    };
    let key = key("event", [payload["event_id"].as_str()]);
    SlackEvent { key, who: who(payload, event), what, reply: ReplyTokens::default() }
}

fn who(payload: &Value, event: &Value) -> SlackUser {
    let authorized = payload.pointer("/authorizations/0/team_id").and_then(Value::as_str).map(str::to_owned);
    let home = some(&event["user_team"]).or_else(|| some(&event["team"]));
    let team = some(&payload["team_id"]).or(authorized).or_else(|| home.clone()).unwrap_or_default();
    let user = some(&event["user"]).or_else(|| some(&event["message"]["user"])).unwrap_or_default();
    SlackUser { team, user, home }
}

fn what(event: &Value) -> EventBody {
    match event["type"].as_str().unwrap_or_default() {
        "message" => said(event),
        "app_mention" if is_robot(event) => ignored("a robot named the app"),
        "app_mention" => EventBody::Mention { message: message(event, &text(&event["channel"])) },
        "app_home_opened" if event["tab"] == "messages" => ignored("the messages tab needs nothing drawn"),
        "app_home_opened" => EventBody::HomeOpened,
        "tokens_revoked" if keeps_the_app(&event["tokens"]) => {
            ignored("a person's token was revoked, not the app's")
        }
        kind @ ("tokens_revoked" | "app_uninstalled") => EventBody::Revoked { why: kind.to_owned() },
        other => EventBody::Unknown { kind: format!("event {other}") },
    }
}

/// People's own tokens are none of the app's.
fn keeps_the_app(tokens: &Value) -> bool {
    tokens["bot"].as_array().is_some_and(Vec::is_empty)
}

/// Only the app's own messages are missed by anybody here.
fn deleted(event: &Value, channel: String) -> EventBody {
    let before = &event["previous_message"];
    let ts = some(&event["deleted_ts"]).or_else(|| some(&before["ts"]));
    match ts {
        Some(ts) if is_robot(before) => EventBody::Deleted { channel, ts },
        _ => ignored("a person took a message back"),
    }
}

fn said(event: &Value) -> EventBody {
    if is_robot(event) || is_robot(&event["message"]) {
        return ignored("a robot wrote it");
    }
    let channel = text(&event["channel"]);
    match event["subtype"].as_str() {
        None | Some("file_share" | "thread_broadcast" | "me_message") => {
            EventBody::Message { message: message(event, &channel) }
        }
        Some("message_changed") if event["message"]["text"] == event["previous_message"]["text"] => {
            ignored("only its look changed")
        }
        Some("message_deleted") => deleted(event, channel),
        Some("message_changed") => EventBody::Edited { message: message(&event["message"], &channel) },
        Some(other) => ignored(&format!("messages of the kind {other} are not for the agent")),
    }
}

fn is_robot(event: &Value) -> bool {
    event["bot_id"].is_string() || event["bot_profile"].is_object() || event["subtype"] == "bot_message"
}

pub(super) fn message(event: &Value, channel: &str) -> Message {
    let files = event["files"].as_array().map(Vec::as_slice).unwrap_or_default();
    Message {
        channel: channel.to_owned(),
        ts: text(&event["ts"]),
        thread: some(&event["thread_ts"]),
        text: text(&event["text"]),
        parent: some(&event["parent_user_id"]),
        direct: event["channel_type"] == "im" || channel.starts_with('D'),
        files: files.iter().map(file).collect(),
    }
}

fn file(file: &Value) -> FileSent {
    let name = some(&file["name"]).or_else(|| some(&file["title"])).unwrap_or_else(|| "a file".to_owned());
    FileSent {
        name,
        mime: text(&file["mimetype"]),
        size: file["size"].as_u64().unwrap_or_default(),
        url: some(&file["url_private_download"]).unwrap_or_else(|| text(&file["url_private"])),
    }
}

fn ignored(why: &str) -> EventBody {
    EventBody::Ignored { why: why.to_owned() }
}
