//! How fast we ask. Limits are respected before they are hit: what would go over one is refused here, with the time from
//! which it is worth asking again.

use crate::wire::Answer;
use jiff::{SignedDuration, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// GitHub allows 900 points a minute, 100 requests at once and 500 writes an hour. Some room is left.
const POINTS_A_MINUTE: u32 = 800;
const AT_ONCE: usize = 20;
const WRITES_AN_HOUR: usize = 450;
/// Of the hour's requests so many are left to orders: looks don't use them up.
const RESERVE: i64 = 200;
/// Where a secondary limit is hit and no time is named.
const LONG_ENOUGH: SignedDuration = SignedDuration::from_mins(1);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Who asks: each has limits of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    App,
    Installation(u64),
    Person,
}

/// Limits of REST and GraphQL are counted apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lane {
    pub(crate) holder: Holder,
    pub(crate) graphql: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    /// Others see it.
    Write,
    /// It makes or ends a token: nobody sees that, and it isn't done twice.
    Token,
}

pub(crate) struct Pace {
    lanes: Mutex<HashMap<Lane, Standing>>,
    at_once: Semaphore,
    /// Writes come one after the other.
    writing: Semaphore,
    last_write: Mutex<Option<Instant>>,
    pause: Duration,
}

#[derive(Default)]
struct Standing {
    blocked: Option<Timestamp>,
    remaining: Option<(i64, Timestamp)>,
    points: VecDeque<(Timestamp, u32)>,
    writes: VecDeque<Timestamp>,
}

impl Pace {
    pub(crate) fn new(pause: Duration) -> Self {
        Self {
            lanes: Mutex::default(),
            at_once: Semaphore::new(AT_ONCE),
            writing: Semaphore::new(1),
            last_write: Mutex::default(),
            pause,
        }
    }

    /// `Err`: not before that time.
    pub(crate) fn admit(&self, lane: &Lane, kind: Kind, now: Timestamp) -> Result<(), Timestamp> {
        self.lanes().entry(lane.clone()).or_default().admit(kind, now)
    }

    /// Whether there are requests to spare for a look.
    pub(crate) fn spare(&self, lane: &Lane, now: Timestamp) -> Result<(), Timestamp> {
        let lanes = self.lanes();
        let left = lanes.get(lane).and_then(|standing| standing.remaining);
        match left {
            Some((left, resets)) if left < RESERVE && resets > now => Err(resets),
            _ => Ok(()),
        }
    }

    /// What an answer says of the limits.
    pub(crate) fn note(&self, lane: &Lane, answer: &Answer) {
        let (left, resets) = (answer.number("x-ratelimit-remaining"), answer.number("x-ratelimit-reset"));
        let resets = resets.and_then(|second| Timestamp::from_second(second).ok());
        let Some((left, resets)) = left.zip(resets) else { return };
        let mut lanes = self.lanes();
        let standing = lanes.entry(lane.clone()).or_default();
        standing.remaining = Some((left, resets));
        if left == 0 {
            standing.blocked = Some(resets);
        }
    }

    pub(crate) fn block(&self, lane: &Lane, until: Timestamp) {
        let mut lanes = self.lanes();
        let standing = lanes.entry(lane.clone()).or_default();
        standing.blocked = standing.blocked.max(Some(until));
    }

    /// Only so many read at once; the others queue for a moment.
    pub(crate) async fn seat(&self) -> Option<SemaphorePermit<'_>> {
        self.at_once.acquire().await.ok()
    }

    /// The turn to write. The next one begins a pause after this one ends.
    pub(crate) async fn write_turn(&self) -> Option<WriteTurn<'_>> {
        let turn = self.writing.acquire().await.ok()?;
        let last = *self.last_write.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last {
            tokio::time::sleep_until(last + self.pause).await;
        }
        Some(WriteTurn { pace: self, _turn: turn })
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, Standing>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct WriteTurn<'a> {
    pace: &'a Pace,
    _turn: SemaphorePermit<'a>,
}

impl Drop for WriteTurn<'_> {
    fn drop(&mut self) {
        *self.pace.last_write.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }
}

impl Standing {
    fn admit(&mut self, kind: Kind, now: Timestamp) -> Result<(), Timestamp> {
        self.blocked = self.blocked.filter(|until| *until > now);
        if let Some(until) = self.blocked {
            return Err(until);
        }
        self.forget(now);
        let cost = if kind == Kind::Read { 1 } else { 5 };
        let spent: u32 = self.points.iter().map(|(_, points)| points).sum();
        if spent + cost > POINTS_A_MINUTE {
            return Err(later(self.points.front().map_or(now, |(at, _)| *at), MINUTE));
        }
        if kind == Kind::Write && self.writes.len() >= WRITES_AN_HOUR {
            return Err(later(self.writes.front().copied().unwrap_or(now), HOUR));
        }
        self.points.push_back((now, cost));
        if kind == Kind::Write {
            self.writes.push_back(now);
        }
        Ok(())
    }

