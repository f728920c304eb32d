//! The times of a session's lab: how long it may take to be ready, and when it ends by itself.

use super::Session;
use crate::lab::lab_sentences as sentences;
use crate::lab::{DONE_WITHIN, LabFault, LabState};
use crate::order::LabOrder;
use crate::thread::Tone;
use jiff::{SignedDuration, Timestamp};

impl Session {
    pub(crate) fn lab_tick(&mut self, now: Timestamp) {
        self.lab_took_too_long(now);
        let Some(lab) = &self.record.lab else { return };
        let (Some(ends_at), LabState::Ready { .. } | LabState::Failed { .. }) = (lab.ends_at, &lab.state)
        else {
            return;
        };
        if ends_at <= now {
            self.audit_lab_end(now);
            return self.remove_lab(sentences::ENDED, now);
        }
        let is_ready = matches!(lab.state, LabState::Ready { .. });
        if is_ready && !lab.warned && self.lab_warning_at().is_some_and(|at| at <= now) {
            if let Some(lab) = &mut self.record.lab {
                lab.warned = true;
            }
            let text = sentences::ends_soon(ends_at.duration_since(now));
            self.note("lab_soon", Tone::Warning, text, now);
        }
    }

    fn lab_took_too_long(&mut self, now: Timestamp) {
        let Some(lab) = &self.record.lab else { return };
        let LabState::Waiting { since, .. } = lab.state else { return };
        let ready = lab.plan.as_ref().map(|plan| plan.ready.clone()).unwrap_or_default();
        let answers_within = self.policy.lab.answers_within;
        let (fault, reason) = match () {
            () if is_over(since, answers_within, now) => {
                (LabFault::NotReady, sentences::no_answer(&ready, answers_within))
            }
            () if is_over(lab.begun_at, DONE_WITHIN, now) => {
                (LabFault::TimedOut, sentences::timed_out(DONE_WITHIN))
            }
            () => return,
        };
        let attempt = lab.attempt.clone();
        self.lab_failed(fault, &reason, None, now);
        self.order_lab(|session| LabOrder::EndLab { session, attempt });
    }

    fn lab_warning_at(&self) -> Option<Timestamp> {
        let lab = self.record.lab.as_ref()?;
        lab.ends_at?.checked_sub(self.policy.lab.notice()).ok()
    }

    /// When the lab needs the session next.
    pub(crate) fn lab_times(&self) -> Vec<Timestamp> {
        let Some(lab) = &self.record.lab else { return vec![] };
        let after = |at: Timestamp, wait| at.checked_add(wait).ok();
        let all = match &lab.state {
            LabState::Waiting { since, .. } => {
                [after(*since, self.policy.lab.answers_within), after(lab.begun_at, DONE_WITHIN)]
            }
            LabState::Ready { .. } | LabState::Failed { .. } => {
                [lab.ends_at, self.lab_warning_at().filter(|_| !lab.warned)]
            }
            _ => [None, None],
        };
        all.into_iter().flatten().collect()
    }

    /// A clock that was set takes no time from it, and gives it none.
    pub(crate) fn lab_clock_set(&mut self, moved: impl Fn(Timestamp) -> Timestamp) {
        let Some(lab) = &mut self.record.lab else { return };
        lab.begun_at = moved(lab.begun_at);
        lab.ends_at = lab.ends_at.map(&moved);
        if let LabState::Waiting { since, .. } = &mut lab.state {
            *since = moved(*since);
        }
    }
}

fn is_over(since: Timestamp, wait: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(since) >= wait
}
