//! One session: takes what happens, says what is to be done.

mod acts;
mod agent_and_model;
mod agent_checks;
mod approval;
mod asks;
mod by_rules;
mod card;
mod check_lines;
mod checks;
mod clock;
mod comparison;
mod deliveries;
mod failure;
mod gate;
mod grants;
mod hand_over;
mod holds;
mod lab_clock;
mod lab_down;
mod labs;
pub(crate) mod messages;
mod move_to_workspace;
mod outbox;
mod outcomes;
mod own_words;
mod progress;
mod projection;
mod restart;
mod reveal;
mod reviews;
mod room;
mod several_people;
mod silence;
mod start;
mod steering;
mod tracked_record;
mod trial;
mod turn;

pub use self::trial::{Trial, try_rules};

use self::gate::Let;
use self::progress::Activity;
use self::tracked_record::TrackedRecord;
use crate::ask::Ask;
use crate::ask::held_call::Held;
use crate::audit::AuditEntry;
use crate::audit_kinds::is_audit_kind;
use crate::effect::Effect;
use crate::grants::Grant;
use crate::input::{AgentInput, ClockInput, Input, LabWish, PersonInput};
use crate::limits::LimitReached;
use crate::policy::AskPolicy;
use crate::record::SessionRecord;
use crate::thread::Thread;
use crate::verdict::Verdict;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Settled asks that are remembered, so that a second answer hears who gave the first.
const KEPT_SETTLED: usize = 50;

pub struct Session {
    pub(crate) record: TrackedRecord,
    pub(crate) policy: AskPolicy,
    pub(crate) thread: Thread,
    pub(crate) online: bool,
    /// Nothing keeps its agent from what is not its own, as its pod says.
    pub(crate) is_unguarded: bool,
    /// A turn is under way, as far as is known.
    pub(crate) busy: bool,
    /// OpenCode said that nothing is under way. Not the opposite of `busy`: at first neither is known.
    pub(crate) rests: bool,
    pub(crate) activity: Activity,
    /// OpenCode's names of the asks that it listed when it last came back.
    pub(crate) holds: Vec<String>,
    /// A turn ended after the pod was back, and before it was known where its turn stands.
    pub(crate) ended_meanwhile: bool,
    /// Asks whose answer was on its way when a turn ended.
    pub(crate) ended_under: Vec<String>,
    /// Why its agent must not begin to work now.
    pub(crate) full: Option<LimitReached>,
    /// People were told so.
    pub(crate) told_full: bool,
    /// What rules let run in this turn.
    pub(crate) let_run: Let,
    /// By the digest of an ask, what its card hides a part of.
    pub(crate) in_full: BTreeMap<String, String>,
    /// Asks whose words are in the record without their secrets by now.
    pub(crate) masked_for_good: BTreeSet<String>,
    /// It was taken up from a record: nobody looked yet which asks in it are over.
    pub(crate) is_taken_up: bool,
    /// Grants that could count here, as they were when the last call was told of.
    pub(crate) lent: Vec<Arc<Grant>>,
    /// OpenCode said that a turn began since a delivery's prompt was queued: the end of that turn counts.
    pub(crate) begun_since_prompt: bool,
    /// Calls that wait because the budget of a delivery is used up.
    pub(crate) over_budget: Vec<Held>,
    pub(crate) effects: Vec<Effect>,
}

impl Session {
    pub fn new(session: &str, pod: &str, policy: AskPolicy) -> Self {
        Self::of(SessionRecord::new(session, pod), policy)
    }

    fn of(record: SessionRecord, policy: AskPolicy) -> Self {
        Self {
            record: TrackedRecord::new(record),
            thread: Thread::new(policy.thread.detail),
            policy,
            online: true,
            is_unguarded: false,
            busy: false,
            rests: false,
            activity: Activity::default(),
            holds: vec![],
            ended_meanwhile: false,
            ended_under: vec![],
            full: None,
            told_full: false,
            let_run: Let::default(),
            in_full: BTreeMap::new(),
            masked_for_good: BTreeSet::new(),
            is_taken_up: true,
            lent: vec![],
            begun_since_prompt: false,
            over_budget: vec![],
            effects: vec![],
        }
    }

    /// To look at, without taking it up.
    pub(crate) fn looked_at(record: SessionRecord, policy: AskPolicy) -> Self {
        Self::of(record, policy)
    }

