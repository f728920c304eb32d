//! Steering by people: pause and resume, stop, close and reopen.

use super::Session;
use crate::ask::Person;
use crate::input::Steer;
use crate::order::AgentOrder;
use crate::proven::Proven;
use crate::record::{Ended, Ending, Paused, Queued};
use crate::sentences;
use crate::thread::Tone;
use crate::verdict::Verdict;
use crate::words;
use jiff::Timestamp;

impl Session {
    pub(crate) fn steered(&mut self, by: &Person, to: Steer, now: Timestamp) {
        // A closed session may be at work all the same: in OpenCode's own page anyone can write to it.
        let is_possible = to == Steer::Reopen || (to == Steer::Stop && self.busy);
        if self.record.ended.is_some() && !is_possible {
            return self.tell(Verdict::SessionEnded);
        }
        match to {
            Steer::Pause if self.record.paused.is_some() => self.idle("it is already paused"),
            Steer::Pause => self.pause(by, now),
            Steer::Resume => self.unpause(by, now),
            Steer::Retry => self.retry(by, now),
            Steer::Stop => self.stop(by, now),
            Steer::Close => self.close(by, now),
            Steer::Reopen => self.open_again(by, now),
        }
    }

    fn pause(&mut self, by: &Person, now: Timestamp) {
        let cut = self.busy;
        self.record.paused = Some(Paused { by: by.name.clone(), at: now, cut });
        self.audit_act(by, "paused", now);
        self.note("pause", Tone::Warning, sentences::paused(&by.name), now);
        self.abort_if(cut);
    }

    fn unpause(&mut self, by: &Person, now: Timestamp) {
        let Some(Paused { cut, .. }) = self.record.paused else { return self.idle("it isn't paused") };
        self.record.paused = None;
        self.audit_act(by, "resumed", now);
        self.note("resume", Tone::Info, sentences::resumed(&by.name), now);
        if cut {
            let message_id = self.next_id(words::GO_ON_ID);
            self.remember_own_message(&message_id);
            let text = words::GO_ON.to_owned();
            let (by, files, agent, model) = (by.clone(), vec![], None, None);
            self.record.queue.insert(0, Queued { message_id, by, at: now, text, files, agent, model });
        }
        self.tell(Verdict::Done);
        self.send_next(None, now);
    }

    fn stop(&mut self, by: &Person, now: Timestamp) {
        if self.has_nothing_to_stop() {
            return self.idle("nothing is running");
        }
        // What people wrote stays theirs: it waits until somebody resumes the session.
        let waiting = self.record.queue.len();
        self.record.paused = (waiting > 0).then(|| Paused { by: by.name.clone(), at: now, cut: false });
        self.audit_act(by, "stopped", now);
        self.note("stop", Tone::Warning, sentences::stopped(&by.name, waiting), now);
        self.end_checks(&by.name, now);
        self.withdraw("the session was stopped");
        self.abort_if(true);
    }

    fn has_nothing_to_stop(&self) -> bool {
        let record = &self.record;
        !self.busy && !record.working && record.paused.is_none() && !record.is_unsettled()
    }

    fn close(&mut self, by: &Person, now: Timestamp) {
        if self.is_working() {
            return self.idle("the agent is still working; stop it first");
        }
        self.withdraw("the session was closed");
        self.withdraw_deploy("the session was closed");
        // The gateway's own "continue" after a pause is nobody's message.
        self.record.queue.retain(|queued| !queued.message_id.starts_with(words::GO_ON_ID));
        self.record.ended = Some(Ended { how: Ending::Completed, by: by.name.clone(), at: now });
        self.end_grants();
        self.audit_act(by, "closed", now);
        let text = sentences::closed(&by.name, self.record.queue.len());
        self.note("close", Tone::Good, text, now);
        self.tell(Verdict::Done);
    }

    /// One that was closed; what OpenCode deleted is gone.
    fn open_again(&mut self, by: &Person, now: Timestamp) {
        match self.record.ended.as_ref().map(|ended| ended.how) {
            None => return self.idle("it is already open"),
            Some(Ending::Deleted) => return self.idle("it was deleted in OpenCode and can't be reopened"),
            Some(Ending::Completed) => self.record.ended = None,
        }
        self.audit_act(by, "reopened", now);
        self.note("reopen", Tone::Info, sentences::reopened(&by.name), now);
        self.tell(Verdict::Done);
        self.send_next(None, now);
    }

    fn abort_if(&mut self, wanted: bool) {
        let order = AgentOrder::Abort { session: self.record.session.clone() };
        let sent = wanted.then(|| self.intend_plain(order));
        self.tell(Verdict::Done);
        if let Some(sent) = sent {
            self.send(sent);
        }
    }

    fn idle(&mut self, why: &str) {
        self.tell(Verdict::Idle { why: why.to_owned() });
    }

    /// Anybody may want to see each write; that they are not seen any more is for those who would answer them.
    pub(crate) fn holds_writes(&mut self, by: &Person, proven: &Proven, wanted: bool, now: Timestamp) {
        if !wanted && !self.may_loosen(by, proven) {
            self.audit_words(&by.id, "refused", "to let writes through", now);
            return self.tell(Verdict::NotAllowed);
        }
        self.record.about.holds_writes = wanted;
        self.audit_act(by, if wanted { "held_writes" } else { "let_writes_through" }, now);
        self.tell(Verdict::Done);
    }
}
