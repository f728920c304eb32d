//! What a thread in Slack should show and what it shows so far: pure bookkeeping, from which the writer takes its
//! next step.

use super::poster::{GONE, THEIRS, fingerprint};
use super::stream::STREAM;
use super::urgency::Urgency;
use crate::sessions::ports::PostState;
use crate::slack::render::Drawing;
use gateway_domain::thread::SortKey;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A message's place: the item's, and the piece within it.
pub(super) type ThreadPosition = (SortKey, usize);

/// All messages of a thread.
#[derive(Default)]
pub(super) struct ThreadPlan {
    lines: HashMap<String, PlannedMessage>,
    /// Not posted yet, in the order of the thread.
    waiting: BTreeMap<ThreadPosition, String>,
    /// Posted, and to be drawn anew; the most urgent first.
    dirty: BTreeSet<(Urgency, String)>,
    /// Streams to which something may be added.
    flowing: BTreeSet<String>,
}

struct PlannedMessage {
    position: ThreadPosition,
    drawing: Drawing,
    urgency: Urgency,
    state: MessageState,
    /// To be taken away.
    removed: bool,
    /// To be posted again should somebody delete it: it waits for an answer.
    needed: bool,
    /// It streams: what is new is added, until it is drawn anew.
    flows: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum MessageState {
    Waiting,
    Posting,
    Posted {
        ts: String,
        drawn: Option<String>,
    },
    /// A person's own message, deleted, or given up: nothing more to do.
    Over,
}

/// A change of a posted message.
#[derive(Debug, PartialEq)]
pub(super) enum MessageChange {
    /// `streams`: it may stream still.
    Draw {
        key: String,
        ts: String,
        drawing: Drawing,
        urgency: Urgency,
        streams: bool,
    },
    Delete {
        key: String,
        ts: String,
    },
}

/// A message as it is wanted.
pub(super) struct WantedMessage {
    pub key: String,
    pub position: ThreadPosition,
    pub drawing: Drawing,
    pub urgency: Urgency,
    pub needed: bool,
}

impl ThreadPlan {
    /// The message should look like this. `known` is what the ledger says when it is met for the first time.
    pub(super) fn put(&mut self, wanted: WantedMessage, known: impl FnOnce() -> Option<PostState>) {
        let WantedMessage { key, position, drawing, urgency, needed } = wanted;
        if let Some(line) = self.lines.get_mut(&key) {
            (line.drawing, line.urgency, line.needed, line.removed) = (drawing, urgency, needed, false);
            return self.consider(&key);
        }
        let state = match known() {
            // An ask that waits must be there, whoever deleted it.
            Some(PostState::Posted { drawn, .. }) if needed && drawn.as_deref() == Some(GONE) => {
                MessageState::Waiting
            }
            Some(PostState::Posted { drawn, .. }) if is_over(drawn.as_deref()) => MessageState::Over,
            Some(PostState::Posted { ts, drawn }) => MessageState::Posted { ts, drawn },
            // An ask that waits is worth another try after a restart.
            Some(PostState::Failed { .. }) if !needed => MessageState::Over,
            Some(PostState::Failed { .. } | PostState::Intended) | None => MessageState::Waiting,
        };
        self.lines.insert(
            key.clone(),
            PlannedMessage { position, drawing, urgency, state, removed: false, needed, flows: false },
        );
        self.consider(&key);
    }

    /// The message should not be there.
    pub(super) fn remove(&mut self, key: &str) {
        if let Some(line) = self.lines.get_mut(key) {
            line.removed = true;
            self.consider(key);
        }
    }

    /// A letter that was given up is to be sent again. False: nothing is known of it.
    pub(super) fn again(&mut self, key: &str) -> bool {
        let Some(line) = self.lines.get_mut(key) else { return false };
        if line.state == MessageState::Over {
            line.state = MessageState::Waiting;
        }
        self.consider(key);
        true
    }

    /// How many wait to be posted.
    pub(super) fn depth(&self) -> usize {
        self.waiting.len()
    }

    /// How urgent the next post is: as urgent as the most urgent that waits behind it.
    pub(super) fn post_urgency(&self) -> Option<Urgency> {
        self.waiting.values().filter_map(|key| self.lines.get(key)).map(|line| line.urgency).min()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.lines.contains_key(key)
    }

