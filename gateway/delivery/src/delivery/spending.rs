//! Budgets hold first (D8): at the limit the agent's next call waits, and a person says how it goes on.

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice};
use crate::effect::Effect;
use crate::{DeliveryStage, Usage, sentences};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn used(&mut self, usage: Usage, now: Timestamp) {
        // The sums come again after a kill.
        self.record.in_passing().budget.count(usage);
        self.check_budget(now);
    }

    pub(super) fn check_budget(&mut self, now: Timestamp) {
        if !self.stage().is_work() {
            return;
        }
        for near in self.record.budget.newly_near(now) {
            self.record.budget.told.insert(near.counted);
            self.put_line(&format!("budget {:?}", near.counted), sentences::budget_near(&near), now);
        }
        if !self.record.budget.spent(now).is_empty() {
            self.hold_for_budget(now);
        }
    }

    pub(super) fn hold_for_budget(&mut self, now: Timestamp) {
        let back_to = self.stage();
        let spent = self.record.budget.spent(now);
        let told = sentences::budget_spent(&spent, self.record.budget.cost_cents().is_none());
        self.enter(DeliveryStage::BudgetAsked, told.says.clone(), now);
        self.effects.push(Effect::HoldTools);
        self.audit("delivery out of budget", "gateway", &told.says, now);
        let mut choices = vec![Choice::More, Choice::Stop];
        // Before the agent was told anything there is nothing new.
        if self.record.next_prompt.is_none() {
            choices.insert(1, Choice::DeliverNow);
        }
        let ask = self.card(AskAbout::Budget { back_to }, &told, choices);
        self.ask_with_deadline(ask, now);
    }

    pub(super) fn more_budget(&mut self, back_to: DeliveryStage, now: Timestamp) {
        self.record.budget.add_half(now);
        let prompt = self.record.next_prompt.take();
        self.set_to_work(back_to, prompt, "A person gave it more.".to_owned(), now);
    }

    pub(super) fn release_tools(&mut self, go_on: bool) {
        if self.stage() == DeliveryStage::BudgetAsked || self.stage().is_work() || !go_on {
            self.effects.push(Effect::ReleaseTools { go_on });
        }
    }
}
