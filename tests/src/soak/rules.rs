//! How long, how many, and how much goes wrong.

use crate::slack::Pace;
use std::ops::Range;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Rules {
    pub sessions: usize,
    pub channels: usize,
    /// Nobody begins anything new after this.
    pub lasts: Duration,
    /// With SIGKILL, at moments that the seed draws.
    pub kills: usize,
    /// Sockets that Slack asks to be replaced, and as often ones that it cuts without a word.
    pub refreshes: usize,
    /// The share of calls that meets a fault, and of deliveries that meets a mishap.
    pub faults: f64,
    /// How long people think before they write again.
    pub thinks: Range<Duration>,
    /// How long people wait for what must come. Far above what it takes: Slack itself comes again after five minutes.
    pub patience: Duration,
    pub pace: Pace,
    pub seed: u64,
}

impl Rules {
    /// The whole soak.
    pub fn long(minutes: u64, sessions: usize, seed: u64) -> Self {
        Self {
            sessions,
            channels: sessions.div_ceil(10),
            lasts: Duration::from_secs(60 * minutes),
            kills: 10,
            refreshes: 10,
            faults: 0.05,
            thinks: Duration::from_secs(45)..Duration::from_secs(180),
            patience: Duration::from_secs(420),
            pace: Pace::real(),
            seed,
        }
    }

    /// The same within a minute, for every run of the tests. Slack delivers again sooner.
    pub fn short(seed: u64) -> Self {
        Self {
            channels: 3,
            lasts: Duration::from_secs(25),
            kills: 2,
            refreshes: 1,
            thinks: Duration::from_secs(1)..Duration::from_secs(3),
            patience: Duration::from_secs(90),
            pace: patient(),
            ..Self::long(1, 6, seed)
        }
    }
}

/// Delivered for the last time after the gateway gave up a call that nobody answered (10 s) twice, as Slack's own five minutes are.
fn patient() -> Pace {
    let event_retries = [0, 500, 30_000].map(Duration::from_millis).into();
    Pace { event_retries, ..Pace::quick_retries() }
}
