//! Folds messages, milestones, asks and notes into items, and tells what changed.

use super::item::{ItemBody, Milestone, Order, Speaker, ThreadItem, Tone};
use super::seen::{MessageSeen, PartSeen, ToolSeen};
use super::{Detail, ThreadChange, tools};
use crate::mask::mask;
use crate::words::without_introduction;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Most calls in one item: a surface that redraws an item redraws all of its lines.
const CALLS_IN_ITEM: usize = 20;

/// OpenCode's tool that asks people; what it asks becomes a card.
const QUESTION: &str = "question";

/// Longest end of a text that is kept back while it streams: a secret must not show before it is recognised.
const KEPT_BACK: usize = 256;

/// Messages that are kept drawn. Older ones stay in OpenCode, and wherever they were shown.
const KEPT_MESSAGES: usize = 2_000;

/// The thread of one session. Messages may be told in any order and as often as one likes.
#[derive(Debug, Default)]
pub struct Thread {
    detail: Detail,
    messages: BTreeMap<(i64, String), Folded>,
    /// When each message was begun.
    begun: HashMap<String, i64>,
    /// Messages whose questions have cards of their own, which say all that the lines of those calls would.
    carded: HashSet<String>,
    /// Messages of which something waits for a person.
    waiting: HashSet<String>,
    milestones: Vec<Milestone>,
    items: HashMap<String, ThreadItem>,
    changes: Vec<ThreadChange>,
}

/// A message as atoms, and the items that begin in it.
#[derive(Debug, Default)]
struct Folded {
    all: Vec<Atom>,
    /// Those that are drawn.
    atoms: Vec<Atom>,
    keys: Vec<String>,
    /// Its first calls stand in an item of an earlier message.
    joined: bool,
}

#[derive(Clone, Debug)]
enum Atom {
    Item(ThreadItem),
    Call(Order, Timestamp, Box<ToolSeen>),
}

impl Atom {
    fn is_question(&self) -> bool {
        matches!(self, Self::Call(_, _, call) if call.tool == QUESTION)
    }

    fn is_open(&self) -> bool {
        matches!(self, Self::Call(_, _, call) if call.is_open())
    }
}

impl Thread {
    pub fn new(detail: Detail) -> Self {
        Self { detail, ..Self::default() }
    }

    /// For messages told from now on.
    pub(crate) fn set_detail(&mut self, detail: Detail) {
        self.detail = detail;
    }

    /// Items in their order.
    pub fn items(&self) -> Vec<&ThreadItem> {
        let mut all: Vec<_> = self.items.values().collect();
        all.sort_by(|a, b| a.order.cmp(&b.order));
        all
    }

    pub(crate) fn take_changes(&mut self) -> Vec<ThreadChange> {
        std::mem::take(&mut self.changes)
    }

    /// When the message was begun, if it is known.
    pub(crate) fn begun(&self, message: &str) -> Option<i64> {
        self.begun.get(message).copied()
    }

    /// A message as it is now. `who` is the person who wrote it, if it came through the gateway.
    pub(crate) fn message(&mut self, seen: &MessageSeen, who: Option<&str>) {
        let place = (seen.created_ms, seen.id.clone());
        if let Some(before) = self.begun.insert(seen.id.clone(), seen.created_ms)
            && before != seen.created_ms
        {
            self.forget(&(before, seen.id.clone()));
        }
        self.messages.entry(place.clone()).or_default().all = atoms(seen, who, self.detail);
        self.draw(&place);
        while self.messages.len() > KEPT_MESSAGES {
            let Some(((_, id), folded)) = self.messages.pop_first() else { break };
            self.begun.remove(&id);
            self.carded.remove(&id);
            self.waiting.remove(&id);
            folded.keys.iter().for_each(|key| {
                self.items.remove(key);
            });
        }
    }

    /// What the agent asked in that message is a card: the line of the call would repeat it.
    pub(crate) fn has_card(&mut self, message: &str) {
        if self.carded.insert(message.to_owned()) {
            self.draw_message(message);
        }
    }

    /// Something in that message waits for a person, or does not any more. What waits has a card and does not run yet: a line
    /// that says so would be wrong.
    pub(crate) fn waits(&mut self, message: &str, waits: bool) {
        let changed = match waits {
            true => self.waiting.insert(message.to_owned()),
            false => self.waiting.remove(message),
        };
        if changed {
            self.draw_message(message);
        }
    }

