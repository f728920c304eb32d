//! The forge was read. What is read counts for the head that it is about, and an old picture counts for nothing.

use super::Delivery;
use crate::effect::Effect;
use crate::input::ForgeSeen;
use crate::record::Pull;
use crate::{DeliveryStage, PullRequestState, sentences};
use jiff::Timestamp;

/// Whose commit is at the branch's tip.
enum Head {
    Ours,
    /// It was read before our last push was there.
    Old,
    Others,
}

impl Delivery {
    pub(super) fn looked(&mut self, look: &ForgeSeen, now: Timestamp) {
        self.last_look = Some(now);
        let is_older = self.newest_picture.is_some_and(|newest| look.asked_at < newest);
        if self.stage().is_over() || self.is_another_pull(look) || is_older {
            return;
        }
        self.newest_picture = Some(look.asked_at);
        self.adopt_pull(look, now);
        let by = look.seen.ended_by.as_deref();
        match look.seen.state {
            PullRequestState::Merged => return self.merged(look, by, now),
            PullRequestState::Closed => return self.closed(by, now),
            PullRequestState::Open => {}
        }
        if look.stop_label {
            return self.stopped("The stop label", now);
        }
        match self.whose_head(look) {
            Head::Old => self.look_soon(),
            Head::Others => self.moved(&look.seen.head, &look.others, look.others_commits, now),
            Head::Ours => self.look_at_ours(look, now),
        }
    }

    /// We have one, and this is not it (D2).
    fn is_another_pull(&self, look: &ForgeSeen) -> bool {
        self.record.pull.as_ref().is_some_and(|pull| pull.number != look.seen.number)
    }

    fn adopt_pull(&mut self, look: &ForgeSeen, now: Timestamp) {
        let seen = &look.seen;
        if self.record.pull.is_none() && self.record.tip.is_some() {
            self.opened(seen.number, seen.url.clone(), now);
        }
        if let Some(Pull { draft, .. }) = &self.record.pull
            && *draft != seen.draft
        {
            self.is_a_draft(seen.draft);
        }
    }

    pub(super) fn is_a_draft(&mut self, draft: bool) {
        if let Some(pull) = &mut self.record.pull {
            pull.draft = draft;
        }
    }

    fn whose_head(&self, look: &ForgeSeen) -> Head {
        let Some(tip) = &self.record.tip else { return Head::Old };
        let head = &look.seen.head;
        if *head == tip.commit {
            return Head::Ours;
        }
        // Our own push is under way: it says itself what it met.
        let is_pushing = self
            .record
            .outbox
            .iter()
            .any(|pending| pending.tried && matches!(pending.order, crate::Order::Push { .. }));
        match is_pushing || look.asked_at <= tip.at {
            true => Head::Old,
            false => Head::Others,
        }
    }

    fn look_at_ours(&mut self, look: &ForgeSeen, now: Timestamp) {
        use DeliveryStage::{Approved, Asked, InReview, NeedsPerson, Reviewable, WaitingCi};
        self.note_ci(look);
        self.hear_people(look, now);
        match self.stage() {
            WaitingCi => self.waits_for_ci(look, now),
            Asked | NeedsPerson => self.still_asked(look, now),
            Reviewable => self.still_reviewable(look, now),
            InReview | Approved => self.watch_review(look, now),
            _ => {}
        }
    }

    pub(super) fn look_soon(&mut self) {
        self.last_look = None;
        self.watching = None;
    }

    pub(super) fn tell_of_wait(&mut self, until: Timestamp) {
        self.wait_told(until);
    }

    /// The forge answers again after it didn't.
    pub(super) fn forge_answers_again(&mut self) {
        if self.has_line("silence") {
            self.drop_line("silence");
        }
    }

    pub(super) fn silence_told(&mut self, now: Timestamp) {
        let silent = self
            .record
            .outbox
            .iter()
            .filter(|one| one.order.is_outside())
            .filter_map(|one| one.doubt_since)
            .min();
        let Some(since) = silent.filter(|since| now.duration_since(*since) >= super::outbox::PATIENCE) else {
            return;
        };
        if !self.has_line("silence") {
            self.put_line("silence", sentences::forge_silent(&self.record, since), now);
        }
    }

    pub(super) fn watch(&mut self, at: Option<Timestamp>) {
        if self.watching != at {
            self.watching = at;
            self.effects.push(Effect::WatchForge { at });
        }
    }
}
