//! Slack's payloads -> [`SlackEvent`]. Lenient: what is not needed may be missing, null or of another shape, and what
//! is not known is told as such. A parser that fails would lose a click.

mod interactive;
mod slack_events;

use super::event::{EventBody, Message, ReplyTokens, SlackEvent, SlackUser};
use serde_json::Value;

/// The three kinds of delivery, under the names that Socket Mode gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::slack) enum Delivery {
    Command,
    Interactive,
    Event,
}

impl Delivery {
    pub(in crate::slack) fn named(kind: &str) -> Option<Self> {
        Some(match kind {
            "slash_commands" => Self::Command,
            "interactive" => Self::Interactive,
            "events_api" => Self::Event,
            _ => return None,
        })
    }
}

/// A message as the Web API gives it.
pub(in crate::slack) fn said(message: &Value, channel: &str) -> Message {
    slack_events::message(message, channel)
}

pub(in crate::slack) fn parse(delivery: Delivery, payload: &Value) -> SlackEvent {
    match delivery {
        Delivery::Command => command(payload),
        Delivery::Interactive => interactive::interactive(payload),
        Delivery::Event => slack_events::event(payload),
    }
}

fn command(payload: &Value) -> SlackEvent {
    let reply = reply(payload);
    SlackEvent {
        key: key("command", [reply.trigger.as_deref(), payload["command"].as_str()]),
        who: SlackUser { team: text(&payload["team_id"]), user: text(&payload["user_id"]), home: None },
        what: EventBody::Command { channel: text(&payload["channel_id"]), text: text(&payload["text"]) },
        reply,
    }
}

fn reply(payload: &Value) -> ReplyTokens {
    let url = some(&payload["response_url"])
        .or_else(|| some(payload.pointer("/response_urls/0/response_url").unwrap_or(&Value::Null)));
    ReplyTokens { trigger: some(&payload["trigger_id"]), response_url: url }
}

/// Only a fingerprint: among the parts is what opens a form. Without the first part two events could not be told
/// apart, so the key is empty, and nothing is taken for repeated.
fn key<const N: usize>(kind: &str, parts: [Option<&str>; N]) -> String {
    let Some(Some(first)) = parts.first() else { return String::new() };
    if first.is_empty() {
        return String::new();
    }
    let parts: Vec<_> = parts.iter().map(|part| part.unwrap_or_default()).collect();
    format!("{kind}:{}", crate::slack::message_keys::short(&parts))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn some(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