    /// The first that waits.
    pub(super) fn next_post(&self) -> Option<&str> {
        self.waiting.first_key_value().map(|(_, key)| key.as_str())
    }

    /// Whether this message stands before that place, or is not there at all.
    pub(super) fn stands_before(&self, key: &str, order: &SortKey) -> bool {
        self.lines.get(key).is_some_and(|line| line.position.0 < *order)
    }

    /// What is still being written and stands last in the thread, if nothing else waits.
    pub(super) fn only_live(&self) -> Option<&str> {
        let (_, key) = self.waiting.first_key_value().filter(|_| self.waiting.len() == 1)?;
        self.lines.get(key).is_some_and(|line| line.drawing.live).then_some(key)
    }

    /// The first that waits, as it is wanted now. It counts as under way from here on.
    pub(super) fn take_post(&mut self) -> Option<(String, Drawing)> {
        let (_, key) = self.waiting.pop_first()?;
        let line = self.lines.get_mut(&key)?;
        line.state = MessageState::Posting;
        Some((key, line.drawing.clone()))
    }

    pub(super) fn change_urgency(&self) -> Option<Urgency> {
        self.dirty.first().map(|(urgency, _)| *urgency)
    }

    pub(super) fn take_change(&mut self) -> Option<MessageChange> {
        let (urgency, key) = self.dirty.pop_first()?;
        let line = self.lines.get_mut(&key)?;
        line.flows = false;
        let MessageState::Posted { ts, drawn } = &line.state else { return None };
        let (ts, streams) = (ts.clone(), drawn.as_deref() == Some(STREAM));
        Some(match line.removed {
            true => MessageChange::Delete { key, ts },
            false => MessageChange::Draw { key, ts, drawing: line.drawing.clone(), urgency, streams },
        })
    }

    /// It is there as a stream.
    pub(super) fn begun(&mut self, key: &str, ts: String) {
        if let Some(line) = self.lines.get_mut(key) {
            line.state = MessageState::Posted { ts, drawn: Some(STREAM.to_owned()) };
            line.flows = true;
            self.consider(key);
        }
    }

    /// Nothing can be added to the stream any more.
    pub(super) fn ends(&mut self, key: &str) {
        if let Some(line) = self.lines.get_mut(key) {
            line.flows = false;
            self.consider(key);
        }
    }

    pub(super) fn is_flowing(&self) -> bool {
        !self.flowing.is_empty()
    }

    /// A stream, and the text that it should have.
    pub(super) fn take_flow(&mut self) -> Option<(String, String, String)> {
        let key = self.flowing.pop_first()?;
        let line = self.lines.get(&key)?;
        let MessageState::Posted { ts, .. } = &line.state else { return None };
        Some((key, ts.clone(), line.drawing.prose.clone().unwrap_or_default()))
    }

    /// It is there, and shows this.
    pub(super) fn posted(&mut self, key: &str, ts: String, shown: Option<&Drawing>) {
        if let Some(line) = self.lines.get_mut(key) {
            line.state = MessageState::Posted { ts, drawn: shown.map(fingerprint) };
            self.consider(key);
        }
    }

    /// It is not there any more. What waits for an answer is posted anew; returns whether it is.
    pub(super) fn lost(&mut self, key: &str) -> bool {
        let Some(line) = self.lines.get_mut(key) else { return false };
        let again = line.needed && !line.removed;
        line.state = if again { MessageState::Waiting } else { MessageState::Over };
        self.consider(key);
        again
    }

    /// Somebody deleted this very message; a newer one of the same key is still there.
    pub(super) fn deleted(&mut self, key: &str, gone: &str) {
        let is_it =
            |line: &PlannedMessage| matches!(&line.state, MessageState::Posted { ts, .. } if ts == gone);
        if self.lines.get(key).is_some_and(is_it) {
            self.lost(key);
        }
    }

    pub(super) fn given_up(&mut self, key: &str) {
        if let Some(line) = self.lines.get_mut(key)
            && line.state == MessageState::Posting
        {
            line.state = MessageState::Over;
        }
    }

