//! OpenCode's messages in the words of the deciding crate.

use crate::sessions::live::MessageView;
use bridge_protocol::{MessageInfo, PartView, Role, ToolCall, ToolStatus};
use gateway_domain::Turn;
use gateway_domain::thread::{MessageSeen, PartSeen, ToolSeen, ToolState};

/// OpenCode's name for a turn that was stopped; no failure to tell of.
const ABORTED: &str = "MessageAbortedError";

pub(super) fn message(view: MessageView, finished: &[String]) -> MessageSeen {
    let MessageInfo { id, role, created_at, completed_at, finish, error, parts, .. } = view.message;
    let done = completed_at.is_some();
    let closes_turn = done && finish.as_deref().is_some_and(|finish| finish != "tool-calls");
    let error = error.filter(|error| error.name != ABORTED).map(|error| error.message);
    let parts = parts.into_iter().filter_map(|view| part(view, finished)).collect();
    let from_person = role == Role::User;
    MessageSeen { id, created_ms: created_at, from_person, done, closes_turn, error, parts }
}

fn part(view: PartView, finished: &[String]) -> Option<PartSeen> {
    match view {
        PartView::Text { id, text } => {
            let done = finished.contains(&id);
            Some(PartSeen::Text { id, text, done })
        }
        PartView::Tool(call) => Some(PartSeen::Tool(Box::new(tool(call)))),
        PartView::File { id, filename, mime } => Some(PartSeen::File { id, name: filename, mime }),
        PartView::Reasoning { id, text, took_ms } => {
            let done = finished.contains(&id);
            Some(PartSeen::Reasoning { id, text, done, took_ms })
        }
        PartView::Other { .. } => None,
    }
}

fn tool(call: ToolCall) -> ToolSeen {
    let took_ms = call.started_at.zip(call.ended_at).map(|(from, to)| (to - from).max(0));
    let ToolCall {
        part_id, call_id, tool, status, title, file, command, output, error, diff, exit_code, ..
    } = call;
    let state = match status {
        ToolStatus::Pending | ToolStatus::Unknown => ToolState::Waiting,
        ToolStatus::Running => ToolState::Running,
        ToolStatus::Completed => ToolState::Done,
        ToolStatus::Error => ToolState::Failed,
    };
    let (id, call) = (part_id, call_id);
    ToolSeen { id, call, tool, state, title, file, command, output, error, diff, exit_code, took_ms }
}

/// Where the newest turn stands, and what of it was running and may have half run.
pub(super) fn newest_turn(messages: &[MessageInfo]) -> Option<(Turn, Option<String>)> {
    let user = messages.iter().rposition(|message| message.role == Role::User)?;
    let after = &messages[user + 1..];
    let turn = Turn { user_message_id: messages[user].id.clone(), finished: after.iter().any(is_final) };
    let mut calls = after.iter().flat_map(|message| &message.parts).filter_map(|part| match part {
        PartView::Tool(call) => Some(call),
        _ => None,
    });
    let running = calls.rfind(|call| call.began && is_unfinished(call)).map(named);
    Some((turn, running))
}

/// A turn ends with a message that failed, or that the model ended with other words than a tool call.
fn is_final(message: &MessageInfo) -> bool {
    let ended = message.finish.as_deref().is_some_and(|finish| finish != "tool-calls");
    message.error.is_some() || (message.completed_at.is_some() && ended)
}

fn is_unfinished(call: &ToolCall) -> bool {
    matches!(call.status, ToolStatus::Pending | ToolStatus::Running)
}

fn named(call: &ToolCall) -> String {
    let subject = call.command.as_ref().or(call.file.as_ref()).or(call.title.as_ref());
    format!("{}: {}", call.tool, subject.map_or("", String::as_str))
}
