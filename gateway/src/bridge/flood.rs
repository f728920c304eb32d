//! Limits on how much that is new a pod can report: an honest one has a few sessions and asks a minute, one that
//! was taken over may make up thousands, each of which costs memory and files here. What is beyond is refused, and
//! costs only the pod itself.

use bridge_protocol::{Event, Hello, limits};
use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;
use tokio::time::Instant;

/// So many at once, sub-agents among them, and then one in each of these times.
const SESSIONS: (u32, Duration) = (400, Duration::from_millis(500));
const ASKS: (u32, Duration) = (400, Duration::from_millis(500));

/// Calls that the gate judges: all that many busy agents do. Most of them no person is asked about.
const CALLS: (u32, Duration) = (2_000, Duration::from_millis(5));

/// What went past the gate: it is written down each time.
const ALARMS: (u32, Duration) = (100, Duration::from_secs(1));

/// Words about others' sessions that are told of: each is written down. All are counted.
const FOREIGN: (u32, Duration) = (20, Duration::from_secs(10));

/// Sessions that a hello makes known for the first time: OpenCode's whole list, and then hardly any.
#[allow(clippy::cast_possible_truncation, reason = "a few thousand")]
const LISTED: (u32, Duration) = (limits::MAX_HELLO_SESSIONS as u32, Duration::from_secs(1));

/// Open asks that a hello may hold, of each kind.
const HELD: usize = 1_000;

/// Sessions that are remembered as known; then all are new again.
const REMEMBERED: usize = 50_000;

/// A pod hears of it now and then, not with each refusal.
const TELL_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Allowance {
    sessions: Bucket,
    listed: Bucket,
    asks: Bucket,
    calls: Bucket,
    alarms: Bucket,
    foreign: Bucket,
    known: HashSet<u64>,
    hasher: RandomState,
    told: Option<Instant>,
}

/// Fills up by one in each `every`, to `most`.
struct Bucket {
    most: u32,
    every: Duration,
    left: u32,
    filled: Instant,
}

/// What was refused; `tell` if it is time to say so.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) what: &'static str,
    pub(super) tell: bool,
}

impl Allowance {
    pub(super) fn new(now: Instant) -> Self {
        let bucket = |(most, every)| Bucket { most, every, left: most, filled: now };
        let (known, hasher) = (HashSet::new(), RandomState::new());
        Self {
            sessions: bucket(SESSIONS),
            listed: bucket(LISTED),
            asks: bucket(ASKS),
            calls: bucket(CALLS),
            alarms: bucket(ALARMS),
            foreign: bucket(FOREIGN),
            known,
            hasher,
            told: None,
        }
    }

    /// Whether an event of this session may be taken in.
    pub(super) fn take(&mut self, session: &str, event: &Event, now: Instant) -> Result<(), Refused> {
        let id = self.hasher.hash_one(session);
        if !self.known.contains(&id) {
            if !self.sessions.take(now) {
                return Err(self.refused("sessions", now));
            }
            self.remember(id);
        }
        let (bucket, what) = match event {
            Event::ToolHeld { held } if held.judge => (&mut self.calls, "calls"),
            Event::PermissionAsked { .. } | Event::QuestionAsked { .. } | Event::ToolHeld { .. } => {
                (&mut self.asks, "asks")
            }
            Event::GateAlarmed { .. } => (&mut self.alarms, "alarms"),
            _ => return Ok(()),
        };
        if !bucket.take(now) {
            return Err(self.refused(what, now));
        }
        Ok(())
    }

    /// Whether it is told of that this pod spoke of what is another one's.
    pub(super) fn tells_of_foreign(&mut self, now: Instant) -> bool {
        self.foreign.take(now)
    }

    /// Leaves out of a hello what is too much; says how many that were.
    pub(super) fn trim(&mut self, hello: &mut Hello, now: Instant) -> usize {
        let before = size(hello);
        hello.sessions.retain(|snapshot| {
            let id = self.hasher.hash_one(&*snapshot.session.id);
            let fits = self.known.contains(&id) || self.listed.take(now);
            if fits {
                self.known.insert(id);
            }
            fits
        });
        hello.permissions.truncate(HELD);
        hello.questions.truncate(HELD);
        hello.held.truncate(HELD);
        before - size(hello)
    }

    fn remember(&mut self, id: u64) {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(id);
    }

    fn refused(&mut self, what: &'static str, now: Instant) -> Refused {
        let tell = self.told.is_none_or(|at| now.duration_since(at) >= TELL_EVERY);
        if tell {
            self.told = Some(now);
        }
        Refused { what, tell }
    }
}

fn size(hello: &Hello) -> usize {
    hello.sessions.len() + hello.permissions.len() + hello.questions.len() + hello.held.len()
}

impl Refused {
    pub(super) fn sentence(&self) -> String {
        let what = self.what;
        format!("This pod reports too many new {what} at once; the excess is dropped. Slow down.")
    }
}

impl Bucket {
    fn take(&mut self, now: Instant) -> bool {
        let passed = now.duration_since(self.filled);
        let more = u32::try_from(passed.as_millis() / self.every.as_millis().max(1)).unwrap_or(u32::MAX);
        if more > 0 {
            self.left = self.left.saturating_add(more).min(self.most);
            self.filled += self.every * more;
        }
        let has = self.left > 0;
        self.left = self.left.saturating_sub(1);
        has
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bridge_protocol::HeldTool;

    fn taken(allowance: &mut Allowance, first: usize, event: &Event, now: Instant) -> usize {
        (first..first + 5_000).filter(|n| allowance.take(&format!("ses_{n}"), event, now).is_ok()).count()
    }

    #[test]
    fn a_flood_of_new_sessions_is_cut_and_known_ones_go_on() {
        // REQ-HARD-04, M10
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        assert_eq!(taken(&mut allowance, 0, &Event::SessionIdle {}, now), 400);
        assert!(allowance.take("ses_1", &Event::SessionIdle {}, now).is_ok(), "one that is known goes on");
        let refused = allowance.take("ses_9999", &Event::SessionIdle {}, now).unwrap_err();
        assert_eq!(refused, Refused { what: "sessions", tell: false });
        let later = now + Duration::from_secs(5);
        assert_eq!(taken(&mut allowance, 10_000, &Event::SessionIdle {}, later), 10);
    }

    #[test]
    fn a_flood_of_asks_of_one_session_is_cut() {
        // REQ-HARD-04, M10
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        let text = || "x".to_owned();
        let (hold_id, session_id, directory, tool, call_id) = (text(), text(), text(), text(), text());
        let held = HeldTool { hold_id, session_id, directory, tool, call_id, ..HeldTool::default() };
        let ask = Event::ToolHeld { held };
        let taken = (0..5_000).filter(|_| allowance.take("ses_1", &ask, now).is_ok()).count();
        assert_eq!(taken, 400);
    }

    #[test]
    fn clocks_that_stand_still_or_jump_give_no_more_than_is_due() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        taken(&mut allowance, 0, &Event::SessionIdle {}, now);
        let long = now + Duration::from_secs(1_000_000);
        assert_eq!(taken(&mut allowance, 20_000, &Event::SessionIdle {}, long), 400);
    }
}
