//! Puts into the thread what the record holds: asks, notes, milestones, messages that wait.

use super::Session;
use crate::ask::{Ask, AskBody};
use crate::thread::{BEHIND_MESSAGE, ItemBody, SortKey, ThreadItem};

impl Session {
    /// What of the thread is in the record; the rest comes with OpenCode's messages.
    pub(crate) fn draw(&mut self) {
        let window = self.policy.thread.milestone_window;
        for milestone in self.record.milestones.clone() {
            self.thread.milestone(milestone, window);
        }
        for note in self.record.notes.clone() {
            self.put(note.item());
        }
        for index in 0..self.record.asks.len() {
            self.put_ask(index);
        }
        for index in 0..self.record.queue.len() {
            self.show_queued(index);
        }
    }

    /// As people see them, wherever they stand.
    pub fn asks_as_seen(&self) -> Vec<Ask> {
        self.record.asks.iter().map(|ask| ask.seen_in(&self.record.session)).collect()
    }

    /// An ask stands behind the message it was put in.
    pub(crate) fn put_ask(&mut self, index: usize) {
        let ask = self.record.asks[index].seen_in(&self.record.session);
        if let (AskBody::Question { .. }, Some(tool)) = (&ask.body, &ask.tool) {
            self.thread.has_card(&tool.message_id);
        }
        if let Some(tool) = &ask.tool {
            self.thread.call_has_card(&tool.message_id, &tool.call_id);
            let held = self.record.asks.iter().any(|other| other.holds_back(&tool.call_id));
            self.thread.hold_back(&tool.message_id, &tool.call_id, held);
            let not_run = self.record.asks[index].not_run();
            self.thread.call_not_run(&tool.message_id, &tool.call_id, not_run);
            let asks = self.record.asks.iter().filter(|other| other.is_about_call(&tool.call_id));
            let waited: i64 = asks.map(Ask::waited_ms).sum();
            self.thread.call_waited(&tool.message_id, &tool.call_id, waited);
        }
        let key = format!("ask_{}", ask.id);
        let begun = ask.tool.as_ref().and_then(|tool| self.thread.begun(&tool.message_id));
        let known = self.thread.get(&key).map(|item| item.order.clone());
        let order = known.unwrap_or_else(|| match begun {
            Some(begun) => SortKey::new(begun, BEHIND_MESSAGE, &ask.id),
            None => SortKey::new(ask.asked_at.as_millisecond(), 0, &ask.id),
        });
        let (at, body) = (ask.asked_at, ItemBody::Ask { ask: Box::new(ask) });
        self.put(ThreadItem { key, order, at, body });
    }

    pub(crate) fn put(&mut self, item: ThreadItem) {
        self.thread.put(item);
    }
}

impl Ask {
    /// What a sub-agent asks belongs to the session that people see. What people typed is shown without secrets.
    pub(crate) fn seen_in(&self, session: &str) -> Self {
        let mut seen = self.clone().with_masked_words();
        if self.session != session {
            seen.sub_agent = Some(std::mem::replace(&mut seen.session, session.to_owned()));
        }
        seen
    }
}
