//! What agents and people said: prose in pieces, each a message of its own.

use super::blocks::{context, markdown, section};
use super::markdown::prose;
use super::split::pieces;
use super::thread_items::Piece;
use super::{Drawing, top_text};
use crate::slack::formatting::{self, cut, esc};
use crate::slack::sentences;
use gateway_domain::thread::{FileShown, Speaker, ThreadItem};
use serde_json::{Value, json};

/// Files named under a message.
const MAX_FILES_LISTED: usize = 20;

pub(super) struct Said<'a> {
    pub by: &'a Speaker,
    pub text: &'a str,
    pub complete: bool,
    pub files: &'a [FileShown],
    pub queued: bool,
}

/// The pieces of what was said. A growing text keeps its earlier pieces.
pub(super) fn said(item: &ThreadItem, said: &Said<'_>) -> Vec<Piece> {
    let parts = pieces(&prose(said.text));
    let count = parts.len();
    let drawn = parts
        .iter()
        .enumerate()
        .map(|(n, part)| Piece { key: piece_key(&item.key, n), drawing: piece(said, part, n, count) });
    drawn.collect()
}

pub(super) fn piece_key(key: &str, n: usize) -> String {
    if n == 0 { key.to_owned() } else { format!("{key}~{}", n + 1) }
}

fn piece(said: &Said<'_>, part: &str, n: usize, count: usize) -> Drawing {
    let last = n + 1 == count;
    let mut blocks = vec![];
    if n == 0
        && let Some(who) = speaker(said)
    {
        blocks.push(section(&who));
    }
    if !part.trim().is_empty() {
        blocks.push(markdown(part));
    }
    let below = below(said, n, count, last);
    if !below.is_empty() {
        blocks.push(context(&below));
    }
    let live = !said.complete && last;
    let prose = (*said.by == Speaker::Agent).then(|| part.to_owned());
    Drawing { text: top_text(&fallback(said, part)), blocks, live, prose }
}

/// What stands above a text while it streams.
pub fn stream_head(name: &str) -> Value {
    let mut head = context(sentences::STILL_WRITING);
    head["block_id"] = json!(name);
    head
}

fn speaker(said: &Said<'_>) -> Option<String> {
    match said.by {
        Speaker::Agent => None,
        Speaker::Person { name } => Some(format!("💬 *{}* wrote:", esc(&cut(name, 100)))),
        Speaker::OpenCode => Some("💬 Someone wrote in OpenCode:".to_owned()),
    }
}

fn below(said: &Said<'_>, n: usize, count: usize, last: bool) -> String {
    let mut told = vec![];
    match (count, said.complete) {
        (1, _) => {}
        (_, true) => told.push(format!("({}/{count})", n + 1)),
        (_, false) => told.push(format!("({})", n + 1)),
    }
    if last && !said.complete {
        told.push(sentences::STILL_WRITING.to_owned());
    }
    if last && said.queued {
        told.push("⏳ Queued".to_owned());
    }
    if last {
        told.extend(
            said.files.iter().take(MAX_FILES_LISTED).map(|file| format!("📎 {}", esc(&cut(&file.name, 100)))),
        );
    }
    told.join("  ")
}

/// The prose was escaped for a markdown block; in the top-level text an ampersand is escaped too.
fn fallback(said: &Said<'_>, part: &str) -> String {
    let plain = part.replace("&lt;", "<").replace("&gt;", ">");
    let start = cut(&formatting::line(&plain, 300), 300);
    if start.trim().is_empty() {
        said.files.first().map_or_else(|| "…".to_owned(), |file| esc(&file.name))
    } else {
        esc(&start)
    }
}
