//! Ready for people, and merged by nothing but the forge's own gate (D4).

use super::Delivery;
use crate::input::ForgeSeen;
use crate::order::{Order, ReportState};
use crate::reviews::{Approvals, ReviewRules, approvals_of, count_approvals};
use crate::settings::Mode;
use crate::{Decision, DeliveryStage, Stage, sentences};
use jiff::Timestamp;

impl Delivery {
    /// Whoever lets it go on says nothing about CI, which may have changed: nothing gets past its verdict.
    pub(super) fn back_to_ci(&mut self, now: Timestamp) {
        self.enter(DeliveryStage::WaitingCi, "The gates are looked at again.", now);
        self.look_soon();
    }

    /// CI lets it on: the rules are asked once more before people are.
    pub(super) fn reviewable(&mut self, now: Timestamp) {
        let Some(at) = self.tip_round() else { return };
        let tree = self.record.rounds[at].tree.clone();
        self.enter(DeliveryStage::Reviewable, "CI is green, and the gates are looked at.", now);
        self.intend(Order::Judge { stage: Stage::Ready, tree: Some(tree) });
    }

    pub(super) fn ready_judged(&mut self, decision: &Decision, now: Timestamp) {
        if !self.is_let(decision) {
            self.back_to_draft();
            return self.ask_about_rules(Stage::Ready, &decision.ask, &decision.pack, now);
        }
        self.edit_body(now);
        let (Some(pull), Some(tip)) = (&self.record.pull, &self.record.tip) else { return };
        let (number, head, is_draft) = (pull.number, tip.commit.clone(), pull.draft);
        if !is_draft {
            return self.in_review(now);
        }
        self.intend(Order::Ready { number, head });
        if self.mode() < Mode::Full {
            self.put_line("ready", sentences::left_as_draft(&self.record), now);
        }
    }

    pub(super) fn made_ready(&mut self, head: &str, is_wanted: bool, now: Timestamp) {
        self.is_a_draft(false);
        let is_current = self.record.tip.as_ref().is_some_and(|tip| tip.commit == head);
        match is_wanted && is_current && self.stage() == DeliveryStage::Reviewable {
            true => self.in_review(now),
            false => self.back_to_draft(),
        }
    }

    fn in_review(&mut self, now: Timestamp) {
        self.enter(DeliveryStage::InReview, "It needs people's review.", now);
        let decision = self.round().and_then(|round| round.decision.clone());
        let (wanted, reviewers) = decision.map_or((0, vec![]), |found| (found.approvals, found.reviewers));
        let wanted = approvals_of(self.record.tier, wanted);
        self.put_line("ready", sentences::ready(&self.record, wanted, &reviewers), now);
        if let Some(pull) = self.record.pull.as_ref().filter(|_| !reviewers.is_empty()) {
            let number = pull.number;
            self.intend(Order::AskReviewers { number, reviewers });
        }
        self.report(ReportState::ActionRequired, &sentences::approvals_wanted(wanted));
        self.look_soon();
    }

    pub(super) fn still_reviewable(&mut self, look: &ForgeSeen, now: Timestamp) {
        let is_judged = !self.is_pending(|order| matches!(order, Order::Judge { .. }));
        if !self.ci_lets_on(look) {
            self.enter(DeliveryStage::WaitingCi, "CI has moved on.", now);
            return self.waits_for_ci(look, now);
        }
        // A person marked it as ready themselves.
        if is_judged && !look.seen.draft {
            self.drop_orders(|order| matches!(order, Order::Ready { .. }));
            self.in_review(now);
        }
    }

    pub(super) fn approvals(&self, look: &ForgeSeen) -> Approvals {
        let decision = self.round().and_then(|round| round.decision.as_ref());
        let not_counted: Vec<_> =
            self.record.requester.logins.iter().chain(&self.record.others).cloned().collect();
        count_approvals(
            &look.seen.reviews,
            &ReviewRules {
                head: &look.seen.head,
                not_counted: &not_counted,
                owners: &look.owners,
                from: self.record.approvals_from,
                wanted: approvals_of(self.record.tier, decision.map_or(0, |found| found.approvals)),
                owner_approves: decision.is_some_and(|found| found.owner_approves),
            },
        )
    }

    /// Every gate holds: the rules are asked a last time, and who merges is the project's choice.
    pub(super) fn approved(&mut self, approvals: &Approvals, now: Timestamp) {
        let Some(at) = self.tip_round() else { return };
        let tree = self.record.rounds[at].tree.clone();
        let told = sentences::approved(&self.record, &approvals.by);
        self.enter(DeliveryStage::Approved, told.says.clone(), now);
        self.put_line("approved", told, now);
        self.audit("delivery approved", "gateway", &approvals.by.join(", "), now);
        self.intend(Order::Judge { stage: Stage::Merge, tree: Some(tree) });
    }

    pub(super) fn merge_judged(&mut self, decision: &Decision, has_risen: bool, now: Timestamp) {
        if has_risen || !self.is_let(decision) {
            self.back_to_draft();
            return self.back_to_ci(now);
        }
        self.report(ReportState::Success, "Every gate holds");
        let (Some(pull), Some(tip)) = (&self.record.pull, &self.record.tip) else { return };
        let (number, head) = (pull.number, tip.commit.clone());
        if decision.may_merge_itself && self.settings.forge_merges(self.record.tier) {
            self.intend(Order::Merge { number, head });
        }
    }

    pub(super) fn merge_is_on(&mut self, head: String, is_wanted: bool, now: Timestamp) {
        self.record.merging = Some(head.clone());
        let is_current = self.record.tip.as_ref().is_some_and(|tip| tip.commit == head);
        match is_wanted && is_current && self.stage() == DeliveryStage::Approved {
            true => self.put_line("approved", sentences::forge_merges(&self.record), now),
            false => self.cancel_merge(),
        }
        self.look_soon();
    }

    /// What was asked of the forge doesn't count any more.
    pub(super) fn cancel_merge(&mut self) {
        let is_asked = self.record.merging.take().is_some();
        self.drop_orders(|order| matches!(order, Order::Merge { .. }));
        let may_be =
            self.record.outbox.iter().any(|one| one.only_look && matches!(one.order, Order::Merge { .. }));
        let Some(pull) = self.record.pull.as_ref().filter(|_| is_asked || may_be) else { return };
        let number = pull.number;
        if !self.is_pending(|order| matches!(order, Order::CancelMerge { .. })) {
            self.intend(Order::CancelMerge { number });
        }
    }
}