    fn draw_message(&mut self, message: &str) {
        if let Some(begun) = self.begun(message) {
            self.draw(&(begun, message.to_owned()));
        }
    }

    /// All of the message that is to be seen.
    fn draw(&mut self, place: &(i64, String)) {
        let (carded, waits) = (self.carded.contains(&place.1), self.waiting.contains(&place.1));
        let Some(folded) = self.messages.get_mut(place) else { return };
        let hidden = |atom: &&Atom| carded && atom.is_question() || waits && atom.is_open();
        folded.atoms = folded.all.iter().filter(|atom| !hidden(atom)).cloned().collect();
        self.regroup(place);
    }

    pub(crate) fn milestone(&mut self, milestone: Milestone, window: SignedDuration) {
        if self.milestones.iter().any(|known| known.id == milestone.id) {
            return;
        }
        self.milestones.push(milestone);
        self.milestones.sort_by_key(|milestone| milestone.at);
        let mut groups: Vec<Vec<Milestone>> = vec![];
        for milestone in &self.milestones {
            match groups.last_mut() {
                Some(group) if milestone.at.duration_since(group[0].at) <= window => {
                    group.push(milestone.clone());
                }
                _ => groups.push(vec![milestone.clone()]),
            }
        }
        let grouped: Vec<_> = groups.into_iter().map(milestones_item).collect();
        let gone = |key: &String| key.starts_with("mil_") && !grouped.iter().any(|item| item.key == *key);
        for key in self.items.keys().filter(|key| gone(key)).cloned().collect::<Vec<_>>() {
            self.remove(&key);
        }
        for item in grouped {
            self.put(item);
        }
    }

    /// An item of the gateway's own.
    pub(crate) fn put(&mut self, item: ThreadItem) {
        if self.items.get(&item.key) == Some(&item) {
            return;
        }
        self.items.insert(item.key.clone(), item.clone());
        self.changes.push(ThreadChange::Put(Box::new(item)));
    }

    pub(crate) fn get(&self, key: &str) -> Option<&ThreadItem> {
        self.items.get(key)
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if self.items.remove(key).is_some() {
            self.changes.push(ThreadChange::Remove(key.to_owned()));
        }
    }

    /// A message whose place was not known when it was first heard of.
    fn forget(&mut self, place: &(i64, String)) {
        let Some(folded) = self.messages.remove(place) else { return };
        for key in folded.keys {
            self.items.remove(&key);
        }
    }

    /// Draws the changed message anew, with its neighbours as far as calls of theirs share an item.
    fn regroup(&mut self, place: &(i64, String)) {
        let window = self.window(place);
        let before: Vec<String> =
            window.iter().flat_map(|place| self.messages[place].keys.iter().cloned()).collect();
        let mut items: Vec<ThreadItem> = vec![];
        let mut run: Option<Run> = None;
        for place in &window {
            let mut keys = vec![];
            let folded = &self.messages[place];
            let joined =
                matches!((folded.atoms.first(), &run), (Some(Atom::Call(..)), Some(run)) if !run.is_full());
            for atom in folded.atoms.clone() {
                match atom {
                    Atom::Item(item) => {
                        items.extend(run.take().map(Run::item));
                        keys.push(item.key.clone());
                        items.push(item);
                    }
                    Atom::Call(order, at, call) => match &mut run {
                        Some(run) if !run.is_full() => run.calls.push(*call),
                        _ => {
                            items.extend(run.take().map(Run::item));
                            keys.push(call.id.clone());
                            run = Some(Run { order, at, calls: vec![*call] });
                        }
                    },
                }
            }
            if let Some(folded) = self.messages.get_mut(place) {
                (folded.keys, folded.joined) = (keys, joined);
            }
        }
        items.extend(run.map(Run::item));
        for key in before.iter().filter(|key| !items.iter().any(|item| item.key == **key)) {
            self.remove(key);
        }
        for item in items {
            self.put(item);
        }
    }

    /// The message and those before and after it that are drawn together with it.
    fn window(&self, place: &(i64, String)) -> Vec<(i64, String)> {
        let mut window = self.before(place);
        window.reverse();
        window.push(place.clone());
        let mut open = self.messages[place].is_open_end();
        for (later, folded) in self.messages.range(place.clone()..).skip(1) {
            if !(folded.joined || folded.atoms.is_empty() || open && folded.begins_with_call()) {
                break;
            }
            open = folded.is_open_end();
            window.push(later.clone());
        }
        window
    }

