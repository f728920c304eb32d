//! What the gateway has sent to a pod and waits for: commands, and looks at where a turn stands.
//!
//! They outlive a link and are sent again over the next. After their deadline nobody knows what became of them.

use crate::wire::{Down, Standing};
use crate::world::{Happening, Sabotage, World};
use gateway_domain::{AgentOutcome, Input, Order, Outcome, Reconnected, Turn};

/// As `bridge_protocol::limits::COMMAND_DEADLINE_MS`.
const DEADLINE: u64 = 30_000;

pub struct Flight {
    pod: usize,
    session: String,
    /// What the session calls it.
    request_id: String,
    attempt: u64,
    /// Of the pod, when it was sent.
    of: u64,
    frame: Down,
    look: Option<Look>,
}

/// What a look at the turn is about.
#[derive(Clone, Default)]
struct Look {
    /// The asks that OpenCode held.
    open: Vec<String>,
    /// There is an ask that it does not hold, or an answer that its death may have undone.
    lost: bool,
}

impl World {
    pub fn send(&mut self, session: &str, request_id: String, order: Order) {
        // No plan has a session that is configured first.
        let Order::Agent(order) = order else { return };
        let sent_as = if self.sabotage == Sabotage::ForgetRequestId {
            self.gateway.attempts += 1;
            format!("{request_id}_{}", self.gateway.attempts)
        } else {
            request_id.clone()
        };
        self.note(|| format!("{session} sends {sent_as}: {order:?}"));
        let frame = Down::Command { request_id: sent_as.clone(), order };
        if !self.take_off(session, [&request_id, &sent_as], frame, None) {
            let (life, session) = (self.gateway.life, session.to_owned());
            let outcome = AgentOutcome::Unknown;
            self.soon(0, 5, Happening::Done { life, session, request_id, outcome });
        }
    }

    /// Finds out where the turn stands, if that matters, and reports back.
    pub fn look(&mut self, session: &str) {
        let task = &self.gateway.tasks[session];
        let open = task.open.clone();
        let record = task.session.record();
        let lost = record.asks.iter().any(|ask| ask.is_unsettled() && !open.contains(&ask.opencode_id));
        let lost = lost || !record.under_way.is_empty();
        if lost || task.standing == Some(Standing::Interrupted) {
            self.gateway.attempts += 1;
            let request_id = format!("look_{}", self.gateway.attempts);
            let frame = Down::ReadTurn { request_id: request_id.clone(), session: session.to_owned() };
            if self.take_off(session, [&request_id; 2], frame, Some(Look { open: open.clone(), lost })) {
                return;
            }
        }
        let (life, of) = (self.gateway.life, self.gateway.tasks[session].returns);
        let (session, how) = (session.to_owned(), Reconnected { open, turn: None });
        self.soon(0, 5, Happening::Looked { life, of, session, how, cut: None });
    }

    /// An ask that died under its answer: see whether its turn can go on.
    pub fn look_after(&mut self, session: &str, input: &Input) {
        let interrupted = Outcome::Agent(AgentOutcome::NotPending { ran: false, interrupted: true });
        if matches!(input, Input::Outcome { outcome, .. } if *outcome == interrupted) {
            let task = self.gateway.tasks.get_mut(session).unwrap();
            task.open.clear();
            task.standing = None;
            self.look(session);
        }
    }

    fn pod_index(&self, session: &str) -> usize {
        let pod = &self.gateway.tasks[session].session.record().pod;
        pod.trim_start_matches("pod-").parse().unwrap()
    }

    /// False when there is no link, or the same is under way already.
    fn take_off(
        &mut self,
        session: &str,
        [called, sent_as]: [&str; 2],
        frame: Down,
        look: Option<Look>,
    ) -> bool {
        let pod = self.pod_index(session);
        let link = self.gateway.ends.get(&pod).and_then(|end| end.link);
        let Some(link) = link.filter(|_| !self.gateway.in_flight.contains_key(sent_as)) else { return false };
        self.gateway.attempts += 1;
        let (life, attempt) = (self.gateway.life, self.gateway.attempts);
        let (session, request_id) = (session.to_owned(), called.to_owned());
        let of = self.gateway.tasks[&session].returns;
        let flight = Flight { pod, session, request_id, attempt, of, frame: frame.clone(), look };
        self.gateway.in_flight.insert(sent_as.to_owned(), flight);
        self.down(pod, link, frame);
        self.at(self.now + DEADLINE, Happening::Overdue { life, request_id: sent_as.to_owned(), attempt });
        true
    }

    /// A new link sends again what was in flight, oldest first.
    pub fn fail_over(&mut self, pod: usize, link: u64) {
        let of_pod = self.gateway.in_flight.values().filter(|flight| flight.pod == pod);
        let mut again: Vec<_> = of_pod.map(|flight| (flight.attempt, flight.frame.clone())).collect();
        again.sort_by_key(|(attempt, _)| *attempt);
        for (_, frame) in again {
            self.down(pod, link, frame);
        }
    }

    pub fn replied(&mut self, request_id: &str, outcome: AgentOutcome) {
        let Some(flight) = self.gateway.in_flight.remove(request_id) else { return };
        let (life, request_id) = (self.gateway.life, flight.request_id);
        self.soon(0, 5, Happening::Done { life, session: flight.session, request_id, outcome });
    }

    pub fn turn_read(&mut self, request_id: &str, turn: Option<Turn>) {
        let Some(flight) = self.gateway.in_flight.remove(request_id) else { return };
        let (life, of, session) = (self.gateway.life, flight.of, flight.session);
        let Look { open, lost } = flight.look.unwrap_or_default();
        // An ask that was lost takes the turn up again by itself.
        let (turn, cut) = if lost { (turn, None) } else { (None, turn) };
        self.soon(0, 5, Happening::Looked { life, of, session, how: Reconnected { open, turn }, cut });
    }

    pub fn overdue(&mut self, life: u64, request_id: &str, attempt: u64) {
        let ours = self.gateway.in_flight.get(request_id).is_some_and(|flight| flight.attempt == attempt);
        if !self.gateway.up || self.gateway.life != life || !ours {
            return;
        }
        self.note(|| format!("nobody knows what became of {request_id}"));
        if self.gateway.in_flight[request_id].look.is_some() {
            return self.turn_read(request_id, None);
        }
        self.replied(request_id, AgentOutcome::Unknown);
    }
}
