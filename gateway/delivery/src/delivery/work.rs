//! The agent works, within its budget, until it says that it is done.

use super::Delivery;
use crate::input::AgentSays;
use crate::order::{Order, Refusal};
use crate::{DeliveryStage, sentences};
use gateway_domain::mask_text;
use jiff::Timestamp;

/// So much of each text of the agent is kept.
const KEPT: usize = 8_000;
/// So many follow-ups.
const KEPT_FOLLOW_UPS: usize = 20;

impl Delivery {
    /// Sets the agent to work. Over the budget, a person is asked before it begins (D8).
    pub(super) fn set_to_work(
        &mut self,
        stage: DeliveryStage,
        prompt: Option<String>,
        because: String,
        now: Timestamp,
    ) {
        self.enter(stage, because, now);
        self.record.next_prompt = prompt;
        self.release_tools(true);
        match self.record.budget.spent(now).is_empty() {
            true => self.prompt_next(),
            false => self.hold_for_budget(now),
        }
    }

    pub(super) fn prompt_next(&mut self) {
        if let Some(text) = self.record.next_prompt.take() {
            self.intend(Order::Prompt { text });
        }
    }

    pub(super) fn heard_agent(&mut self, says: AgentSays) {
        let cut = |text: &str| mask_text(text).chars().take(KEPT).collect::<String>();
        self.record.says = AgentSays {
            subject: cut(&says.subject),
            what_changed: cut(&says.what_changed),
            how_to_check: cut(&says.how_to_check),
            could_go_wrong: cut(&says.could_go_wrong),
            follow_ups: says.follow_ups.iter().take(KEPT_FOLLOW_UPS).map(|text| cut(text)).collect(),
            made_with: cut(&says.made_with),
        };
    }

    pub(super) fn agent_done(&mut self, says: AgentSays, now: Timestamp) {
        // What it says counts while it works; held at the limit it was finishing.
        if !self.stage().is_work() && self.stage() != DeliveryStage::BudgetAsked {
            return;
        }
        if self.is_pending(|order| matches!(order, Order::Prompt { .. })) || self.record.next_prompt.is_some()
        {
            // It is done with what came before: it hasn't read yet what it is to do now.
            return;
        }
        self.heard_agent(says);
        self.release_tools(true);
        self.measure(now);
    }

    pub(super) fn not_prompted(&mut self, text: &str, refusal: &Refusal, now: Timestamp) {
        if self.stage().is_work() {
            self.record.next_prompt = Some(text.to_owned());
            self.needs_person(sentences::agent_unreachable(refusal), now);
        }
    }
}
