//! Folds messages, milestones, asks and notes into items, and tells what changed.

use super::atoms::{Atom, Call, atoms, message_failure, noted_failure};
use super::item::{ItemBody, Milestone, SortKey, ThreadItem};
use super::seen::{MessageSeen, Writer};
use super::{Detail, ThreadChange, tools};
use crate::ask::NotRun;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Most calls in one item: a surface that redraws an item redraws all of its lines.
const CALLS_IN_ITEM: usize = 20;

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
    held_back: HashSet<String>,
    /// Calls that were decided against.
    not_run: HashMap<String, NotRun>,
    /// Failures that a note tells of: the message that failed would say the same once more (B25).
    failures: HashSet<String>,
    /// Calls that were asked about, by message.
    asked: HashMap<String, Vec<String>>,
    /// Milliseconds that a call waited for a person: no work of its tool.
    waited: HashMap<String, i64>,
    /// Messages with calls that have not ended.
    open: BTreeSet<(i64, String)>,
    milestones: Vec<Milestone>,
    items: HashMap<String, ThreadItem>,
    changes: Vec<ThreadChange>,
}

/// A message as atoms, and the items that begin in it.
#[derive(Debug, Default)]
struct Folded {
    all: Vec<Atom>,
    from_person: bool,
    /// Nothing was at work when it was told: what is open in it never ends.
    over: bool,
    /// Those that are drawn.
    atoms: Vec<Atom>,
    keys: Vec<String>,
    /// Its first calls stand in an item of an earlier message.
    joined: bool,
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

