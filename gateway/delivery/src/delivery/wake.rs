//! Times: cards that nobody answers, orders that are tried again, budgets that run out, and when the forge is read.

use super::Delivery;
use crate::effect::Effect;
use crate::{poll_pace, sentences};
use jiff::{SignedDuration, Timestamp};

impl Delivery {
    pub(super) fn tick(&mut self, now: Timestamp) {
        if self.record.ask.as_ref().and_then(|ask| ask.until).is_some_and(|until| until <= now) {
            return self.nobody_answered(now);
        }
        self.check_budget(now);
        self.silence_told(now);
    }

    /// No answer stops it. The work stays.
    fn nobody_answered(&mut self, now: Timestamp) {
        self.release_tools(false);
        self.end(crate::DeliveryStage::Stopped, sentences::nobody_answered(&self.record), now);
    }

    pub(super) fn set_timers(&mut self, now: Timestamp) {
        self.watch_in_time(now);
        let next = self.next_wake(now);
        if next.is_some() && next != self.armed {
            self.armed = next;
            self.effects.extend(next.map(Effect::Arm));
        }
    }

    fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        let deadline = self.record.ask.as_ref().and_then(|ask| ask.until);
        let retries = self.record.outbox.iter().filter_map(|pending| pending.not_before);
        let silence = self.record.outbox.iter().filter_map(|pending| pending.doubt_since);
        let silence = silence.filter_map(|since| since.checked_add(super::outbox::PATIENCE).ok());
        let budget = self.record.budget.next_at(now);
        deadline.into_iter().chain(retries).chain(silence).chain(budget).filter(|at| *at > now).min()
    }

    fn watch_in_time(&mut self, now: Timestamp) {
        let Some(pushed_at) =
            self.record.tip.as_ref().map(|tip| tip.at).filter(|_| self.record.pull.is_some())
        else {
            return;
        };
        let since = |then: Timestamp| now.duration_since(then).max(SignedDuration::ZERO);
        let Some(pause) = poll_pace(self.stage(), since(pushed_at), since(self.record.since)) else {
            return self.watch(None);
        };
        // The pause runs from the last look; without one it is time now.
        let next = self.last_look.and_then(|then| then.checked_add(pause).ok());
        let next = next.filter(|_| !self.waits_for_a_look(now)).unwrap_or(now);
        self.watch(Some(next));
    }
}