    /// Back to where the item begins that this message's first calls belong to, newest first.
    fn before(&self, place: &(i64, String)) -> Vec<(i64, String)> {
        let this = &self.messages[place];
        let mut joins = this.joined || this.begins_with_call();
        let mut before = vec![];
        for (earlier, folded) in self.messages.range(..place.clone()).rev() {
            if !joins {
                break;
            }
            before.push(earlier.clone());
            // An empty message is looked through.
            joins = folded.atoms.is_empty() || folded.joined;
        }
        before
    }
}

impl Folded {
    fn begins_with_call(&self) -> bool {
        matches!(self.atoms.first(), Some(Atom::Call(..)))
    }

    /// Calls of the next message may go on with this one's.
    fn is_open_end(&self) -> bool {
        matches!(self.atoms.last(), Some(Atom::Call(..)) | None)
    }
}

struct Run {
    order: Order,
    at: Timestamp,
    calls: Vec<ToolSeen>,
}

impl Run {
    fn is_full(&self) -> bool {
        self.calls.len() >= CALLS_IN_ITEM
    }

    fn item(self) -> ThreadItem {
        let Self { order, at, calls } = self;
        let key = calls.first().map(|call| call.id.clone()).unwrap_or_default();
        ThreadItem { key, order, at, body: ItemBody::Tools { lines: tools::lines(&calls) } }
    }
}

fn milestones_item(milestones: Vec<Milestone>) -> ThreadItem {
    let (id, at) = (milestones[0].id.clone(), milestones[0].at);
    let key = if id.starts_with("mil_") { id } else { format!("mil_{id}") };
    let order = Order::new(at.as_millisecond(), 0, &key);
    ThreadItem { key, order, at, body: ItemBody::Milestones { milestones } }
}

/// The visible parts of a message. A person's message is one item; an agent's is one for each text.
fn atoms(seen: &MessageSeen, who: Option<&str>, detail: Detail) -> Vec<Atom> {
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
            // Its card is on the way.
            PartSeen::Tool(call) if call.tool == QUESTION && call.is_open() => {}
            PartSeen::Tool(call) if detail == Detail::Full && call.tool != "milestone" => {
                let order = Order::new(seen.created_ms, n, &call.id);
                atoms.push(Atom::Call(order, at, Box::new(call.clone())));
            }
            _ => {}
        }
    }
    atoms.extend(seen.error.as_ref().map(|error| failure(seen, error, at)));
    atoms
}

fn failure(seen: &MessageSeen, error: &str, at: Timestamp) -> Atom {
    let key = format!("err_{}", seen.id);
    let order = Order::new(seen.created_ms, seen.parts.len(), &key);
    let text = format!("The agent's turn failed: {}", mask(error));
    Atom::Item(ThreadItem { key, order, at, body: ItemBody::Note { tone: Tone::Error, text } })
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
    let text = mask(if complete { text } else { settled(text) });
    if text.trim().is_empty() {
        return None;
    }
    let body = ItemBody::Said { by: Speaker::Agent, text, complete, files: vec![], queued: false };
    let order = Order::new(seen.created_ms, n, id);
    Some(Atom::Item(ThreadItem { key: id.to_owned(), order, at, body }))
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

fn person_said(seen: &MessageSeen, who: Option<&str>, at: Timestamp) -> Option<Atom> {
    let texts = seen.parts.iter().filter_map(PartSeen::text).enumerate();
    let texts: Vec<_> = texts.map(|(n, text)| if n == 0 { of_author(text, who) } else { text }).collect();
    let files: Vec<_> = seen.parts.iter().filter_map(PartSeen::file).map(mask).collect();
    if texts.is_empty() && files.is_empty() {
        return None;
    }
    let by = who.map_or(Speaker::OpenCode, |name| Speaker::Person { name: name.to_owned() });
    let text = mask(&texts.join("\n\n"));
    let body = ItemBody::Said { by, text, complete: true, files, queued: false };
    let order = Order::new(seen.created_ms, 0, &seen.id);
    Some(Atom::Item(ThreadItem { key: seen.id.clone(), order, at, body }))
}

/// The agent is told who writes; for people the item says so already.
fn of_author<'a>(text: &'a str, who: Option<&str>) -> &'a str {
    who.map_or(text, |name| without_introduction(name, text))
}

impl PartSeen {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text { text, .. } => Some(text),
            _ => None,
        }
    }

    fn file(&self) -> Option<&str> {
        match self {
            Self::File { name, .. } => Some(name),
            _ => None,
        }
    }
}
