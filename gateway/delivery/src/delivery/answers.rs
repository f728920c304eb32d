//! What people answer. An answer counts for the card that is open, and for what that card is about.

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice, DeliveryAsk, Who};
use crate::effect::{Effect, SteerReply};
use crate::order::Order;
use crate::round::Approved;
use crate::{DeliveryStage, Stage, sentences};
use gateway_domain::mask_text;
use jiff::Timestamp;

impl Delivery {
    pub(super) fn answered(
        &mut self,
        id: &str,
        by: Who,
        choice: Choice,
        word: Option<String>,
        now: Timestamp,
    ) {
        let Some(ask) = self.record.ask.clone().filter(|ask| ask.id == id && ask.choices.contains(&choice))
        else {
            return self.tell(SteerReply::TooLate);
        };
        if choice == Choice::GoOn && !self.said_yes(&ask, &by, now) {
            return;
        }
        let word = word.map(|word| mask_text(&word));
        let Some(ask) = self.record.ask.take() else { return };
        self.audit_answer(&ask, &by, choice, word.as_deref(), now);
        self.effects
            .push(Effect::AskOver { ask: ask.id.clone(), says: format!("{}: {}", by.name, choice.label()) });
        self.tell(SteerReply::Taken);
        self.follow(ask, &by, choice, word, now);
    }

    /// Whether that was the last yes that it needed.
    fn said_yes(&mut self, ask: &DeliveryAsk, by: &Who, now: Timestamp) -> bool {
        if ask.not_by_requester && self.record.requester.is(by) {
            self.tell(SteerReply::NotTheRequester);
            return false;
        }
        if ask.yes.iter().any(|who| who.id == by.id) {
            self.tell(SteerReply::AlreadySaidYes);
            return false;
        }
        let Some(open) = &mut self.record.ask else { return false };
        open.yes.push(by.clone());
        let missing = open.people.saturating_sub(u32::try_from(open.yes.len()).unwrap_or(u32::MAX));
        if missing > 0 {
            let shown = open.clone();
            self.audit_answer(ask, by, Choice::GoOn, None, now);
            self.effects.push(Effect::Ask(Box::new(shown)));
            self.tell(SteerReply::TakenOneOf { missing });
        }
        missing == 0
    }

    fn follow(&mut self, ask: DeliveryAsk, by: &Who, choice: Choice, word: Option<String>, now: Timestamp) {
        match (choice, &ask.about) {
            (Choice::GoOn, about) => self.goes_on(about.clone(), &ask, now),
            (Choice::SendBack, _) => self.sent_back(by, word, now),
            (Choice::Stop, AskAbout::Budget { .. }) => {
                self.release_tools(false);
                self.stopped(&by.name, now);
            }
            (Choice::Stop, _) => self.stopped(&by.name, now),
            (Choice::Mine, AskAbout::StillRed | AskAbout::Refused) => self.left_to(&by.name, now),
            (Choice::LeaveIt, _) => self.left_to(&by.name, now),
            (Choice::More, AskAbout::Budget { back_to }) => self.more_budget(*back_to, now),
            (Choice::DeliverNow, _) => {
                self.release_tools(false);
                self.measure(now);
            }
            (Choice::Again, AskAbout::Denied) => self.denied_again(now),
            (Choice::Again, _) => self.try_again(now),
            (Choice::Fix, _) => self.fix_on_word(by, word, now),
            (Choice::TakeIn, AskAbout::Moved { head }) => self.take_in(head.clone(), now),
            (Choice::Address, AskAbout::Review { comments, .. }) => self.address(comments.clone(), now),
            (Choice::MergeBase, _) => self.merge_base(now),
            // They do it themselves, or it goes on waiting.
            (Choice::Mine | Choice::Wait | Choice::More | Choice::TakeIn | Choice::Address, _) => {}
        }
    }

    fn goes_on(&mut self, about: AskAbout, ask: &DeliveryAsk, now: Timestamp) {
        match about {
            AskAbout::Plan => {
                let prompt = sentences::prompt_plan_approved(&ask.yes);
                self.set_to_work(
                    DeliveryStage::Working,
                    Some(prompt),
                    "The plan was approved.".to_owned(),
                    now,
                );
            }
            AskAbout::Rules { stage } => {
                self.allow(Approved::Rules(stage), ask, now);
                match stage {
                    Stage::Plan | Stage::Push => self.let_out(now),
                    Stage::Ready | Stage::Merge => self.back_to_ci(now),
                }
            }
            AskAbout::ChecksRed => {
                self.allow(Approved::RedChecks, ask, now);
                self.judge_push(now);
            }
            AskAbout::NoCi => {
                self.allow(Approved::NoCi, ask, now);
                self.effects.push(Effect::HasNoCi);
                self.back_to_ci(now);
            }
            AskAbout::Inherited => {
                self.allow(Approved::Inherited, ask, now);
                self.back_to_ci(now);
            }
            AskAbout::Weaker => {
                self.allow(Approved::Weaker, ask, now);
                self.back_to_ci(now);
            }
            _ => {}
        }
    }

    fn sent_back(&mut self, by: &Who, word: Option<String>, now: Timestamp) {
        let prompt = sentences::prompt_sent_back(&self.record.because, by, word.as_deref());
        self.set_to_work(DeliveryStage::Working, Some(prompt), format!("{} sent it back.", by.name), now);
    }

    /// The rules may be others by now.
    fn denied_again(&mut self, now: Timestamp) {
        let is_on_branch = self.tip_round().is_some_and(|at| at + 1 == self.record.rounds.len());
        match self.round() {
            None => {
                self.enter(DeliveryStage::Planned, "The plan is judged again.", now);
                self.intend(Order::Judge { stage: Stage::Plan, tree: None });
            }
            Some(_) if is_on_branch && self.record.pull.is_some() => self.back_to_ci(now),
            Some(_) => self.judge_push(now),
        }
    }

    fn left_to(&mut self, name: &str, now: Timestamp) {
        self.end(DeliveryStage::Stopped, sentences::left_to(&self.record, name), now);
    }
}