    /// A message as it is now. `over` is whether nothing is at work.
    pub(crate) fn message(&mut self, seen: &MessageSeen, who: Writer<'_>, over: bool) {
        let place = (seen.created_ms, seen.id.clone());
        if let Some(before) = self.begun.insert(seen.id.clone(), seen.created_ms)
            && before != seen.created_ms
        {
            self.forget(&(before, seen.id.clone()));
        }
        let new = !self.messages.contains_key(&place);
        let folded = self.messages.entry(place.clone()).or_default();
        folded.all = atoms(seen, who, self.detail);
        (folded.from_person, folded.over) = (seen.from_person, over);
        self.note_open(&place);
        self.draw(&place);
        if new && !seen.from_person {
            self.overtake(&place);
        }
        while self.messages.len() > KEPT_MESSAGES {
            let Some(((_, id), folded)) = self.messages.pop_first() else { break };
            self.begun.remove(&id);
            self.carded.remove(&id);
            for call in self.asked.remove(&id).unwrap_or_default() {
                self.held_back.remove(&call);
                self.not_run.remove(&call);
                self.waited.remove(&call);
            }
            self.open.retain(|(_, open)| *open != id);
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

    /// That call was asked about. What became of it is told behind the card, not before it.
    pub(crate) fn call_has_card(&mut self, message: &str, call: &str) {
        let calls = self.asked.entry(message.to_owned()).or_default();
        if !calls.iter().any(|known| known == call) {
            calls.push(call.to_owned());
            self.draw_message(message);
        }
    }

    /// OpenCode counts the time that a call waits for a person as time that it runs.
    pub(crate) fn call_waited(&mut self, message: &str, call: &str, ms: i64) {
        if ms > 0 && self.waited.insert(call.to_owned(), ms) != Some(ms) {
            self.draw_message(message);
        }
    }

    /// OpenCode died: what it was at never ends.
    pub(crate) fn all_is_over(&mut self) {
        for place in self.open.clone() {
            if let Some(folded) = self.messages.get_mut(&place) {
                folded.over = true;
            }
            self.draw(&place);
        }
    }

    fn note_open(&mut self, place: &(i64, String)) {
        match self.messages.get(place).is_some_and(|folded| folded.all.iter().any(Atom::is_unfinished)) {
            true => self.open.insert(place.clone()),
            false => self.open.remove(place),
        };
    }

    /// The agent goes on only when its calls have ended: what is open before this message died with an OpenCode.
    fn overtake(&mut self, place: &(i64, String)) {
        let before: Vec<_> = self.open.range(..place.clone()).cloned().collect();
        for place in before {
            self.draw(&place);
        }
    }

    fn is_overtaken(&self, place: &(i64, String)) -> bool {
        self.messages.range(place.clone()..).skip(1).any(|(_, later)| !later.from_person)
    }

    /// That call does not run yet, or never will: a line that says that it runs would be wrong. Its card says all.
    pub(crate) fn hold_back(&mut self, message: &str, call: &str, held: bool) {
        let changed = match held {
            true => self.held_back.insert(call.to_owned()),
            false => self.held_back.remove(call),
        };
        if changed {
            self.draw_message(message);
        }
    }

    /// What was decided against that call, in case it failed for that.
    pub(crate) fn call_not_run(&mut self, message: &str, call: &str, why: Option<NotRun>) {
        let before = match &why {
            Some(why) => self.not_run.insert(call.to_owned(), why.clone()),
            None => self.not_run.remove(call),
        };
        if before != why {
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
        let carded = self.carded.contains(&place.1);
        let overtaken = self.open.contains(place) && self.is_overtaken(place);
        let cards = self.asked.get(&place.1).map_or(&[][..], Vec::as_slice);
        let Some(folded) = self.messages.get_mut(place) else { return };
        let over = overtaken || folded.over;
        let (failures, held_back, not_run) = (&self.failures, &self.held_back, &self.not_run);
        let hidden = |atom: &&Atom| {
            carded && atom.is_question() || atom.is_open_in(held_back) || atom.is_told_in(failures)
        };
        folded.atoms = folded.all.iter().filter(|atom| !hidden(atom)).cloned().collect();
        for (n, atom) in folded.atoms.iter_mut().enumerate() {
            atom.behind_its_card(place.0, n, cards);
            atom.note_not_run(not_run);
            atom.without_waiting(&self.waited);
            if over {
                atom.cut();
            }
        }
        // A stable sort: all else stays in its order.
        folded.atoms.sort_by_key(|atom| matches!(atom, Atom::Call(call) if call.has_card));
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
        if let Some(failure) = noted_failure(&item) {
            self.tell_once(failure.to_owned());
        }
        self.items.insert(item.key.clone(), item.clone());
        self.changes.push(ThreadChange::Put(Box::new(item)));
    }

    /// Whatever tells the same of a message gives way to the note.
    fn tell_once(&mut self, failure: String) {
        let same = |item: &&ThreadItem| message_failure(item) == Some(failure.as_str());
        let doubled: Vec<_> = self.items.values().filter(same).map(|item| item.key.clone()).collect();
        doubled.iter().for_each(|key| self.remove(key));
        self.failures.insert(failure);
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
            let joined = matches!((folded.first(), &run), (Some(Atom::Call(call)), Some(run)) if run.takes(call, place));
            for atom in folded.atoms.clone() {
                match atom {
                    Atom::Item(item) => {
                        items.extend(run.take().map(Run::item));
                        keys.push(item.key.clone());
                        items.push(item);
                    }
                    // Between two calls it does not part them: their item is the same with it and without.
                    Atom::Thought(item) => {
                        keys.push(item.key.clone());
                        items.push(item);
                    }
                    Atom::Call(call) => match &mut run {
                        Some(run) if run.takes(&call, place) => run.calls.push(call),
                        _ => {
                            items.extend(run.take().map(Run::item));
                            keys.push(call.seen.id.clone());
                            run = Some(Run::begin(call, place));
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
            if !(folded.joined || folded.is_empty() || open && folded.begins_with_call()) {
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
            joins = folded.is_empty() || folded.joined;
        }
        before
    }
}

impl Folded {
    /// The first of what stands in the thread by itself, as thoughts do not.
    fn first(&self) -> Option<&Atom> {
        self.atoms.iter().find(|atom| !atom.is_thought())
    }

    fn is_empty(&self) -> bool {
        self.first().is_none()
    }

    fn begins_with_call(&self) -> bool {
        matches!(self.first(), Some(Atom::Call(..)))
    }

    /// Calls of the next message may go on with this one's.
    fn is_open_end(&self) -> bool {
        let last = self.atoms.iter().rfind(|atom| !atom.is_thought());
        matches!(last, Some(Atom::Call(..)) | None)
    }
}

struct Run {
    order: SortKey,
    at: Timestamp,
    calls: Vec<Call>,
    /// The message behind whose cards it stands.
    behind_cards_of: Option<String>,
}

impl Run {
    fn begin(call: Call, (_, message): &(i64, String)) -> Self {
        let behind_cards_of = call.has_card.then(|| message.clone());
        Self { order: call.order.clone(), at: call.at, calls: vec![call], behind_cards_of }
    }

    /// A call that was asked about stands behind its card, so it joins none that stand before it.
    fn takes(&self, call: &Call, (_, message): &(i64, String)) -> bool {
        let behind = !call.has_card || self.behind_cards_of.as_ref() == Some(message);
        behind && self.calls.len() < CALLS_IN_ITEM
    }

    fn item(self) -> ThreadItem {
        let Self { order, at, calls, .. } = self;
        let key = calls.first().map(|call| call.seen.id.clone()).unwrap_or_default();
        let lines = tools::lines(calls.iter().map(|call| (&*call.seen, call.not_run.as_ref())));
        ThreadItem { key, order, at, body: ItemBody::Tools { lines } }
    }
}

fn milestones_item(milestones: Vec<Milestone>) -> ThreadItem {
    let (id, at) = (milestones[0].id.clone(), milestones[0].at);
    let key = if id.starts_with("mil_") { id } else { format!("mil_{id}") };
    let order = SortKey::new(at.as_millisecond(), 0, &key);
    ThreadItem { key, order, at, body: ItemBody::Milestones { milestones } }
}
