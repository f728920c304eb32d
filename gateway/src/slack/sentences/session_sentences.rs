//! Sentences about a session: what it is doing, and what became of a change to it.

use super::QUOTED;
use crate::slack::formatting::{cut, esc, line};
use bridge_protocol::FileChange;
use gateway_domain::{Doing, SessionCard, Steer};

/// What a session is doing, with a sign for it.
pub(crate) fn doing(card: &SessionCard) -> (&'static str, String) {
    let emoji = match card.doing {
        _ if card.unrecoverable.is_some() => {
            return ("⛔", "Damaged record: an operator has to restore it".to_owned());
        }
        Doing::Ended => "🏁",
        _ if !card.online => "🔌",
        Doing::Waiting => "✋",
        Doing::Working => "⚙️",
        Doing::Paused => "⏸️",
        Doing::Failed => "❌",
        Doing::Idle => "💤",
    };
    (emoji, card.standing())
}

/// What a person can do about it, where the buttons do not say it.
pub(crate) fn what_to_do(card: &SessionCard) -> Option<&'static str> {
    match card.doing {
        _ if card.unrecoverable.is_some() => None,
        Doing::Ended => None,
        _ if !card.online => Some("continues when the agent is back"),
        Doing::Failed => Some("retry, or choose another model"),
        Doing::Idle if is_in_slack(card) => Some("reply in its thread to continue"),
        Doing::Idle => Some("continue in the console or in OpenCode"),
        Doing::Waiting | Doing::Working | Doing::Paused => None,
    }
}

fn is_in_slack(card: &SessionCard) -> bool {
    card.about.thread.as_ref().is_some_and(|place| place.surface == crate::slack::SURFACE)
}

pub(crate) fn starting(title: &str) -> String {
    format!("Starting session: {}…", esc(&cut(title, 150)))
}

pub(crate) fn messages_queued(count: usize) -> String {
    match count {
        1 => "1 message queued.".to_owned(),
        many => format!("{many} messages queued."),
    }
}

/// The sign of a milestone's sort.
pub(crate) fn milestone_emoji(sort: &str) -> &'static str {
    match sort.to_lowercase().as_str() {
        "plan" => "🗺️",
        "phase" => "🏗️",
        "tests" | "test" => "🧪",
        "decision" => "⚖️",
        "blocked" => "🚧",
        "done" => "🎉",
        "commit" => "📌",
        "review" => "🔎",
        _ => "🚩",
    }
}

/// Files that are listed.
const MAX_FILES_LISTED: usize = 40;

pub(crate) fn steered(to: Steer, card: Option<&SessionCard>) -> String {
    let did = match to {
        Steer::Pause => "is paused",
        Steer::Resume => "is resumed",
        Steer::Retry => "is retrying",
        Steer::Stop => "is stopped",
        Steer::Close => "is closed",
        Steer::Reopen => "is open again",
    };
    format!("{} {did}.", card.map_or_else(|| "The session".to_owned(), named))
}

/// A session in a sentence.
pub(crate) fn named(card: &SessionCard) -> String {
    let title = if card.about.title.is_empty() { "no title" } else { &card.about.title };
    format!("\"{}\" (`{}`)", &line(title, QUOTED), &card.session)
}

pub(crate) fn which_session(cards: &[&SessionCard]) -> String {
    if cards.is_empty() {
        return "There is no session in this conversation. Use `start` to begin one, or `list` to see all."
            .to_owned();
    }
    let named: Vec<_> = cards.iter().take(10).map(|card| named(card)).collect();
    format!("Which session? Add its ID: {}.", named.join(", "))
}

pub(crate) fn changed(files: &[FileChange]) -> String {
    if files.is_empty() {
        return "No changes yet.".to_owned();
    }
    let line_of = |file: &FileChange| {
        format!(
            "• `{}` +{} −{}",
            &line(&file.path, QUOTED),
            file.additions.unwrap_or_default(),
            file.deletions.unwrap_or_default()
        )
    };
    let mut lines: Vec<_> = files.iter().take(MAX_FILES_LISTED).map(line_of).collect();
    if files.len() > MAX_FILES_LISTED {
        lines.push(format!("… and {} more", files.len() - MAX_FILES_LISTED));
    }
    lines.join("\n")
}

/// Which model or agent a session has.
pub(crate) fn in_use(which: &str, card: &SessionCard) -> String {
    let known = if which == "model" { &card.about.model } else { &card.about.agent };
    match known {
        Some(known) => format!("{} is using {which} `{known}`. To switch: `{which} NAME`.", named(card)),
        None => format!("{} is using OpenCode's default {which}. To switch: `{which} NAME`.", named(card)),
    }
}

pub(crate) fn switched(which: &str, card: &SessionCard, to: &str) -> String {
    format!("{} will use {which} `{to}` from the next message on.", named(card))
}
