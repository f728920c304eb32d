//! How a delivery ends. Whatever way, the work stays where it is, and the last line says what came of it.

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice};
use crate::effect::{Counting, Effect};
use crate::input::ForgeSeen;
use crate::order::{Order, Refusal};
use crate::sentences::Sentence;
use crate::{DeliveryStage, report, sentences};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn end(&mut self, stage: DeliveryStage, told: Sentence, now: Timestamp) {
        if stage != DeliveryStage::Merged {
            self.cancel_merge();
        }
        self.enter(stage, told.says.clone(), now);
        (self.record.paused, self.record.next_prompt) = (None, None);
        self.put_line("end", told.clone(), now);
        let report = report::completion(&self.record, now);
        self.put_line("report", report, now);
        self.audit(&format!("delivery {}", stage.name()), "gateway", &told.says, now);
        let without_human_edits = self.record.others_commits == 0;
        self.effects.push(Effect::Count(Counting::Over { stage, without_human_edits }));
    }

    pub(super) fn stopped(&mut self, name: &str, now: Timestamp) {
        if self.stage() == DeliveryStage::BudgetAsked {
            self.release_tools(false);
        }
        self.end(DeliveryStage::Stopped, sentences::stopped(&self.record, name), now);
    }

    pub(super) fn shadowed(&mut self, now: Timestamp) {
        let text = self.would_be(now);
        let digest = crate::digest_of(text.as_bytes());
        self.end(DeliveryStage::Shadowed, sentences::shadowed(&self.record, &digest), now);
        self.intend(Order::Keep { name: "would have been the pull request".to_owned(), digest, text });
        self.effects.push(Effect::Count(Counting::WouldHave));
    }

    pub(super) fn merged(&mut self, look: &ForgeSeen, by: Option<&str>, now: Timestamp) {
        if look.others_commits > 0 {
            self.record.others_commits = self.record.others_commits.max(look.others_commits);
        }
        self.end(DeliveryStage::Merged, sentences::merged(&self.record, by, now), now);
        // With somebody's commits on it the branch is not ours to remove.
        let Some(tip) = self.record.tip.as_ref().filter(|tip| tip.commit == look.seen.head) else { return };
        let (branch, commit) = (self.record.branch.clone(), tip.commit.clone());
        if self.record.others_commits == 0 {
            self.intend(Order::RemoveBranch { branch, commit });
        }
    }

    /// Never reopened by us.
    pub(super) fn closed(&mut self, by: Option<&str>, now: Timestamp) {
        self.end(DeliveryStage::Closed, sentences::closed(&self.record, by), now);
    }

    /// The forge refuses it, and trying again by itself would not help.
    pub(super) fn refused(&mut self, order: &Order, refusal: &Refusal, now: Timestamp) {
        if !order.is_outside()
            && !matches!(
                order,
                Order::Measure { .. } | Order::Seal { .. } | Order::TakeIn { .. } | Order::RunChecks { .. }
            )
        {
            return;
        }
        let told = sentences::refused(order, refusal);
        self.put_line("refused", told.clone(), now);
        if !order.is_of_stage() || self.stage().is_over() {
            return;
        }
        self.enter(DeliveryStage::NeedsPerson, told.says.clone(), now);
        let ask = self.card(
            AskAbout::Refused,
            &told,
            vec![Choice::Again, Choice::SendBack, Choice::Mine, Choice::Stop],
        );
        self.ask(ask);
    }

    /// A person says that it would go now.
    pub(super) fn try_again(&mut self, now: Timestamp) {
        let is_pushed = self.tip_round().is_some_and(|at| at + 1 == self.record.rounds.len());
        match (is_pushed, &self.record.pull) {
            (true, Some(_)) => self.after_push(now),
            (true, None) => self.open(now),
            // Everything may have changed since: it is measured and judged anew.
            (false, _) => self.measure(now),
        }
    }
}