    /// Takes up a session after a restart of the gateway. Its pod counts as away until it says hello.
    pub fn restore(record: SessionRecord, policy: AskPolicy, now: Timestamp) -> (Self, Vec<Effect>) {
        let mut session = Self::of(record, policy);
        session.told_full = session.was_told_full();
        session.draw();
        session.effects = session.record.unaudited.iter().cloned().map(Effect::Audit).collect();
        session.give_again();
        session.run_lab_again(now);
        session.tell_of_late_reviews(now);
        let review = session.next_late_review(now);
        session.wake(review);
        let effects = session.decide_on(AgentInput::PodLost.into(), now);
        (session, effects)
    }

    pub fn record(&self) -> &SessionRecord {
        &self.record
    }

    /// Rules for what is asked from now on; what is open stays as its card says.
    pub fn set_policy(&mut self, policy: AskPolicy) {
        self.thread.set_detail(policy.thread.detail);
        self.policy = policy;
    }

    /// Told before each held call: pods change.
    pub fn set_unguarded(&mut self, is_unguarded: bool) {
        self.is_unguarded = is_unguarded;
    }

    /// Told before each held call: grants are given and revoked elsewhere too.
    pub fn lend(&mut self, grants: Vec<Arc<Grant>>) {
        self.lent = grants;
    }

    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// What came before is done: its effects were run, in their order.
    pub fn handle(&mut self, input: impl Into<Input>, now: Timestamp) -> Vec<Effect> {
        let input = input.into();
        let is_news = input.is_activity() && !self.is_known(&input);
        let record = self.record.in_passing();
        record.unaudited.clear();
        if is_news {
            record.active_at = Some(now);
        }
        self.decide_on(input, now)
    }

    /// After a restart OpenCode says again how things stand. Lists are in the order of what happened.
    fn is_known(&self, input: &Input) -> bool {
        match input {
            Input::Agent(AgentInput::TurnEnded) => !self.busy,
            Input::Agent(AgentInput::Asked(asked)) => {
                self.record.asks.iter().any(|ask| ask.opencode_id == asked.opencode_id)
            }
            _ => false,
        }
    }

