//! Buttons, menus, forms and shortcuts.

use super::slack_events::message;
use super::{key, reply, some, text};
use crate::slack::inbound::event::{EventBody, PressedAt, SlackEvent, SlackUser, View};
use serde_json::Value;

pub(super) fn interactive(payload: &Value) -> SlackEvent {
    let (key, what) = match payload["type"].as_str().unwrap_or_default() {
        "block_actions" => pressed(payload),
        "view_submission" => {
            let view = view(&payload["view"]);
            (key("submitted", [Some(view.id.as_str())]), EventBody::Submitted { view })
        }
        "view_closed" => {
            let view = view(&payload["view"]);
            (key("closed", [Some(view.id.as_str())]), EventBody::Closed { view })
        }
        kind @ ("shortcut" | "message_action") => shortcut(kind, payload),
        other => (String::new(), EventBody::Unknown { kind: format!("interaction {other}") }),
    };
    SlackEvent { key, who: who(payload), what, reply: reply(payload) }
}

/// An app of a whole organisation is told no team: the person's own counts then.
fn who(payload: &Value) -> SlackUser {
    let user = &payload["user"];
    let home = some(&user["team_id"]);
    let team = some(&payload["team"]["id"]).or_else(|| home.clone()).unwrap_or_default();
    SlackUser { team, user: text(&user["id"]), home }
}

fn pressed(payload: &Value) -> (String, EventBody) {
    let action = &payload["actions"][0];
    let trigger = payload["trigger_id"].as_str();
    let key = key("pressed", [trigger, action["action_id"].as_str(), action["action_ts"].as_str()]);
    let view = payload["view"].is_object().then(|| view(&payload["view"]));
    let what = EventBody::Pressed {
        action_id: text(&action["action_id"]),
        value: value(action),
        at: at(payload),
        view,
    };
    (key, what)
}

/// What a button carries, or what was chosen in a menu.
fn value(action: &Value) -> String {
    let paths =
        ["/value", "/selected_option/value", "/selected_conversation", "/selected_channel", "/selected_user"];
    paths.iter().find_map(|path| action.pointer(path)?.as_str()).unwrap_or_default().to_owned()
}

fn at(payload: &Value) -> Option<PressedAt> {
    let (container, shown) = (&payload["container"], &payload["message"]);
    let channel = some(&container["channel_id"]).or_else(|| some(&payload["channel"]["id"]))?;
    let message = some(&container["message_ts"]).or_else(|| some(&shown["ts"]))?;
    let thread = some(&container["thread_ts"]).or_else(|| some(&shown["thread_ts"]));
    Some(PressedAt { channel, message, thread })
}

fn shortcut(kind: &str, payload: &Value) -> (String, EventBody) {
    let trigger = payload["trigger_id"].as_str();
    let key = key("shortcut", [trigger, payload["action_ts"].as_str()]);
    let of =
        (kind == "message_action").then(|| message(&payload["message"], &text(&payload["channel"]["id"])));
    (key, EventBody::Shortcut { callback: text(&payload["callback_id"]), message: of })
}

fn view(view: &Value) -> View {
    View {
        id: text(&view["id"]),
        hash: text(&view["hash"]),
        callback: text(&view["callback_id"]),
        metadata: text(&view["private_metadata"]),
        values: view.pointer("/state/values").and_then(Value::as_object).cloned().unwrap_or_default(),
    }
}