    /// A clock that was put back forgets nothing too early: only what is that old goes.
    fn forget(&mut self, now: Timestamp) {
        while self.points.front().is_some_and(|(at, _)| now.duration_since(*at) >= MINUTE) {
            self.points.pop_front();
        }
        while self.writes.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
            self.writes.pop_front();
        }
    }
}

/// If the answer says that a limit is hit: until when.
pub(crate) fn limited_until(answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    if !matches!(answer.status, 403 | 429) {
        return None;
    }
    if let Some(seconds) = answer.number("retry-after") {
        return Some(later(now, SignedDuration::from_secs(seconds.clamp(1, 86_400))));
    }
    if answer.number("x-ratelimit-remaining") == Some(0) {
        let resets =
            answer.number("x-ratelimit-reset").and_then(|second| Timestamp::from_second(second).ok());
        return Some(resets.filter(|at| *at > now).unwrap_or(later(now, LONG_ENOUGH)));
    }
    let secondary = answer.status == 429 || answer.message().to_lowercase().contains("rate limit");
    secondary.then(|| later(now, LONG_ENOUGH))
}

pub(crate) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderMap;

    const LANE: Lane = Lane { holder: Holder::Installation(1), graphql: false };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let pairs = headers.iter().map(|(name, value)| ((*name).try_into().unwrap(), value.parse().unwrap()));
        Answer { status, headers: pairs.collect::<HeaderMap>(), body: body.to_owned().into() }
    }

    #[test]
    fn points_and_writes_are_held_back_before_github_refuses() {
        // REQ-DELIVER-17
        let pace = Pace::new(Duration::ZERO);
        for _ in 0..POINTS_A_MINUTE {
            pace.admit(&LANE, Kind::Read, at(0)).unwrap();
        }
        assert_eq!(pace.admit(&LANE, Kind::Read, at(59)), Err(at(60)));
        pace.admit(&LANE, Kind::Read, at(60)).unwrap();
        let other = Lane { holder: Holder::Installation(2), ..LANE };
        for write in 0..WRITES_AN_HOUR {
            pace.admit(&other, Kind::Write, at(i64::try_from(write).unwrap())).unwrap();
        }
        assert_eq!(pace.admit(&other, Kind::Write, at(3_000)), Err(at(3_600)));
        pace.admit(&other, Kind::Read, at(3_000)).unwrap();
        pace.admit(&other, Kind::Write, at(3_600)).unwrap();
    }

    #[test]
    fn what_an_answer_says_of_limits_counts() {
        // REQ-DELIVER-17
        let pace = Pace::new(Duration::ZERO);
        let reset = at(900).as_second().to_string();
        let near = [("x-ratelimit-remaining", "100"), ("x-ratelimit-reset", reset.as_str())];
        pace.note(&LANE, &answer(200, &near, ""));
        assert_eq!(pace.spare(&LANE, at(0)), Err(at(900)));
        pace.admit(&LANE, Kind::Write, at(0)).unwrap();
        assert_eq!(pace.spare(&LANE, at(900)), Ok(()));
        let none = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        pace.note(&LANE, &answer(200, &none, ""));
        assert_eq!(pace.admit(&LANE, Kind::Write, at(1)), Err(at(900)));
        pace.admit(&LANE, Kind::Write, at(900)).unwrap();
    }

    #[test]
    fn each_way_to_say_wait_is_understood() {
        // REQ-DELIVER-17
        let reset = at(900).as_second().to_string();
        let spent = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset.as_str())];
        let words = r#"{"message":"You have exceeded a secondary rate limit."}"#;
        let table = [
            (answer(403, &[("retry-after", "7")], ""), Some(at(7))),
            (answer(429, &[("retry-after", "999999999")], ""), Some(at(86_400))),
            (answer(403, &spent, ""), Some(at(900))),
            (answer(429, &[], ""), Some(at(60))),
            (answer(403, &[], words), Some(at(60))),
            (
                answer(403, &[("x-ratelimit-remaining", "9")], r#"{"message":"Resource not accessible"}"#),
                None,
            ),
            (answer(200, &spent, ""), None),
        ];
        for (answer, until) in table {
            assert_eq!(limited_until(&answer, at(0)), until, "{}", answer.status);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn writes_are_a_pause_apart() {
        // REQ-DELIVER-17
        let pace = Pace::new(Duration::from_secs(1));
        let began = Instant::now();
        for _ in 0..3 {
            drop(pace.write_turn().await.unwrap());
        }
        assert_eq!(began.elapsed(), Duration::from_secs(2));
    }
}