    fn decide_on(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::Agent(input) => self.of_agent(input, now),
            Input::Person(input) => self.of_person(input, now),
            Input::Outcome { request_id, outcome } => self.outcome(&request_id, outcome, now),
            Input::RoomMade => self.send_next(None, now),
            Input::Lab(seen) => self.lab_seen(seen, now),
            Input::Delivery(word) => self.delivery_says(word, now),
            Input::Clock(ClockInput::Tick) => self.tick(now),
            Input::Clock(ClockInput::Set { by }) => self.clock_set(by, now),
        }
        self.decided()
    }

    fn of_agent(&mut self, input: AgentInput, now: Timestamp) {
        match input {
            AgentInput::Asked(asked) => self.asked(asked, now),
            AgentInput::Listed(asks) => self.listed(asks, now),
            AgentInput::Resolved { opencode_id, answer, by_gateway } => {
                self.resolved(&opencode_id, answer, by_gateway, now);
            }
            AgentInput::Aborted => self.aborted(),
            AgentInput::Deleted => self.deleted(now),
            AgentInput::TurnBegan => {
                self.begun_since_prompt = true;
                self.turn_began(now);
            }
            AgentInput::TurnEnded => self.turn_ended(now),
            AgentInput::Interrupted { user_message_id, running } => {
                self.interrupted(user_message_id, running, now);
            }
            AgentInput::Retrying { attempt, message } => self.retrying(attempt, &message, now),
            AgentInput::Failed { message } => self.failed(&message, now),
            AgentInput::Described(about) => self.described(about),
            AgentInput::Seen(message) => self.seen(&message, now),
            AgentInput::Milestone(milestone) => self.milestone(milestone, now),
            AgentInput::WantsChecks { wish, names } => self.agent_wants_checks(wish, &names, now),
            AgentInput::FilesChanged(files) => self.files_changed(files, now),
            AgentInput::Held(held) => self.held(held, now),
            AgentInput::Unheld { hold_id, ran } => self.unheld(&hold_id, ran),
            AgentInput::Alarmed { alarm, text } => self.alarmed(alarm, text, now),
            AgentInput::PodLost => self.pod_lost(),
            AgentInput::PodBack(how) => self.pod_back(&how, now),
        }
    }

    fn of_person(&mut self, input: PersonInput, now: Timestamp) {
        match input {
            PersonInput::Begun { about, progress } => self.begun(about, progress, now),
            PersonInput::Chosen { by, choice } => self.chosen(&by, choice, now),
            PersonInput::HoldsWrites { by, proven, wanted } => self.holds_writes(&by, &proven, wanted, now),
            PersonInput::Said(said) => self.said(said, now),
            PersonInput::Steered { by, to } => self.steered(&by, to, now),
            PersonInput::Reveal { ask, by, proven } => self.revealed(&ask, &by, &proven, now),
            PersonInput::TakenAside { ask, by, place } => self.taken_aside(&ask, &by, place, now),
            PersonInput::RunsChecks { by, proven, checks, before } => {
                self.run_checks(&by, &proven, checks, before, now)
            }
            PersonInput::StopsChecks { by } => self.stop_checks(&by, now),
            PersonInput::Reviewed { ask, by, proven, words } => {
                self.reviewed(&ask, &by, &proven, words.as_deref(), now);
            }
            PersonInput::Answer(given) => self.answer(given, now),
            PersonInput::Lab { by, wanted: LabWish::Deploy } => self.deploy(&by, now),
            PersonInput::Lab { by, wanted: LabWish::TakeOver } => self.take_over_lab(&by, now),
            PersonInput::Lab { by, wanted: LabWish::Clean } => self.clean_lab(&by, now),
            PersonInput::Deliver { by, only } => self.deliver(&by, only, now),
        }
    }

    /// The record comes first if it changed, so that nothing is told, shown or sent before it is on disk (I2).
    fn decided(&mut self) -> Vec<Effect> {
        if self.record.is_changed() || std::mem::take(&mut self.is_taken_up) {
            self.mask_what_was_delivered();
        }
        debug_assert!(
            self.effects.iter().all(has_known_kind),
            "an audit entry of no known kind: {:?}",
            self.effects
        );
        self.forget_old();
        let persist = self.record.take_changed().then_some(Effect::Persist);
        let shown = self.thread.take_changes().into_iter().map(Effect::Thread);
        persist.into_iter().chain(std::mem::take(&mut self.effects)).chain(shown).collect()
    }

    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        self.record.counter += 1;
        let session: String = self.record.session.chars().filter(char::is_ascii_alphanumeric).collect();
        format!("{prefix}{session}{:06}", self.record.counter)
    }

    pub(crate) fn show(&mut self, index: usize) {
        self.drop_reminders(index);
        let seen = self.record.asks[index].seen_in(&self.record.session);
        self.effects.push(Effect::Show(Box::new(seen)));
        self.put_ask(index);
    }

    /// The entry is on disk with what it is about, and then in the log. Only then is anybody told.
    pub(crate) fn audit(&mut self, entry: AuditEntry) {
        self.record.unaudited.push(entry.clone());
        self.effects.push(Effect::Audit(entry));
    }

    /// The disk did not take what was decided: nothing of it came to be, and nobody has seen it.
    pub fn take_back(&mut self, before: SessionRecord) {
        self.record = TrackedRecord::new(before);
        self.masked_for_good.clear();
        self.is_taken_up = true;
        for index in 0..self.record.asks.len() {
            self.put_ask(index);
        }
        // An ask that is open again has its reminders again.
        for note in self.record.notes.clone().into_iter().filter(|note| note.ask.is_some()) {
            self.put(note.item());
        }
    }

    pub(crate) fn tell(&mut self, verdict: Verdict) {
        self.effects.push(Effect::Tell(verdict));
    }

    pub(crate) fn wake(&mut self, at: Option<Timestamp>) {
        self.effects.extend(at.map(Effect::Arm));
    }

    /// What is being shown is kept, however long ago it was asked: its card must not be ahead of the disk.
    fn forget_old(&mut self) {
        let is_over = |ask: &Ask| !ask.is_unsettled() && !ask.awaits_review();
        while self.record.asks.len() > KEPT_SETTLED
            && self.record.asks.iter().filter(|ask| is_over(ask)).count() > KEPT_SETTLED
        {
            let old = |ask: &Ask| is_over(ask) && !self.is_shown_now(ask);
            // What ran in this turn may be asked for again in it.
            let past = |ask: &Ask| old(ask) && !self.record.under_way.contains(&ask.id);
            let asks = &self.record.asks;
            let Some(oldest) = asks.iter().position(past).or_else(|| asks.iter().position(old)) else {
                return;
            };
            let record = self.record.in_passing();
            let forgotten = record.asks.remove(oldest);
            record.under_way.retain(|id| *id != forgotten.id);
            self.masked_for_good.remove(&forgotten.id);
        }
    }

    fn is_shown_now(&self, ask: &Ask) -> bool {
        self.effects.iter().any(|effect| matches!(effect, Effect::Show(shown) if shown.id == ask.id))
    }
}

fn has_known_kind(effect: &Effect) -> bool {
    !matches!(effect, Effect::Audit(entry) if !is_audit_kind(&entry.what))
}
