//! The whole of one run: the clock, what is due, and everything that takes part.

use crate::chance::Chance;
use crate::disk::Disk;
use crate::opencode::OpenCode;
use crate::plan::{Do, HORIZON, Plan};
use crate::shell::Gateway;
use crate::thread::Thread;
use crate::trace::Trace;
use crate::wire::{Down, Link, Up};
use crate::witness::{Broken, Witness};
use gateway_domain::{AgentOutcome, AnswerGiven, Reconnected, Turn};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// The virtual clock begins here.
const EPOCH_MS: i64 = 1_795_000_000_000;

/// How long the clock runs on after the last fault. Longer than every timeout: what is not settled then
/// never will be.
const AFTERMATH: u64 = 1_200_000;

/// In the end somebody answers what is left, again and again: an agent that goes on asks more.
const ROUNDS: u64 = 400;
const ROUND: u64 = 150_000;

/// More happenings than any honest run has: something goes round in circles (I7).
const MOST_HAPPENINGS: u64 = 200_000;

/// A durability step that is taken out, to see whether the simulator notices.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Sabotage {
    #[default]
    None,
    /// The person is told although the record is not on disk.
    SkipPersistBeforeTell,
    /// The record goes to disk without the commands that are under way.
    SkipOutbox,
    /// A command that is sent again gets a new request id.
    ForgetRequestId,
}

#[allow(clippy::large_enum_variant, reason = "few wait at a time")]
pub enum Happening {
    Step(usize),
    /// The plugin tries to connect.
    Connect {
        pod: usize,
    },
    ToGateway {
        pod: usize,
        link: u64,
        frame: Up,
    },
    ToPlugin {
        pod: usize,
        link: u64,
        frame: Down,
    },
    /// The gateway notices that a link is gone.
    LinkLost {
        pod: usize,
        link: u64,
    },
    OpenCodeUp {
        pod: usize,
    },
    /// The model has thought: its next calls, or the end of its turn.
    Think {
        pod: usize,
        boot: u64,
        session: String,
    },
    ToolBegins {
        pod: usize,
        boot: u64,
        session: String,
        call: String,
    },
    ToolEnds {
        pod: usize,
        boot: u64,
        session: String,
        call: String,
    },
    /// A sub-agent has said what came of its call.
    ChildEnds {
        pod: usize,
        boot: u64,
        session: String,
        call: String,
    },
    Click {
        session: String,
        given: Box<AnswerGiven>,
    },
    GatewayUp,
    /// Nothing happened that could be interrupted: the gateway dies anyway.
    GatewayDies {
        arming: u64,
    },
    Wake {
        life: u64,
        session: String,
        at: u64,
    },
    DiskAgain {
        life: u64,
        session: String,
    },
    Done {
        life: u64,
        session: String,
        request_id: String,
        outcome: AgentOutcome,
    },
    Looked {
        life: u64,
        /// Which return of the pod it was looked up for.
        of: u64,
        session: String,
        how: Reconnected,
        /// The turn that is cut short, if no ask of it was lost.
        cut: Option<Turn>,
    },
    Overdue {
        life: u64,
        request_id: String,
        attempt: u64,
    },
}

struct Due {
    at: u64,
    order: u64,
    what: Happening,
}

pub struct World {
    pub plan: Plan,
    pub sabotage: Sabotage,
    pub now: u64,
    pub chance: Chance,
    queue: BinaryHeap<Reverse<Due>>,
    order: u64,
    pub calm: bool,
    /// Sessions that something happened to since they were last looked at.
    pub touched: BTreeSet<String>,
    pub pods: Vec<OpenCode>,
    pub links: Vec<Link>,
    pub gateway: Gateway,
    pub disk: Disk,
    pub thread: Thread,
    pub witness: Witness,
    pub trace: Trace,
}

