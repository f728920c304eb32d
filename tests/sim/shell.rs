//! The gateway around the deciding crate, as `gateway/src/sessions/core/task.rs` is: a task a session, letter by
//! letter, effect by effect. It can die between any two of them; then only the disk is left.

use crate::ends::{End, Receipt};
use crate::plan::{APPROVERS, HORIZON};
use crate::wire::Standing;
use crate::world::{Happening, Sabotage, World, millis};
use gateway_domain::{
    AgentInput, AgentOutcome, AnswerGiven, Approvers, AskPolicy, Asked, ClockInput, Effect, Input, Outcome,
    PersonInput, Reconnected, Session, SessionRecord, ThreadPolicy, Turn,
};
use jiff::SignedDuration;
use std::collections::{BTreeMap, VecDeque};

#[derive(Default)]
pub struct Gateway {
    pub up: bool,
    /// Counts its lives: what a former one had under way means nothing to the next.
    pub life: u64,
    pub tasks: BTreeMap<String, Task>,
    pub ends: BTreeMap<usize, End>,
    pub in_flight: BTreeMap<String, super::flight::Flight>,
    pub attempts: u64,
    crash: Option<Crash>,
    armings: u64,
}

#[derive(Clone, Copy)]
struct Crash {
    arming: u64,
    effects_left: u64,
    down: u64,
}

pub struct Task {
    pub session: Session,
    mailbox: VecDeque<Letter>,
    effects: VecDeque<Effect>,
    current: Option<Letter>,
    disk_refused: bool,
    wake: Option<u64>,
    /// The asks that OpenCode held when it last said hello.
    pub open: Vec<String>,
    pub standing: Option<Standing>,
    /// Counts the pod's comings and goings.
    pub returns: u64,
}

pub struct Letter {
    mail: Mail,
    receipt: Option<Receipt>,
}

#[allow(clippy::large_enum_variant, reason = "few letters wait at a time")]
pub enum Mail {
    Input(Input),
    PodBack(Vec<Asked>, Option<Standing>),
    Run(Vec<Effect>),
}

impl Mail {
    pub fn of(input: impl Into<Input>) -> Self {
        Self::Input(input.into())
    }
}

impl Task {
    pub fn new(session: Session) -> Self {
        let (mailbox, effects, open) = (VecDeque::new(), VecDeque::new(), vec![]);
        Self {
            session,
            mailbox,
            effects,
            current: None,
            disk_refused: false,
            wake: None,
            open,
            standing: None,
            returns: 0,
        }
    }

    /// The answer that is being dealt with.
    pub fn answered(&self) -> Option<&AnswerGiven> {
        match &self.current.as_ref()?.mail {
            Mail::Input(Input::Person(PersonInput::Answer(given))) => Some(given),
            _ => None,
        }
    }

    pub fn will_wake(&self, now: u64) -> bool {
        self.wake.is_some_and(|wake| wake <= now)
    }

    pub fn is_at_rest(&self) -> bool {
        self.effects.is_empty() && self.current.is_none()
    }

    pub fn waiting_letters(&self) -> usize {
        self.mailbox.len()
    }
}

/// Short waits, so that a run sees many of them end.
pub fn policy() -> AskPolicy {
    let approvers = Approvers::Only(APPROVERS.map(str::to_owned).to_vec());
    AskPolicy {
        approvers,
        permission_timeout: SignedDuration::from_secs(40),
        question_timeout: SignedDuration::from_secs(90),
        thread: ThreadPolicy { summary_after: None, ..ThreadPolicy::default() },
        ..AskPolicy::default()
    }
}

impl World {
    // --- lives of the gateway ---

    pub fn gateway_up(&mut self) {
        self.gateway.up = true;
        self.gateway.life += 1;
        self.note(|| "the gateway starts".to_owned());
        for record in self.disk.read_all() {
            self.restore(record);
        }
    }

    fn restore(&mut self, record: SessionRecord) {
        if !self.gateway.up {
            return;
        }
        let id = record.session.clone();
        let (session, effects) = Session::restore(record, policy(), self.timestamp());
        for ask in session.record().asks.clone() {
            self.post(&id, &ask);
        }
        self.gateway.tasks.insert(id.clone(), Task::new(session));
        self.deliver(&id, Mail::Run(effects), None);
    }

