//! Times that are over.

use super::Session;
use crate::ask::{Answer, Ask, AskState, OnSilence};
use crate::record::PendingOrder;
use crate::words;
use jiff::Timestamp;

impl Session {
    pub(crate) fn tick(&mut self, now: Timestamp) {
        // Most asks that are kept are settled, and most ticks find nothing to do.
        if self.record.asks.iter().any(Ask::is_answerable) {
            self.look_at_times(now);
        }
        self.summarise_if_silent(now);
        self.lab_tick(now);
        self.tell_of_late_reviews(now);
        let reached = |sent: &&PendingOrder| sent.in_doubt && (self.online || sent.order.is_at_home());
        let doubtful: Vec<_> = self.record.outbox.iter().filter(reached).cloned().collect();
        for sent in doubtful {
            self.send(sent);
        }
        self.wake_for_the_next(now);
    }

    /// Those of asks that wait for a person.
    fn look_at_times(&mut self, now: Timestamp) {
        let due: Vec<_> =
            (0..self.record.asks.len()).filter(|&n| is_due(&self.record.asks[n], now)).collect();
        for index in due {
            self.time_out(index, now);
        }
        self.warn_before_time_is_over(now);
        self.call_backup(now);
        self.drop_late_approvals(now);
    }

    /// Of all times to wake up at, the shell keeps the earliest: whoever was woken says when it is needed next.
    pub(crate) fn wake_for_the_next(&mut self, now: Timestamp) {
        let open = self.record.asks.iter().filter(|ask| ask.state == AskState::Open);
        let backup = |ask: &Ask| ask.rules.backup.as_ref().map(|backup| backup.from);
        let times = |ask: &Ask| [ask.deadline, self.warning_at(ask), backup(ask), self.approval_ends(ask)];
        let times = open.flat_map(times).flatten().chain(self.lab_times()).chain(self.next_late_review(now));
        self.wake(times.filter(|at| *at > now).min());
    }

    fn time_out(&mut self, index: usize, now: Timestamp) {
        let ask = &self.record.asks[index];
        let answer = if ask.rules.on_silence == OnSilence::Deny {
            Answer::Deny { reason: Some(words::timed_out(self.policy.permission_timeout)) }
        } else if let Some(answers) = ask.recommended().filter(|_| is_chosen_by_silence(ask)) {
            Answer::Answers { answers }
        } else {
            return self.remind(index, now);
        };
        let entry = self.entry(ask, "gateway", "timed out", &answer, now);
        let ask = &mut self.record.asks[index];
        ask.state = AskState::TimedOut;
        ask.deadline = None;
        let Some(order) = self.order(index, answer) else { return };
        let sent = self.intend(index, order);
        self.audit(entry);
        self.show(index);
        self.send(sent);
    }
}

fn is_due(ask: &Ask, now: Timestamp) -> bool {
    ask.state == AskState::Open && ask.deadline.is_some_and(|deadline| deadline <= now)
}

/// What its card says: an agent marks by itself what it recommends.
fn is_chosen_by_silence(ask: &Ask) -> bool {
    ask.rules.on_silence == OnSilence::TakeRecommended
}
