//! A message as the atoms that items are made of.

use super::BEHIND_CARDS;
use super::Detail;
use super::item::{FileShown, ItemBody, SortKey, Speaker, ThreadItem, Tone};
use super::seen::{MessageSeen, PartSeen, ToolSeen, ToolState, Writer};
use crate::ask::NotRun;
use crate::failure::{Plain, STOPPED, plainly};
use crate::mask::mask_text;
use crate::words::{is_go_on, without_introduction};
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};

/// OpenCode's tool that asks people; what it asks becomes a card.
const QUESTION: &str = "question";

/// Longest end of a text that is kept back while it streams: a secret must not show before it is recognised.
const KEPT_BACK: usize = 256;

#[derive(Clone, Debug)]
pub(super) enum Atom {
    Item(ThreadItem),
    Call(Call),
    /// What the model thought: an item of its own that parts nothing around it.
    Thought(ThreadItem),
}

/// More of a thought than this is not shown.
const THOUGHT: usize = 32 * 1024;

/// A use of a tool.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) order: SortKey,
    pub(super) at: Timestamp,
    pub(super) seen: Box<ToolSeen>,
    /// It was asked about: its line stands behind that card.
    pub(super) has_card: bool,
    /// What was decided against it.
    pub(super) not_run: Option<NotRun>,
}

impl Atom {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Call(call) if call.seen.tool == QUESTION)
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Call(call) if call.seen.is_open())
    }

    pub(super) fn is_open_in(&self, calls: &HashSet<String>) -> bool {
        matches!(self, Self::Call(call) if call.seen.is_open() && calls.contains(&call.seen.call))
    }

    pub(super) fn is_thought(&self) -> bool {
        matches!(self, Self::Thought(_))
    }

    /// Something follows in it, unless OpenCode dies.
    pub(super) fn is_unfinished(&self) -> bool {
        let thinks = |item: &ThreadItem| matches!(item.body, ItemBody::Thought { complete: false, .. });
        self.is_open() || matches!(self, Self::Thought(item) if thinks(item))
    }

    pub(super) fn is_told_in(&self, failures: &HashSet<String>) -> bool {
        matches!(self, Self::Item(item) if message_failure(item).is_some_and(|told| failures.contains(told)))
    }

    /// OpenCode went on, or away, while it ran: nothing comes of it any more.
    pub(super) fn cut(&mut self) {
        match self {
            Self::Call(call) if call.seen.is_open() => call.seen.state = ToolState::Cut,
            Self::Thought(ThreadItem { body: ItemBody::Thought { complete, .. }, .. }) => *complete = true,
            _ => {}
        }
    }

    /// The time that the tool itself took.
    pub(super) fn without_waiting(&mut self, waited: &HashMap<String, i64>) {
        if let Self::Call(call) = self
            && let Some(ms) = waited.get(&call.seen.call)
        {
            call.seen.took_ms = call.seen.took_ms.map(|took| (took - ms).max(0));
        }
    }

    pub(super) fn note_not_run(&mut self, calls: &HashMap<String, NotRun>) {
        if let Self::Call(call) = self {
            call.not_run = calls.get(&call.seen.call).cloned();
        }
    }

    pub(super) fn behind_its_card(&mut self, begun: i64, place: usize, cards: &[String]) {
        if let Self::Call(call) = self
            && cards.contains(&call.seen.call)
        {
            call.has_card = true;
            call.order = SortKey::new(begun, BEHIND_CARDS + place, &call.seen.id);
        }
    }
}

/// The visible parts of a message. A person's message is one item; an agent's is one for each text.
pub(super) fn atoms(seen: &MessageSeen, who: Writer<'_>, detail: Detail) -> Vec<Atom> {
    let at = Timestamp::from_millisecond(seen.created_ms).unwrap_or_default();
    if seen.from_person {
        return person_said(seen, who, at).into_iter().collect();
    }
    let mut atoms = vec![];
    for (n, part) in seen.parts.iter().enumerate() {
        match part {
            PartSeen::Text { id, text, done } if wanted(seen, detail) => {
                let complete = *done || seen.done;
                atoms.extend(agent_said(seen, n, id, text, complete, at));
            }
            PartSeen::Reasoning { id, text, done, took_ms } if detail == Detail::Full => {
                let complete = *done || seen.done;
                let order = SortKey::new(seen.created_ms, n, id);
                atoms.extend(
                    thought(text, complete, *took_ms)
                        .map(|body| Atom::Thought(ThreadItem { key: id.clone(), order, at, body })),
                );
            }
            // Its card is on the way.
            PartSeen::Tool(call) if call.tool == QUESTION && call.is_open() => {}
            PartSeen::Tool(call) if detail == Detail::Full && call.tool != "milestone" => {
                let order = SortKey::new(seen.created_ms, n, &call.id);
                atoms.push(Atom::Call(Call {
                    order,
                    at,
                    seen: call.clone(),
                    has_card: false,
                    not_run: None,
                }));
            }
            _ => {}
        }
    }
    atoms.extend(seen.error.as_ref().map(|error| failure(seen, error, at)));
    atoms
}