    pub fn arm_crash(&mut self, effects_left: u64, down: u64) {
        self.gateway.armings += 1;
        let arming = self.gateway.armings;
        self.gateway.crash = Some(Crash { arming, effects_left, down });
        self.soon(2_000, 5_000, Happening::GatewayDies { arming });
    }

    pub fn gateway_dies_if(&mut self, arming: u64) {
        if self.gateway.crash.is_some_and(|crash| crash.arming == arming) {
            self.gateway_dies();
        }
    }

    fn gateway_dies(&mut self) {
        let Some(crash) = self.gateway.crash.take() else { return };
        if !self.gateway.up || self.now > HORIZON {
            return;
        }
        self.note(|| "the gateway is killed".to_owned());
        let Gateway { life, armings, attempts, .. } = self.gateway;
        self.gateway = Gateway { life, armings, attempts, ..Gateway::default() };
        for pod in 0..self.links.len() {
            self.cut_link(pod);
        }
        self.soon(crash.down, crash.down + 1_000, Happening::GatewayUp);
    }

    /// Whether the gateway dies right before this effect.
    fn dies_here(&mut self) -> bool {
        match &mut self.gateway.crash {
            Some(crash) if crash.effects_left == 0 => {
                self.gateway_dies();
                !self.gateway.up
            }
            Some(crash) => {
                crash.effects_left -= 1;
                false
            }
            None => false,
        }
    }

    // --- one session's task ---

    pub fn answer(&mut self, session: &str, given: AnswerGiven) {
        if self.gateway.up && self.gateway.tasks.contains_key(session) {
            self.deliver(session, Mail::of(PersonInput::Answer(given)), None);
        }
    }

    pub fn deliver(&mut self, session: &str, mail: Mail, receipt: Option<Receipt>) {
        let Some(task) = self.gateway.tasks.get_mut(session) else { return };
        task.mailbox.push_back(Letter { mail, receipt });
        self.pump(session);
    }

    /// Works until there is nothing to do, the disk refuses, or the gateway dies.
    fn pump(&mut self, session: &str) {
        self.touched.insert(session.to_owned());
        while self.witness.broken.is_none() {
            let Some(task) = self.gateway.tasks.get_mut(session).filter(|task| !task.disk_refused) else {
                return;
            };
            if let Some(effect) = task.effects.pop_front() {
                if self.dies_here() {
                    return;
                }
                self.execute(session, effect);
                continue;
            }
            if let Some(receipt) = task.current.take().and_then(|letter| letter.receipt) {
                self.receipt_done(receipt);
                continue;
            }
            let Some(letter) = task.mailbox.pop_front() else { return };
            self.deal_with(session, letter);
        }
    }

    fn deal_with(&mut self, session: &str, mut letter: Letter) {
        let effects = match &mut letter.mail {
            Mail::Input(given) => {
                let given = given.clone();
                self.look_after(session, &given);
                let lost = u64::from(given == Input::Agent(AgentInput::PodLost));
                self.gateway.tasks.get_mut(session).unwrap().returns += lost;
                self.decide(session, given)
            }
            Mail::PodBack(asks, standing) => {
                let asks = std::mem::take(asks);
                let open = asks.iter().map(|asked| asked.opencode_id.clone()).collect();
                let task = self.gateway.tasks.get_mut(session).unwrap();
                (task.open, task.standing) = (open, *standing);
                task.returns += 1;
                let effects = self.decide(session, AgentInput::Listed(asks).into());
                self.look(session);
                effects
            }
            Mail::Run(effects) => std::mem::take(effects),
        };
        let task = self.gateway.tasks.get_mut(session).unwrap();
        task.effects = effects.into();
        task.current = Some(letter);
    }

    fn decide(&mut self, session: &str, input: Input) -> Vec<Effect> {
        let now = self.timestamp();
        let effects = self.gateway.tasks.get_mut(session).unwrap().session.handle(input, now);
        self.decided(session, &effects);
        effects
    }

