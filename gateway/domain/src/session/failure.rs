//! A turn that failed: people are told once, and it is tried again when somebody wants it.

use super::Session;
use crate::ask::Person;
use crate::failure::{Failed, Plain, STOPPED, plainly};
use crate::order::{AgentOrder, AgentOutcome};
use crate::sentences;
use crate::thread::Tone;
use crate::verdict::Verdict;
use jiff::Timestamp;

impl Session {
    /// The turn is over: OpenCode says so by itself after some failures only.
    pub(crate) fn failed(&mut self, message: &str, now: Timestamp) {
        let Plain { sentence, details } = plainly(message);
        self.activity.ending.told();
        self.busy = false;
        self.record.working = false;
        let told_before = self.record.failed.as_ref().is_some_and(|failed| failed.why == sentence);
        let text = format!("{STOPPED}{sentence}");
        if told_before {
            self.told_again(&text, details);
        } else {
            self.record.failed = Some(Failed { at: now, why: sentence });
            self.note_with("failed", Tone::Error, text, details, now);
        }
    }

    /// OpenCode tells of one failure twice, and only one of them has the details.
    fn told_again(&mut self, text: &str, details: Option<String>) {
        let Some(note) = self.record.notes.iter_mut().rev().find(|note| note.text == text) else { return };
        if note.details.is_none() && details.is_some() {
            note.details = details;
            let item = note.clone().item();
            self.put(item);
        }
    }

    /// The agent goes on with the message that it failed at, with the agent and the model that are chosen now.
    pub(crate) fn retry(&mut self, by: &Person, now: Timestamp) {
        if self.record.failed.is_none() {
            return self.tell(Verdict::Idle { why: "the last turn did not fail".to_owned() });
        }
        if self.record.paused.is_some() || !self.online {
            let why =
                if self.online { "the session is paused; resume it first" } else { "the agent is offline" };
            return self.tell(Verdict::Idle { why: why.to_owned() });
        }
        if let Some(limit) = self.full.clone() {
            return self.tell(Verdict::AtLimit(limit));
        }
        self.audit_act(by, "retried", now);
        self.note("retry", Tone::Info, sentences::retried(&by.name), now);
        let (session, chosen) = (self.record.session.clone(), self.record.about.chosen.clone());
        let order = AgentOrder::Retry { session, agent: chosen.agent, model: chosen.model };
        let sent = self.intend_plain(order);
        self.turn_began(now);
        self.tell(Verdict::Done);
        self.send(sent);
    }

    /// There was nothing to try again after all: somebody wrote in OpenCode meanwhile, or its message is gone.
    pub(crate) fn after_retry(&mut self, outcome: &AgentOutcome, now: Timestamp) {
        if !matches!(outcome, AgentOutcome::Superseded | AgentOutcome::NotPending { .. }) {
            return;
        }
        (self.busy, self.record.working) = (false, false);
        self.note("retry", Tone::Warning, sentences::NOTHING_TO_RETRY.to_owned(), now);
        self.send_next(None, now);
    }
}