/// The keys of what tells that a message failed begin with this.
const MESSAGE_FAILED: &str = "err_";

fn failure(seen: &MessageSeen, error: &str, at: Timestamp) -> Atom {
    let key = format!("{MESSAGE_FAILED}{}", seen.id);
    let order = SortKey::new(seen.created_ms, seen.parts.len(), &key);
    let Plain { sentence, details } = plainly(error);
    let text = format!("{STOPPED}{sentence}");
    Atom::Item(ThreadItem { key, order, at, body: ItemBody::Note { tone: Tone::Error, text, details } })
}

/// What a message's failure says.
pub(super) fn message_failure(item: &ThreadItem) -> Option<&str> {
    failure_text(item).filter(|_| item.key.starts_with(MESSAGE_FAILED))
}

/// The same of a note of the gateway's own.
pub(super) fn noted_failure(item: &ThreadItem) -> Option<&str> {
    failure_text(item).filter(|_| !item.key.starts_with(MESSAGE_FAILED))
}

fn failure_text(item: &ThreadItem) -> Option<&str> {
    match &item.body {
        ItemBody::Note { tone: Tone::Error, text, .. } if text.starts_with(STOPPED) => Some(text),
        _ => None,
    }
}

fn wanted(seen: &MessageSeen, detail: Detail) -> bool {
    detail != Detail::Quiet || seen.closes_turn
}

fn agent_said(
    seen: &MessageSeen,
    n: usize,
    id: &str,
    text: &str,
    complete: bool,
    at: Timestamp,
) -> Option<Atom> {
    let text = mask_text(if complete { text } else { settled(text) });
    if text.trim().is_empty() {
        return None;
    }
    let body = ItemBody::Said { by: Speaker::Agent, text, complete, files: vec![], queued: false };
    let order = SortKey::new(seen.created_ms, n, id);
    Some(Atom::Item(ThreadItem { key: id.to_owned(), order, at, body }))
}

/// Its text comes as a whole: nobody reads along, and half a key is not recognised as one. Some models tell that they thought,
/// and not what.
fn thought(text: &str, complete: bool, took_ms: Option<i64>) -> Option<ItemBody> {
    if text.trim().is_empty() && complete {
        return None;
    }
    let text = if complete { bounded(mask_text(text)) } else { String::new() };
    Some(ItemBody::Thought { text, complete, took_ms })
}

fn bounded(mut text: String) -> String {
    if text.len() > THOUGHT {
        let left = text.split_off(text.floor_char_boundary(THOUGHT));
        text.push_str(&format!("\n\n… ({} more characters not shown)", left.chars().count()));
    }
    text
}

/// While text streams its last word is kept back: half a key is not recognised as one.
fn settled(text: &str) -> &str {
    match text.rfind(char::is_whitespace) {
        Some(end) if text.len() - end <= KEPT_BACK => &text[..end],
        _ => {
            let mut end = text.len().saturating_sub(KEPT_BACK);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            &text[..end]
        }
    }
}

fn person_said(seen: &MessageSeen, who: Writer<'_>, at: Timestamp) -> Option<Atom> {
    let texts = seen.parts.iter().filter_map(PartSeen::text).enumerate();
    let texts: Vec<_> = texts.map(|(n, text)| if n == 0 { of_author(text, who) } else { text }).collect();
    let files: Vec<_> = seen.parts.iter().filter_map(PartSeen::file).collect();
    if files.is_empty() && matches!(texts[..], [] | [_]) && texts.iter().all(|text| is_go_on(text)) {
        return None;
    }
    let text = mask_text(&texts.join("\n\n"));
    let order = SortKey::new(seen.created_ms, 0, &seen.id);
    if who == Writer::Gateway {
        // The gateway's own words: nobody in OpenCode wrote them, and whoever answered gave an answer only.
        let (text, details) = (format!("Sent to the agent: {text}"), None);
        let body = ItemBody::Note { tone: Tone::Info, text, details };
        return Some(Atom::Item(ThreadItem { key: seen.id.clone(), order, at, body }));
    }
    let by = match who {
        Writer::Person(name) => Speaker::Person { name: name.to_owned() },
        Writer::Gateway | Writer::Elsewhere => Speaker::OpenCode,
    };
    let body = ItemBody::Said { by, text, complete: true, files, queued: false };
    Some(Atom::Item(ThreadItem { key: seen.id.clone(), order, at, body }))
}

/// The agent is told who writes; for people the item says so already.
fn of_author<'a>(text: &'a str, who: Writer<'_>) -> &'a str {
    match who {
        Writer::Person(name) => without_introduction(name, text),
        Writer::Gateway | Writer::Elsewhere => text,
    }
}

impl PartSeen {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    fn file(&self) -> Option<FileShown> {
        match self {
            Self::File { id, name, mime } => {
                Some(FileShown { id: id.clone(), name: mask_text(name), mime: mime.clone(), note: None })
            }
            _ => None,
        }
    }
}
