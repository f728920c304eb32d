//! The link between a pod's plugin and the gateway: ordered while it lasts, cut at any moment.
//!
//! Events are numbered for each life of OpenCode and kept until they are acknowledged; after a reconnect the
//! gateway says from where they come again. So everything reaches a session at least once, sometimes twice.

use crate::world::{Happening, World};
use gateway_domain::{AgentOrder, AgentOutcome, Asked, Turn};
use std::collections::{BTreeMap, VecDeque};

/// The plugin's end, and what delays the link.
#[derive(Default)]
pub struct Link {
    /// The connection that the plugin uses.
    pub current: Option<u64>,
    /// The gateway said from where on events are wanted.
    welcomed: bool,
    connections: u64,
    pub slow_until: u64,
    /// Nothing overtakes: the latest arrival in each direction.
    up_until: u64,
    down_until: u64,
    next: u64,
    acked: u64,
    buffer: VecDeque<Numbered>,
    /// Results that the plugin remembers by request id.
    pub remembered: BTreeMap<String, AgentOutcome>,
}

#[derive(Clone, Debug)]
pub struct Numbered {
    pub number: u64,
    pub session: String,
    pub event: Event,
}

#[allow(clippy::large_enum_variant, reason = "few are on their way at a time")]
#[derive(Clone, Debug)]
pub enum Event {
    Asked(Asked),
    Resolved { opencode_id: String, answer: String, by_gateway: bool },
    Aborted,
    Deleted,
    Busy,
    Idle,
}

/// From the plugin to the gateway.
#[allow(clippy::large_enum_variant, reason = "few are on their way at a time")]
pub enum Up {
    Hello(Hello),
    Event(Numbered),
    Reply { request_id: String, outcome: AgentOutcome },
    Turn { request_id: String, turn: Option<Turn> },
}

pub struct Hello {
    pub boot: u64,
    pub acked: u64,
    /// As OpenCode lists them, also those that nobody listens to any more.
    pub asks: Vec<Asked>,
    pub sessions: BTreeMap<String, Standing>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    Busy,
    Idle,
    /// Idle, and its newest turn has no end.
    Interrupted,
}

/// From the gateway to the plugin.
#[derive(Clone)]
pub enum Down {
    Welcome { resume_from: u64 },
    Ack(u64),
    Command { request_id: String, order: AgentOrder },
    ReadTurn { request_id: String, session: String },
}

impl Link {
    /// OpenCode died, and the plugin with it.
    pub fn forget_all(&mut self) {
        let (connections, slow_until) = (self.connections, self.slow_until);
        *self = Self { connections, slow_until, ..Self::default() };
    }
}

impl World {
    // --- links come and go ---

    pub fn connect(&mut self, pod: usize) {
        if !self.pods[pod].alive || self.links[pod].current.is_some() {
            return;
        }
        if !self.gateway.up {
            return self.soon(1_000, 4_000, Happening::Connect { pod });
        }
        let opencode = &self.pods[pod];
        let asks = opencode.pending.values().map(|pending| pending.asked.clone()).collect();
        let sessions = opencode.sessions.iter().map(|(id, found)| (id.clone(), found.standing())).collect();
        let (boot, link) = (opencode.boot, &mut self.links[pod]);
        link.connections += 1;
        link.current = Some(link.connections);
        link.welcomed = false;
        let hello = Hello { boot, acked: link.acked, asks, sessions };
        self.note(|| format!("pod {pod} connects and says hello"));
        self.up(pod, Up::Hello(hello));
    }

    pub fn cut_link(&mut self, pod: usize) {
        if self.links[pod].current.is_some() {
            self.note(|| format!("the link of pod {pod} is cut"));
            self.lose_link(pod);
            self.soon(1_000, 5_000, Happening::Connect { pod });
        }
    }

    /// The plugin's end is gone; the gateway notices soon, or when another link comes.
    pub fn lose_link(&mut self, pod: usize) {
        if let Some(link) = self.links[pod].current.take() {
            self.soon(0, 3_000, Happening::LinkLost { pod, link });
        }
    }

    pub fn up(&mut self, pod: usize, frame: Up) {
        let Some(link) = self.links[pod].current else { return };
        let at = self.links[pod].up_until.max(self.now + self.delay(pod));
        self.links[pod].up_until = at;
        self.at(at, Happening::ToGateway { pod, link, frame });
    }

    pub fn down(&mut self, pod: usize, link: u64, frame: Down) {
        let at = self.links[pod].down_until.max(self.now + self.delay(pod));
        self.links[pod].down_until = at;
        self.at(at, Happening::ToPlugin { pod, link, frame });
    }

    fn delay(&mut self, pod: usize) -> u64 {
        let is_slow = !self.calm && self.now < self.links[pod].slow_until;
        self.chance.within(1, if is_slow { 9_000 } else { 60 })
    }

    // --- the plugin's end ---

    /// Something that happened in OpenCode.
    pub fn tell(&mut self, pod: usize, session: &str, event: Event) {
        self.note(|| format!("OpenCode {pod} tells of {session}: {}", event.in_short()));
        let link = &mut self.links[pod];
        link.next += 1;
        let numbered = Numbered { number: link.next, session: session.to_owned(), event };
        link.buffer.push_back(numbered.clone());
        if link.welcomed {
            self.up(pod, Up::Event(numbered));
        }
    }

    pub fn arrive_at_plugin(&mut self, pod: usize, link: u64, frame: Down) {
        if self.links[pod].current != Some(link) || !self.pods[pod].alive {
            return;
        }
        match frame {
            Down::Welcome { resume_from } => self.welcomed(pod, resume_from),
            Down::Ack(number) => self.acknowledged(pod, number),
            Down::Command { request_id, order } => self.answer_command(pod, request_id, &order),
            Down::ReadTurn { request_id, session } => {
                let turn = self.pods[pod].sessions.get(&session).and_then(|found| found.newest_turn());
                self.up(pod, Up::Turn { request_id, turn });
            }
        }
    }

    fn welcomed(&mut self, pod: usize, resume_from: u64) {
        self.acknowledged(pod, resume_from - 1);
        self.links[pod].welcomed = true;
        let again: Vec<_> = self.links[pod].buffer.iter().cloned().collect();
        for numbered in again {
            self.up(pod, Up::Event(numbered));
        }
    }

    fn acknowledged(&mut self, pod: usize, number: u64) {
        let link = &mut self.links[pod];
        link.acked = link.acked.max(number);
        link.buffer.retain(|numbered| numbered.number > number);
    }

    /// A request that is seen again gets the same answer, and does nothing.
    fn answer_command(&mut self, pod: usize, request_id: String, order: &AgentOrder) {
        let known = self.links[pod].remembered.get(&request_id).cloned();
        let outcome = known.unwrap_or_else(|| self.execute_in_opencode(pod, &request_id, order));
        self.note(|| format!("OpenCode {pod} answers {request_id}: {outcome:?}"));
        // What failed or only read may be tried again: only what did something is remembered.
        let did = !matches!(outcome, AgentOutcome::Superseded | AgentOutcome::NotPending { .. });
        if did {
            self.links[pod].remembered.insert(request_id.clone(), outcome.clone());
        }
        self.up(pod, Up::Reply { request_id, outcome });
    }
}

impl Event {
    pub fn in_short(&self) -> String {
        match self {
            Self::Asked(asked) => format!("asked {} ({})", asked.opencode_id, &asked.digest()[..6]),
            other => format!("{other:?}"),
        }
    }
}
