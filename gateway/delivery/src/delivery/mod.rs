//! One delivery: takes what happens, says what is to be done.

mod answers;
mod asking;
mod begin;
mod ci_watch;
mod endings;
mod facts_of_run;
mod judged;
mod looks;
mod merge_gate;
mod moved_branch;
mod outbox;
mod outcomes;
mod outgoing_round;
mod repair;
mod review_loop;
mod spending;
mod steering;
mod switches;
mod telling;
mod texts;
mod tracked;
mod wake;
mod work;

use self::tracked::Tracked;
use crate::input::{AgentInput, Begun, Input, PersonInput, Rights};
use crate::{DeliveryRecord, DeliveryStage, Effect, Round, Settings};
use jiff::Timestamp;
use std::collections::BTreeSet;

pub struct Delivery {
    record: Tracked,
    settings: Settings,
    effects: Vec<Effect>,
    /// Orders that somebody carries out right now.
    given_out: BTreeSet<String>,
    /// What the timer and the watch were last set to.
    armed: Option<Timestamp>,
    watching: Option<Timestamp>,
    last_look: Option<Timestamp>,
    /// When the newest picture of the forge was taken.
    newest_picture: Option<Timestamp>,
}

impl Delivery {
    pub fn begin(begun: Begun, settings: Settings, now: Timestamp) -> (Self, Vec<Effect>) {
        let record = begin::record_of(&begun, &settings, now);
        let mut delivery = Self::of(record, settings, true);
        delivery.begun(begun.starts, now);
        let effects = delivery.decided(now);
        (delivery, effects)
    }

    /// Takes it up after a restart: what was given out may have been done, and is given out again.
    pub fn restore(record: DeliveryRecord, settings: Settings, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut delivery = Self::of(record, settings, false);
        delivery.effects = delivery.record.unaudited.iter().cloned().map(Effect::Audit).collect();
        delivery.show_again();
        delivery.give_again(now);
        delivery.tick(now);
        let effects = delivery.decided(now);
        (delivery, effects)
    }

    fn of(record: DeliveryRecord, settings: Settings, is_new: bool) -> Self {
        Self {
            record: Tracked::new(record, is_new),
            settings,
            effects: vec![],
            given_out: BTreeSet::new(),
            armed: None,
            watching: None,
            last_look: None,
            newest_picture: None,
        }
    }

    pub fn record(&self) -> &DeliveryRecord {
        &self.record
    }

    /// What came before is done: its effects were run, in their order.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        self.record.in_passing().unaudited.clear();
        match input {
            Input::Person(PersonInput::Answered { ask, by, choice, word }) => {
                self.answered(&ask, by, choice, word, now);
            }
            Input::Person(PersonInput::Steered { by, wish }) => self.steered(&by, wish, now),
            Input::Agent(AgentInput::Done { says }) => self.agent_done(says, now),
            Input::Agent(AgentInput::Proposes { tier, why }) => self.proposed(tier, &why, now),
            Input::Agent(AgentInput::Used(usage)) => self.used(usage, now),
            Input::Outcome { id, outcome } => self.outcome(&id, outcome, now),
            Input::Seen(seen) => self.looked(&seen, now),
            Input::Rights(Rights::Lost(refusal)) => self.rights_lost(refusal, now),
            Input::Rights(Rights::Back) => self.rights_back(now),
            Input::Switched(settings) => self.switched(*settings, now),
            Input::Tick => self.tick(now),
        }
        self.decided(now)
    }

    /// The record comes first if it changed, so that nothing is sent, shown or told before it is on disk.
    fn decided(&mut self, now: Timestamp) -> Vec<Effect> {
        self.send_waiting(now);
        self.set_timers(now);
        let persist = self.record.take_changed().then_some(Effect::Persist);
        persist.into_iter().chain(std::mem::take(&mut self.effects)).collect()
    }

    fn stage(&self) -> DeliveryStage {
        self.record.stage
    }

    /// Into another stage. What only the old one wanted is over.
    fn enter(&mut self, stage: DeliveryStage, because: impl Into<String>, now: Timestamp) {
        self.record.stage = stage;
        self.record.since = now;
        self.record.because = because.into();
        match stage.is_work() {
            true => self.record.budget.start_clock(now),
            false => self.record.budget.stop_clock(now),
        }
        self.drop_unwanted();
        self.close_ask("This is no longer asked.");
    }

    /// The newest tree that was measured.
    fn round(&self) -> Option<&Round> {
        self.record.rounds.last()
    }

    fn round_mut(&mut self) -> Option<&mut Round> {
        self.record.rounds.last_mut()
    }

    /// The round whose commit is at the branch's tip.
    fn tip_round(&self) -> Option<usize> {
        let tip = &self.record.tip.as_ref()?.commit;
        self.record
            .rounds
            .iter()
            .rposition(|round| round.commit.as_ref() == Some(tip) && round.pushed_at.is_some())
    }

    fn next_id(&mut self) -> String {
        self.record.counter += 1;
        format!("{}-{:06}", self.record.run, self.record.counter)
    }
}
