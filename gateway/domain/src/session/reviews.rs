//! Overrides that somebody else looks at afterwards: until then they are open, and once they are overdue the thread says so.

use super::Session;
use crate::ask::{Ask, OverrideReview, Person, Reviewed};
use crate::audit::{AuditEntry, AuditSubject};
use crate::effect::Effect;
use crate::input::AnswerGiven;
use crate::mask::mask_text;
use crate::proven::{Proof, Proven};
use crate::sentences;
use crate::thread::Tone;
use crate::verdict::Verdict;
use jiff::Timestamp;

const NONE: &str = "nobody has to review this";

impl Session {
    /// Where the rules want a look afterwards at what overrode them.
    pub(crate) fn expect_review(&mut self, index: usize, given: &AnswerGiven, now: Timestamp) {
        let demand = self.demand(&self.record.asks[index]);
        let within = demand.and_then(|demand| demand.break_glass?.review_within());
        let Some(within) = within.filter(|_| given.overrides()) else { return };
        let due = now.saturating_add(within).unwrap_or(Timestamp::MAX);
        self.record.asks[index].review = Some(OverrideReview { due, told: false, done: None });
        self.wake(Some(due));
    }

    pub(crate) fn reviewed(
        &mut self,
        id: &str,
        by: &Person,
        proven: &Proven,
        words: Option<&str>,
        now: Timestamp,
    ) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.id == id) else {
            return self.tell(Verdict::Unknown);
        };
        if let Some(verdict) = self.no_review(&self.record.asks[index], by, proven) {
            if !matches!(verdict, Verdict::Idle { .. }) {
                let entry = self.review_entry(&self.record.asks[index], by, proven, "", now);
                self.effects.push(Effect::Audit(AuditEntry { what: "refused".to_owned(), ..entry }));
            }
            return self.tell(verdict);
        }
        let words = mask_text(words.unwrap_or_default().trim());
        let entry = self.review_entry(&self.record.asks[index], by, proven, &words, now);
        let text = sentences::override_reviewed(&by.name, &self.record.asks[index].body.in_full(), &words);
        if let Some(review) = &mut self.record.asks[index].review {
            review.done = Some(Reviewed { by: by.clone(), at: now, words });
        }
        self.audit(entry);
        self.note("review", Tone::Good, text, now);
        self.tell(Verdict::Done);
        self.show(index);
    }

    /// Why this person's look does not count: it is somebody else's than who overrode the rules.
    fn no_review(&self, ask: &Ask, by: &Person, proven: &Proven) -> Option<Verdict> {
        let idle = |why: String| Some(Verdict::Idle { why });
        let Some(review) = &ask.review else { return idle(NONE.to_owned()) };
        if let Some(done) = &review.done {
            return idle(format!("{} has reviewed it already", done.by.name));
        }
        let first = ask.decision.as_ref().map(|decision| decision.by.id.as_str()).unwrap_or_default();
        if self.policy.people.may_be_one(first, &by.id) {
            let why = "You overrode the rules yourself, so someone else has to review it.".to_owned();
            return Some(Verdict::RefusedByRule { why });
        }
        let Some(demand) = ask.rules.demand.as_deref() else { return Some(Verdict::NotAllowed) };
        demand.no_review(&self.policy.people, &by.id, proven)
    }

    fn review_entry(
        &self,
        ask: &Ask,
        by: &Person,
        proven: &Proven,
        words: &str,
        at: Timestamp,
    ) -> AuditEntry {
        let demand = ask.rules.demand.as_deref();
        AuditEntry {
            ask: ask.id.clone(),
            digest: ask.digest.clone(),
            told: AuditSubject {
                subject: ask.body.in_full(),
                human: self.policy.people.human_of(&by.id).unwrap_or_default().to_owned(),
                proof: Some(proven.counts()).filter(|proof| *proof > Proof::Claimed),
                rule: demand.map(|demand| demand.rules.clone()).unwrap_or_default(),
                reason: words.to_owned(),
                ..AuditSubject::of_session(&self.record.about.title)
            },
            ..AuditEntry::new(at, &by.id, "reviewed", &self.record.session)
        }
    }

    /// Says once that nobody has had a look in time.
    pub(crate) fn tell_of_late_reviews(&mut self, now: Timestamp) {
        let is_late = |ask: &Ask| ask.review_is_due().is_some_and(|due| due <= now);
        let late: Vec<_> = (0..self.record.asks.len()).filter(|&n| is_late(&self.record.asks[n])).collect();
        for index in late {
            let ask = &mut self.record.asks[index];
            if let Some(review) = &mut ask.review {
                review.told = true;
            }
            let by = ask.decision.as_ref().map(|decision| decision.by.name.clone()).unwrap_or_default();
            let text = sentences::review_overdue(&by, &ask.body.in_full());
            self.note("review", Tone::Error, text, now);
            self.show(index);
        }
    }

    /// The next time at which a look is overdue.
    pub(crate) fn next_late_review(&self, now: Timestamp) -> Option<Timestamp> {
        self.record.asks.iter().filter_map(Ask::review_is_due).filter(|due| *due > now).min()
    }
}