    fn execute(&mut self, session: &str, effect: Effect) {
        self.check_effect(session, &effect);
        match effect {
            Effect::Persist => self.persist(session),
            Effect::Order { request_id, order } => self.send(session, request_id, order),
            Effect::Show(ask) => self.post(session, &ask),
            Effect::Arm(at) => self.arm(session, millis(at)),
            Effect::Audit(entry) => {
                if self.disk.refuses(self.now) {
                    return self.try_disk_again(session, Effect::Audit(entry));
                }
                self.disk.audit.push(entry);
            }
            Effect::Tell(verdict) => self.hear(session, &verdict),
            // What does not concern asks has no part in this model.
            #[allow(unreachable_patterns, reason = "the list grows")]
            _ => {}
        }
    }

    fn persist(&mut self, session: &str) {
        let task = &self.gateway.tasks[session];
        let promises = |effect: &Effect| matches!(effect, Effect::Tell(_));
        if self.sabotage == Sabotage::SkipPersistBeforeTell && task.effects.iter().any(promises) {
            return;
        }
        if self.disk.refuses(self.now) {
            return self.try_disk_again(session, Effect::Persist);
        }
        let mut record = task.session.record().clone();
        if self.sabotage == Sabotage::SkipOutbox {
            record.outbox.clear();
        }
        let text = self.disk.keep(&record).to_owned();
        self.check_masked("the record", &text);
    }

    fn try_disk_again(&mut self, session: &str, effect: Effect) {
        self.note(|| format!("the disk refuses what {session} writes"));
        let task = self.gateway.tasks.get_mut(session).unwrap();
        task.effects.push_front(effect);
        task.disk_refused = true;
        let life = self.gateway.life;
        self.soon(500, 501, Happening::DiskAgain { life, session: session.to_owned() });
    }

    pub fn disk_again(&mut self, life: u64, session: &str) {
        if self.gateway.up && self.gateway.life == life {
            self.gateway.tasks.get_mut(session).unwrap().disk_refused = false;
            self.pump(session);
        }
    }

    fn arm(&mut self, session: &str, at: u64) {
        let life = self.gateway.life;
        let task = self.gateway.tasks.get_mut(session).unwrap();
        let at = task.wake.map_or(at, |wake| wake.min(at));
        task.wake = Some(at);
        self.at(at.max(self.now), Happening::Wake { life, session: session.to_owned(), at });
    }

    pub fn wake(&mut self, life: u64, session: &str, at: u64) {
        let alive = self.gateway.up && self.gateway.life == life;
        if alive && self.gateway.tasks[session].wake == Some(at) {
            self.gateway.tasks.get_mut(session).unwrap().wake = None;
            self.deliver(session, Mail::of(ClockInput::Tick), None);
        }
    }

    // --- what errands bring back ---

    pub fn command_done(&mut self, life: u64, session: &str, request_id: String, outcome: AgentOutcome) {
        if self.gateway.up && self.gateway.life == life {
            let outcome = Outcome::Agent(outcome);
            self.deliver(session, Mail::Input(Input::Outcome { request_id, outcome }), None);
        }
    }

    /// A pod's return, as inputs in their order.
    pub fn looked(&mut self, life: u64, of: u64, session: &str, how: Reconnected, cut: Option<Turn>) {
        if !self.gateway.up || self.gateway.life != life || self.gateway.tasks[session].returns != of {
            return;
        }
        let standing = self.gateway.tasks[session].standing;
        if standing == Some(Standing::Busy) {
            self.deliver(session, Mail::of(AgentInput::TurnBegan), None);
        }
        self.deliver(session, Mail::of(AgentInput::PodBack(how)), None);
        match (standing, cut) {
            (Some(Standing::Idle), _) => self.deliver(session, Mail::of(AgentInput::TurnEnded), None),
            (Some(Standing::Interrupted), Some(Turn { user_message_id, finished: false })) => {
                let cut = AgentInput::Interrupted { user_message_id, running: None };
                self.deliver(session, Mail::of(cut), None);
            }
            _ => {}
        }
    }
}
