//! The time that an ask waits: how long, the word before it is over, and what lists show after it.

use super::Session;
use crate::ask::kind::Patience;
use crate::ask::{Ask, AskBody, AskState, OnSilence};
use crate::policy::AskPolicy;
use crate::words;
use jiff::{SignedDuration, Timestamp};

/// A shorter wait is over before anybody could act on a warning.
const SHORTEST_WITH_WARNING: SignedDuration = SignedDuration::from_secs(60);

/// The last part of a wait that people are warned in, and its longest.
const LAST_PART: i32 = 5;
const LONGEST_NOTICE: SignedDuration = SignedDuration::from_mins(10);

impl AskPolicy {
    /// How long before its end people are told that an ask's time is nearly over.
    fn notice(&self, body: &AskBody) -> Option<SignedDuration> {
        let wait = match body.patience() {
            Patience::Permission => self.permission_timeout,
            Patience::Question => self.question_timeout,
            Patience::Endless => return None,
        };
        (wait >= SHORTEST_WITH_WARNING).then(|| (wait / LAST_PART).min(LONGEST_NOTICE))
    }
}

impl Session {
    /// An open ask gets all of its time.
    pub(crate) fn give_time(&mut self, index: usize, now: Timestamp) {
        let deadline = self.policy.deadline(&self.record.asks[index].body, now);
        let ask = &mut self.record.asks[index];
        (ask.deadline, ask.warned) = (deadline, false);
        let warning = self.warning_at(&self.record.asks[index]);
        self.wake(deadline);
        self.wake(warning);
    }

    /// When people are warned, if they still are to be. What only reminds them at its end needs no warning.
    pub(crate) fn warning_at(&self, ask: &Ask) -> Option<Timestamp> {
        let ends = matches!(ask.rules.on_silence, OnSilence::Deny | OnSilence::TakeRecommended);
        let notice = self.policy.notice(&ask.body).filter(|_| ends && !ask.warned)?;
        ask.deadline?.checked_sub(notice).ok()
    }

    pub(crate) fn warn_before_time_is_over(&mut self, now: Timestamp) {
        let is_due =
            |ask: &Ask| ask.state == AskState::Open && self.warning_at(ask).is_some_and(|at| at <= now);
        let due: Vec<_> = (0..self.record.asks.len()).filter(|&n| is_due(&self.record.asks[n])).collect();
        for index in due {
            let ask = &mut self.record.asks[index];
            ask.warned = true;
            let left = ask.deadline.map_or(SignedDuration::ZERO, |deadline| deadline.duration_since(now));
            let text = words::nearly_over(ask, left);
            self.remind_of(index, "soon", text, now);
            self.show(index);
        }
    }

    /// An ask that waits keeps what is left of its time.
    pub(crate) fn clock_set(&mut self, by: SignedDuration, now: Timestamp) {
        let moved = |at: Timestamp| at.saturating_add(by).unwrap_or(at);
        let waiting: Vec<_> =
            (0..self.record.asks.len()).filter(|&n| self.record.asks[n].is_answerable()).collect();
        for index in waiting {
            let ask = &mut self.record.asks[index];
            ask.deadline = ask.deadline.map(moved);
            if let Some(backup) = ask.rules.backup.as_mut().filter(|backup| !backup.told) {
                backup.from = moved(backup.from);
            }
            self.show(index);
        }
        self.activity.since = self.activity.since.map(moved);
        if self.record.lab.is_some() {
            self.lab_clock_set(moved);
        }
        self.wake_for_the_next(now);
        if self.busy {
            self.arm_summary(now);
        }
    }

    /// A person has been here since: what expired before is not news any more.
    pub(crate) fn expired_is_seen(&mut self) {
        let expired: Vec<_> =
            (0..self.record.asks.len()).filter(|&n| self.record.asks[n].is_expired()).collect();
        for index in expired {
            self.record.asks[index].passed = true;
            self.show(index);
        }
    }
}
