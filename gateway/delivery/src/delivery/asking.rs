//! Cards: at most one is open, and it is about exactly one thing.

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice, DeliveryAsk};
use crate::effect::Effect;
use crate::sentences::Sentence;
use crate::{DeliveryStage, Tier};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn card(&mut self, about: AskAbout, told: &Sentence, choices: Vec<Choice>) -> DeliveryAsk {
        DeliveryAsk {
            id: self.next_id(),
            about,
            says: told.says.clone(),
            details: told.details.clone(),
            choices,
            tree: self.round().map(|round| round.tree.clone()),
            pack: None,
            people: 1,
            not_by_requester: false,
            yes: vec![],
            until: None,
        }
    }

    pub(super) fn ask(&mut self, ask: DeliveryAsk) {
        self.record.ask = Some(ask.clone());
        self.effects.push(Effect::Ask(Box::new(ask)));
    }

    pub(super) fn ask_with_deadline(&mut self, mut ask: DeliveryAsk, now: Timestamp) {
        ask.until = now.checked_add(self.settings.ask_timeout).ok();
        self.ask(ask);
    }

    /// At tier high several people where the project says so, and never whoever asked for the work (D7).
    pub(super) fn ask_people(&mut self, mut ask: DeliveryAsk, now: Timestamp) {
        if self.record.tier == Tier::High {
            ask.people = self.settings.high_people.max(1);
            ask.not_by_requester = true;
        }
        self.ask_with_deadline(ask, now);
    }

    pub(super) fn close_ask(&mut self, says: &str) {
        if let Some(ask) = self.record.ask.take() {
            self.effects.push(Effect::AskOver { ask: ask.id, says: says.to_owned() });
        }
    }

    pub(super) fn needs_person(&mut self, told: Sentence, now: Timestamp) {
        self.enter(DeliveryStage::NeedsPerson, told.says.clone(), now);
        self.put_line("needs person", told.clone(), now);
        let ask = self.card(AskAbout::StillRed, &told, vec![Choice::Fix, Choice::Mine, Choice::Stop]);
        self.ask(ask);
    }
}