    /// Puts the message on the list it belongs to.
    fn consider(&mut self, key: &str) {
        let Some(line) = self.lines.get(key) else { return };
        self.dirty.retain(|(_, dirty)| dirty != key);
        self.flowing.remove(key);
        match &line.state {
            MessageState::Waiting if line.removed => {
                self.waiting.remove(&line.position);
            }
            MessageState::Waiting => {
                self.waiting.insert(line.position.clone(), key.to_owned());
            }
            MessageState::Posted { .. } if line.flows && line.drawing.live && !line.removed => {
                self.flowing.insert(key.to_owned());
            }
            MessageState::Posted { drawn, .. } => {
                let right = drawn.as_deref() == Some(fingerprint(&line.drawing).as_str());
                if line.removed || !right {
                    self.dirty.insert((line.urgency, key.to_owned()));
                }
            }
            MessageState::Posting | MessageState::Over => {}
        }
    }
}

fn is_over(drawn: Option<&str>) -> bool {
    matches!(drawn, Some(THEIRS | GONE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn drawing(text: &str) -> Drawing {
        Drawing::new(text, vec![json!({ "type": "divider" })])
    }

    fn wanted(key: &str, ms: i64, urgency: Urgency) -> WantedMessage {
        let position = (SortKey::new(ms, 0, key), 0);
        WantedMessage {
            key: key.into(),
            position,
            drawing: drawing(key),
            urgency,
            needed: urgency == Urgency::Ask,
        }
    }

    fn posted(ts: &str, drawn: Option<&str>) -> Option<PostState> {
        Some(PostState::Posted { ts: ts.into(), drawn: drawn.map(str::to_owned) })
    }

    #[test]
    fn posts_go_out_in_the_order_of_the_thread() {
        // I4: whatever the order in which they come
        let mut plan = ThreadPlan::default();
        for (key, ms) in [("b", 2), ("c", 3), ("a", 1)] {
            plan.put(wanted(key, ms, Urgency::News), || None);
        }
        let order: Vec<_> = std::iter::from_fn(|| plan.take_post()).map(|(key, _)| key).collect();
        assert_eq!(order, ["a", "b", "c"]);
    }

    #[test]
    fn what_stands_before_an_ask_is_as_urgent_as_the_ask() {
        // REQ-ASK-01
        let mut plan = ThreadPlan::default();
        plan.put(wanted("text", 1, Urgency::Live), || None);
        assert_eq!(plan.post_urgency(), Some(Urgency::Live));
        plan.put(wanted("ask", 2, Urgency::Ask), || None);
        assert_eq!(plan.post_urgency(), Some(Urgency::Ask));
    }

    #[test]
    fn only_what_is_written_last_is_live() {
        let live = |text: &str| Drawing { live: true, ..drawing(text) };
        let mut plan = ThreadPlan::default();
        plan.put(WantedMessage { drawing: live("so far"), ..wanted("text", 1, Urgency::Live) }, || None);
        assert_eq!(plan.only_live(), Some("text"));
        plan.put(wanted("ask", 2, Urgency::Ask), || None);
        assert_eq!(plan.only_live(), None, "what comes behind it does not wait");
        plan.take_post();
        assert_eq!(plan.only_live(), None, "the ask is whole");
    }

    #[test]
    fn changes_are_merged_to_the_latest_and_asks_come_first() {
        // REQ-SLACK-04
        let mut plan = ThreadPlan::default();
        plan.put(wanted("text", 1, Urgency::Live), || posted("1.1", None));
        plan.put(wanted("ask", 2, Urgency::Ask), || posted("1.2", None));
        for n in 0..9 {
            let drawing = drawing(&format!("text {n}"));
            plan.put(WantedMessage { drawing, ..wanted("text", 1, Urgency::Live) }, || None);
        }
        let Some(MessageChange::Draw { key, .. }) = plan.take_change() else { panic!("no change") };
        assert_eq!(key, "ask");
        let Some(MessageChange::Draw { drawing, .. }) = plan.take_change() else { panic!("no change") };
        assert_eq!(drawing.text, "text 8");
        assert_eq!(plan.take_change(), None);
    }

    #[test]
    fn after_a_restart_only_what_looks_different_is_drawn() {
        // REQ-STATE-03
        let mut plan = ThreadPlan::default();
        let same = fingerprint(&drawing("same"));
        plan.put(wanted("same", 1, Urgency::News), || posted("1.1", Some(&same)));
        plan.put(wanted("other", 2, Urgency::News), || posted("1.2", Some(&same)));
        plan.put(wanted("mine", 3, Urgency::News), || posted("1.3", Some(THEIRS)));
        let Some(MessageChange::Draw { key, .. }) = plan.take_change() else { panic!("no change") };
        assert_eq!((key.as_str(), plan.take_change(), plan.take_post()), ("other", None, None));
    }

    #[test]
    fn a_deleted_ask_is_posted_anew_and_nothing_else_is() {
        let mut plan = ThreadPlan::default();
        plan.put(wanted("ask", 1, Urgency::Ask), || posted("1.1", None));
        plan.put(wanted("text", 2, Urgency::News), || posted("1.2", None));
        assert!(plan.lost("ask") && !plan.lost("text"));
        assert_eq!(plan.take_post().map(|(key, _)| key).as_deref(), Some("ask"));
        assert_eq!(plan.take_post(), None);
    }

    #[test]
    fn what_was_merged_into_another_is_deleted_or_never_posted() {
        let mut plan = ThreadPlan::default();
        plan.put(wanted("posted", 1, Urgency::News), || posted("1.1", None));
        plan.put(wanted("waiting", 2, Urgency::News), || None);
        plan.remove("posted");
        plan.remove("waiting");
        assert_eq!(plan.take_post(), None);
        assert_eq!(
            plan.take_change(),
            Some(MessageChange::Delete { key: "posted".into(), ts: "1.1".into() })
        );
    }

    #[test]
    fn a_stream_grows_until_its_last_word_and_is_drawn_then() {
        // REQ-THREAD-02
        let live = |text: &str, live: bool| WantedMessage {
            drawing: Drawing { live, prose: Some(text.into()), ..drawing(text) },
            ..wanted("text", 1, Urgency::Live)
        };
        let mut plan = ThreadPlan::default();
        plan.put(live("one", true), || None);
        plan.take_post().unwrap();
        plan.begun("text", "1.1".into());
        plan.put(live("one two", true), || None);
        assert_eq!(plan.take_flow(), Some(("text".into(), "1.1".into(), "one two".into())));
        assert_eq!((plan.take_flow(), plan.take_change()), (None, None), "nothing is new");
        plan.put(live("one two three", false), || None);
        let Some(MessageChange::Draw { streams: true, .. }) = plan.take_change() else { panic!("no end") };
        assert_eq!(plan.take_flow(), None, "it has an end");
    }

    #[test]
    fn a_stream_that_ended_by_itself_goes_on_as_a_message_also_after_a_restart() {
        let live = || WantedMessage {
            drawing: Drawing { live: true, prose: Some("one".into()), ..drawing("one") },
            ..wanted("text", 1, Urgency::Live)
        };
        let mut plan = ThreadPlan::default();
        plan.put(live(), || None);
        plan.take_post().unwrap();
        plan.begun("text", "1.1".into());
        plan.ends("text");
        let mut anew = ThreadPlan::default();
        anew.put(live(), || posted("1.1", Some(STREAM)));
        for mut plan in [plan, anew] {
            let Some(MessageChange::Draw { streams: true, drawing, .. }) = plan.take_change() else {
                panic!("it is not drawn")
            };
            plan.posted("text", "1.1".into(), Some(&drawing));
            assert_eq!((plan.take_change(), plan.take_flow()), (None, None));
        }
    }

    #[test]
    fn what_changes_while_it_is_posted_is_drawn_afterwards() {
        let mut plan = ThreadPlan::default();
        plan.put(wanted("text", 1, Urgency::News), || None);
        let (key, shown) = plan.take_post().unwrap();
        plan.put(WantedMessage { drawing: drawing("more"), ..wanted("text", 1, Urgency::News) }, || None);
        assert_eq!(plan.take_change(), None, "not before it is there");
        plan.posted(&key, "1.1".into(), Some(&shown));
        let Some(MessageChange::Draw { drawing, ts, .. }) = plan.take_change() else { panic!("no change") };
        assert_eq!((drawing.text.as_str(), ts.as_str()), ("more", "1.1"));
    }
}
