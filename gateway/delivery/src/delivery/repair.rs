//! The one automatic fix, counted in the record (D5), with the failure as context.

use super::Delivery;
use crate::delivery_ask::Who;
use crate::input::ForgeSeen;
use crate::order::Order;
use crate::{DeliveryStage, sentences};
use gateway_domain::mask_text;
use jiff::Timestamp;

/// So much of what failed an agent is told.
const CONTEXT: usize = 24_000;

impl Delivery {
    pub(super) fn ci_red(&mut self, look: &ForgeSeen, names: Vec<String>, now: Timestamp) {
        let names = Self::failed_names(&names);
        if self.is_pending(|order| matches!(order, Order::ReadFailures { .. })) {
            return;
        }
        let left = self.settings.fixes().saturating_sub(self.record.fixes_used);
        self.back_to_draft();
        if left == 0 {
            let told = sentences::still_red(&self.record, &names);
            return self.needs_person(told, now);
        }
        let (used, max) = (self.record.fixes_used + 1, self.settings.fixes());
        self.put_line("ci", sentences::ci_red(&names, &self.record.repository.base, used, max), now);
        self.intend(Order::ReadFailures { head: look.seen.head.clone(), checks: names });
    }

    /// Counted before the agent hears of it.
    pub(super) fn failures_read(&mut self, head: &str, text: &str, now: Timestamp) {
        let is_current = self.record.tip.as_ref().is_some_and(|tip| tip.commit == head);
        let is_left = self.record.fixes_used < self.settings.fixes();
        if self.stage() != DeliveryStage::WaitingCi || !is_current || !is_left {
            return;
        }
        self.record.fixes_used += 1;
        self.record.is_fix = true;
        let prompt = sentences::prompt_fix(&context(text), None);
        self.audit("delivery fix", "gateway", &self.record.fixes_used.to_string(), now);
        self.set_to_work(
            DeliveryStage::Fixing,
            Some(prompt),
            "CI is red, and the agent tries once.".to_owned(),
            now,
        );
    }

    /// A person wants another try. It is theirs, and counts as no automatic one; its result is judged as that of a fix.
    pub(super) fn fix_on_word(&mut self, by: &Who, word: Option<String>, now: Timestamp) {
        self.record.is_fix = self.record.tip.is_some();
        let prompt = sentences::prompt_fix(&context(&self.record.because), Some((by, word.as_deref())));
        self.set_to_work(DeliveryStage::Fixing, Some(prompt), format!("{} wants another try.", by.name), now);
    }

    /// What is red is nothing to review.
    pub(super) fn back_to_draft(&mut self) {
        let Some(pull) = &self.record.pull else { return };
        let (number, is_draft) = (pull.number, pull.draft);
        if !is_draft && !self.is_pending(|order| matches!(order, Order::BackToDraft { .. })) {
            self.cancel_merge();
            self.intend(Order::BackToDraft { number });
        }
    }
}

fn context(text: &str) -> String {
    let masked = mask_text(text);
    let all = masked.chars().count();
    // The end of a log says what went wrong.
    masked.chars().skip(all.saturating_sub(CONTEXT)).collect()
}