impl World {
    pub fn new(plan: &Plan, sabotage: Sabotage, trace: Trace) -> Self {
        let pods: Vec<_> = (0..plan.pods as u64).map(OpenCode::new).collect();
        let links = pods.iter().map(|_| Link::default()).collect();
        let mut world = Self {
            plan: plan.clone(),
            sabotage,
            now: 0,
            chance: Chance::new(plan.seed ^ 0x5eed),
            queue: BinaryHeap::new(),
            order: 0,
            calm: false,
            touched: BTreeSet::new(),
            pods,
            links,
            gateway: Gateway::default(),
            disk: Disk::default(),
            thread: Thread::default(),
            witness: Witness::default(),
            trace,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        for session in 0..self.plan.sessions {
            let pod = session % self.plan.pods;
            self.pods[pod].add_session(&name(session), None);
        }
        self.gateway_up();
        for pod in 0..self.plan.pods {
            self.opencode_up(pod);
        }
        for (n, step) in self.plan.steps.clone().iter().enumerate() {
            self.at(step.at, Happening::Step(n));
        }
    }

    /// Runs to the end, or to the first broken promise.
    pub fn run(mut self) -> (Result<(), Broken>, Trace, BTreeMap<&'static str, u64>) {
        self.go_on(HORIZON);
        self.settle_down();
        self.go_on(HORIZON + AFTERMATH);
        for round in 1..=ROUNDS {
            if self.witness.broken.is_some() || !self.people_answer_the_rest() {
                break;
            }
            self.go_on(HORIZON + AFTERMATH + round * ROUND);
        }
        if self.witness.broken.is_none() {
            self.check_the_end();
        }
        let result = self.witness.broken.take().map_or(Ok(()), Err);
        (result, self.trace, self.witness.counts)
    }

    fn go_on(&mut self, until: u64) {
        let mut happenings = 0;
        while self.witness.broken.is_none() {
            if self.queue.peek().is_none_or(|Reverse(due)| due.at > until) {
                break;
            }
            let Some(Reverse(due)) = self.queue.pop() else { break };
            self.now = self.now.max(due.at);
            self.happen(due.what);
            self.check_step();
            happenings += 1;
            if happenings > MOST_HAPPENINGS {
                self.broken("I7", "something goes round in circles".to_owned());
            }
        }
        self.now = self.now.max(until);
    }

    /// Faults stop: everything that is away comes back in its time, and nothing goes away any more.
    fn settle_down(&mut self) {
        self.calm = true;
        self.disk.refuse_until(0);
        self.note(|| "--- faults stop ---".to_owned());
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Step(n) => self.step(n),
            Happening::Connect { pod } => self.connect(pod),
            Happening::ToGateway { pod, link, frame } => self.arrive_at_gateway(pod, link, frame),
            Happening::ToPlugin { pod, link, frame } => self.arrive_at_plugin(pod, link, frame),
            Happening::LinkLost { pod, link } => self.notice_lost(pod, link),
            Happening::OpenCodeUp { pod } => self.opencode_up(pod),
            Happening::Think { pod, boot, session } => self.think(pod, boot, &session),
            Happening::ToolBegins { pod, boot, session, call } => self.tool_begins(pod, boot, session, call),
            Happening::ToolEnds { pod, boot, session, call } => self.tool_ends(pod, boot, &session, &call),
            Happening::ChildEnds { pod, boot, session, call } => self.child_ends(pod, boot, &session, &call),
            Happening::Click { session, given } => self.click(&session, *given),
            Happening::GatewayUp => self.gateway_up(),
            Happening::GatewayDies { arming } => self.gateway_dies_if(arming),
            Happening::Wake { life, session, at } => self.wake(life, &session, at),
            Happening::DiskAgain { life, session } => self.disk_again(life, &session),
            Happening::Done { life, session, request_id, outcome } => {
                self.command_done(life, &session, request_id, outcome);
            }
            Happening::Looked { life, of, session, how, cut } => self.looked(life, of, &session, how, cut),
            Happening::Overdue { life, request_id, attempt } => self.overdue(life, &request_id, attempt),
        }
    }

    fn step(&mut self, n: usize) {
        let what = self.plan.steps[n].what.clone();
        self.note(|| format!("[step {n}] {what:?}"));
        match what {
            Do::Prompt { session, waves } => self.prompt(session, waves),
            Do::Answer { session, pick, click, digest, also } => {
                self.people_answer(session, pick, click, digest, also);
            }
            Do::Elsewhere { session, pick, allow } => self.answer_in_opencode(session, pick, allow),
            Do::Abort { session } => self.abort(session),
            Do::Delete { session } => self.delete(session),
            Do::CutLink { pod } => self.cut_link(pod),
            Do::SlowLink { pod, until } => self.links[pod].slow_until = until,
            Do::OpenCodeDies { pod, down } => self.opencode_dies(pod, down),
            Do::GatewayDies { after_effects, down } => self.arm_crash(after_effects, down),
            Do::DiskRefuses { until } => self.disk.refuse_until(until.min(HORIZON)),
        }
    }

    // --- helpers ---

    pub fn at(&mut self, at: u64, what: Happening) {
        self.order += 1;
        self.queue.push(Reverse(Due { at, order: self.order, what }));
    }

    pub fn soon(&mut self, low: u64, high: u64, what: Happening) {
        let at = self.now + self.chance.within(low, high);
        self.at(at, what);
    }

    pub fn pod_of(&self, session: usize) -> usize {
        session % self.plan.pods
    }

    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_millisecond(EPOCH_MS + i64::try_from(self.now).unwrap()).unwrap()
    }

    pub fn note(&mut self, line: impl FnOnce() -> String) {
        self.trace.note(self.now, line);
    }

    pub fn broken(&mut self, promise: &'static str, how: String) {
        if self.witness.broken.is_none() {
            self.note(|| format!("BROKEN {promise}: {how}"));
            self.witness.broken = Some(Broken { promise, how });
        }
    }
}

/// The session that people see: a sub-agent's asks are in its parent's thread.
pub fn root(session: &str) -> &str {
    session.split_once('c').map_or(session, |(root, _)| root)
}

pub fn name(session: usize) -> String {
    format!("ses_{session:08}")
}

/// The other way round, for what the domain says.
pub fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond() - EPOCH_MS).unwrap_or(0)
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}
