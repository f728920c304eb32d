//! Who is in OpenCode's own web UI, and on which session. Kept in memory only: after a restart the next movement of
//! a hand tells it again.

use crate::clock::Clock;
use gateway_domain::Person;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;

/// Without a sign for so long a person has left.
pub const LEAVES_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// People and sessions that are remembered. Beyond it whoever was quiet longest counts as gone.
const KEPT: usize = 10_000;

/// Comings and goings that somebody who listens may lag behind.
const LAG: usize = 256;

/// A person on a session of the web UI, or on none of them.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Present {
    pub person: Person,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    pub since: Timestamp,
    /// When they last did something there.
    pub last: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    Came(Present),
    /// Nothing was done there for so long ([`LEAVES_AFTER`], unless it is configured).
    Left(Present),
}

/// By person and session: somebody may have two of them open.
type Key = (String, Option<String>);

pub struct Presence {
    clock: Arc<dyn Clock>,
    leaves_after: SignedDuration,
    here: Mutex<HashMap<Key, Present>>,
    moves: broadcast::Sender<Move>,
}

impl Presence {
    pub fn new(clock: Arc<dyn Clock>, leaves_after: SignedDuration) -> Self {
        Self { clock, leaves_after, here: Mutex::default(), moves: broadcast::channel(LAG).0 }
    }

    /// How long somebody may do nothing and still counts as there.
    pub fn leaves_after(&self) -> SignedDuration {
        self.leaves_after
    }

    /// The person did something there just now.
    pub fn seen(&self, person: &Person, session: Option<&str>) {
        let now = self.clock.now();
        self.sweep();
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = here.get_mut(&(person.id.clone(), session.map(str::to_owned))) {
            known.last = now;
            return;
        }
        if here.len() >= KEPT {
            self.forget_quietest(&mut here);
        }
        let new =
            Present { person: person.clone(), session: session.map(str::to_owned), since: now, last: now };
        here.insert((person.id.clone(), new.session.clone()), new.clone());
        // Nobody may be listening.
        let _ = self.moves.send(Move::Came(new));
    }

    /// Tells of those who left since it was asked last.
    pub fn sweep(&self) {
        let now = self.clock.now();
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, left) in here.extract_if(|_, present| present.has_left(now, self.leaves_after)) {
            let _ = self.moves.send(Move::Left(left));
        }
    }

    /// Everybody who is there, whoever did something last first.
    pub fn here(&self) -> Vec<Present> {
        let now = self.clock.now();
        let here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> =
            here.values().filter(|present| !present.has_left(now, self.leaves_after)).cloned().collect();
        drop(here);
        all.sort_by(|a, b| (b.last, &b.person.id, &b.session).cmp(&(a.last, &a.person.id, &a.session)));
        all
    }

    /// Who is on this session.
    pub fn on(&self, session: &str) -> Vec<Present> {
        self.here().into_iter().filter(|present| present.session.as_deref() == Some(session)).collect()
    }

    /// Where the person did something last, if they are there.
    pub fn of(&self, person: &str) -> Option<Present> {
        self.here().into_iter().find(|present| present.person.id == person)
    }

    /// Comings and goings from now on.
    pub fn watch(&self) -> broadcast::Receiver<Move> {
        self.moves.subscribe()
    }

    fn forget_quietest(&self, here: &mut HashMap<Key, Present>) {
        let quietest = here.iter().min_by_key(|(_, present)| present.last).map(|(key, _)| key.clone());
        if let Some(left) = quietest.and_then(|key| here.remove(&key)) {
            let _ = self.moves.send(Move::Left(left));
        }
    }
}

impl Present {
    fn has_left(&self, now: Timestamp, after: SignedDuration) -> bool {
        now.duration_since(self.last) >= after
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Stands still until it is moved.
    #[derive(Default)]
    struct Still(AtomicI64);

    impl Clock for Still {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(1_795_000_000 + self.0.load(Ordering::SeqCst)).unwrap()
        }
    }

    fn anna() -> Person {
        Person { id: "web:anna".to_owned(), name: "anna".to_owned() }
    }

    fn after(clock: &Still, seconds: i64) {
        clock.0.fetch_add(seconds, Ordering::SeqCst);
    }

    #[test]
    fn after_ten_quiet_minutes_a_person_has_left_and_it_is_told_once() {
        // REQ-START-11
        let clock = Arc::new(Still::default());
        let presence = Presence::new(clock.clone(), LEAVES_AFTER);
        let mut moves = presence.watch();
        presence.seen(&anna(), Some("ses_00000001"));
        after(&clock, 599);
        presence.seen(&anna(), Some("ses_00000001"));
        after(&clock, 599);
        presence.sweep();
        assert_eq!(presence.on("ses_00000001").len(), 1);
        assert!(matches!(moves.try_recv(), Ok(Move::Came(_))));
        assert!(moves.try_recv().is_err(), "nobody came or left since");
        after(&clock, 1);
        assert_eq!(presence.of("web:anna"), None, "also before it is swept");
        presence.sweep();
        presence.sweep();
        let Ok(Move::Left(left)) = moves.try_recv() else { panic!("nobody left") };
        assert_eq!((left.session.as_deref(), left.since.as_second()), (Some("ses_00000001"), 1_795_000_000));
        assert!(moves.try_recv().is_err(), "left once");
    }

    #[test]
    fn a_person_is_where_they_did_something_last() {
        // REQ-START-11
        let clock = Arc::new(Still::default());
        let presence = Presence::new(clock.clone(), LEAVES_AFTER);
        presence.seen(&anna(), Some("ses_00000001"));
        after(&clock, 1);
        presence.seen(&anna(), Some("ses_00000002"));
        after(&clock, 1);
        presence.seen(&Person { id: "web:ben".to_owned(), name: "ben".to_owned() }, None);
        assert_eq!(presence.of("web:anna").unwrap().session.as_deref(), Some("ses_00000002"));
        assert_eq!(presence.here().len(), 3);
        assert_eq!(presence.on("ses_00000001").len(), 1);
    }

    #[test]
    fn it_stays_small() {
        let clock = Arc::new(Still::default());
        let presence = Presence::new(clock.clone(), LEAVES_AFTER);
        for n in 0..=KEPT {
            after(&clock, i64::from(n == 1));
            presence.seen(&anna(), Some(&format!("ses_{n:08}")));
        }
        assert_eq!(presence.here().len(), KEPT);
        assert!(presence.on("ses_00000000").is_empty(), "the quietest was forgotten");
    }
}
