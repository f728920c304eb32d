//! What people want of a delivery besides answering its cards: commands in the thread, and comments at the forge.

use super::Delivery;
use crate::DeliveryStage;
use crate::delivery_ask::{AskAbout, Who};
use crate::effect::{Effect, SteerReply};
use crate::input::Wish;
use jiff::Timestamp;

impl Delivery {
    pub(super) fn steered(&mut self, by: &Who, wish: Wish, now: Timestamp) {
        if self.stage().is_over() {
            return self.not_now("It has ended.");
        }
        self.audit("delivery steered", &by.id, named(&wish), now);
        match wish {
            Wish::Stop => self.stopped(&by.name, now),
            Wish::Pause if self.record.paused.is_some() => return self.not_now("It is paused already."),
            Wish::Pause => self.paused(by, now),
            Wish::Resume if self.record.paused.is_none() => return self.not_now("Nobody paused it."),
            Wish::Resume => self.resumed(by, now),
            Wish::Deliver => return self.deliver_wanted(now),
            Wish::Fix { word } => return self.fix_wanted(by, word, now),
            Wish::TakeIn => return self.take_in_wanted(now),
            Wish::Address => return self.address_wanted(now),
            Wish::Raise { tier, .. } if tier <= self.record.tier => {
                return self.not_now("It is in that tier already, or in a higher one. A tier only rises.");
            }
            Wish::Raise { tier, why } => self.raised(by, tier, &why, now),
        }
        self.tell(SteerReply::Taken);
    }

    fn deliver_wanted(&mut self, now: Timestamp) {
        match self.stage() {
            DeliveryStage::Working | DeliveryStage::Fixing | DeliveryStage::BudgetAsked => {
                self.release_tools(false);
                self.measure(now);
                self.tell(SteerReply::Taken);
            }
            // The work went on after it was pushed: it is measured and judged like any other round.
            DeliveryStage::WaitingCi
            | DeliveryStage::Reviewable
            | DeliveryStage::InReview
            | DeliveryStage::Approved
            | DeliveryStage::NeedsPerson
            | DeliveryStage::Refused => {
                self.cancel_merge();
                self.measure(now);
                self.tell(SteerReply::Taken);
            }
            _ => self.not_now("It is being delivered already."),
        }
    }

    fn fix_wanted(&mut self, by: &Who, word: Option<String>, now: Timestamp) {
        match self.stage() {
            DeliveryStage::NeedsPerson
            | DeliveryStage::WaitingCi
            | DeliveryStage::InReview
            | DeliveryStage::Approved => {
                self.cancel_merge();
                self.fix_on_word(by, word.map(|word| gateway_domain::mask_text(&word)), now);
                self.tell(SteerReply::Taken);
            }
            _ => self.not_now("There is nothing to fix now."),
        }
    }

    fn take_in_wanted(&mut self, now: Timestamp) {
        match self.record.ask.as_ref().map(|ask| ask.about.clone()) {
            Some(AskAbout::Moved { head }) => {
                self.take_in(head, now);
                self.tell(SteerReply::Taken);
            }
            _ => self.not_now("Nobody else has pushed to the branch."),
        }
    }

    fn address_wanted(&mut self, now: Timestamp) {
        match self.record.ask.as_ref().map(|ask| ask.about.clone()) {
            Some(AskAbout::Review { comments, .. }) => {
                self.address(comments, now);
                self.tell(SteerReply::Taken);
            }
            _ => self.not_now("No review asks for changes."),
        }
    }

    fn not_now(&mut self, why: &str) {
        self.tell(SteerReply::NotNow { why: why.to_owned() });
    }

    pub(super) fn tell(&mut self, told: SteerReply) {
        self.effects.push(Effect::Tell(told));
    }
}

fn named(wish: &Wish) -> &'static str {
    match wish {
        Wish::Deliver => "deliver",
        Wish::Pause => "pause",
        Wish::Resume => "resume",
        Wish::Stop => "stop",
        Wish::Fix { .. } => "fix",
        Wish::TakeIn => "take in",
        Wish::Address => "address the review",
        Wish::Raise { .. } => "raise the risk",
    }
}
