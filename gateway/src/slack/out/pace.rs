//! Rate limits, kept before Slack has to name them: a bucket for each channel and for each method, in which what is
//! urgent may take the reserve.
//!
//! Slack takes about one message a second in a channel, with short bursts. Ordinary messages keep to one a second
//! and leave the burst to asks, so an ask never waits behind text that streams (REQ-SLACK-04, REQ-ASK-01).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How urgent a call is. The first is the most urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Rank {
    /// An ask, and what must stand before it in its thread.
    Ask,
    /// What people read: new messages, what became of an ask.
    News,
    /// Cards, tools' lines.
    Card,
    /// Text that is still being written, and signs of life.
    Live,
}

/// Where a call goes, as far as limits are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Road {
    Post,
    Update,
    Read,
}

/// A bucket's size and how many calls it gains a second.
struct Size {
    holds: f64,
    per_second: f64,
}

/// Slack's tiers: 50 a minute for updates and for reading; posts have a limit for each channel besides.
const fn of_workspace(road: Road) -> Size {
    match road {
        Road::Post => Size { holds: 30.0, per_second: 4.0 },
        Road::Update | Road::Read => Size { holds: 20.0, per_second: 50.0 / 60.0 },
    }
}

/// One a second, and a burst that only asks use up.
const OF_CHANNEL: Size = Size { holds: 3.0, per_second: 1.0 };

/// What must be left in a channel's bucket.
fn kept_in_channel(rank: Rank) -> f64 {
    match rank {
        Rank::Ask => 0.0,
        Rank::News | Rank::Card | Rank::Live => OF_CHANNEL.holds - 1.0,
    }
}

/// What share of the workspace's bucket must be left for those that are more urgent.
fn kept_in_workspace(rank: Rank, size: &Size) -> f64 {
    let share = match rank {
        Rank::Ask => 0.0,
        Rank::News => 0.2,
        Rank::Card => 0.4,
        Rank::Live => 0.6,
    };
    (size.holds - 1.0).min(size.holds * share)
}

/// All buckets, filled as time passes.
#[derive(Default)]
pub(super) struct Pace {
    buckets: Mutex<HashMap<(Road, String), Bucket>>,
}

struct Bucket {
    left: f64,
    filled: Instant,
    /// Slack said to come again later.
    held: Instant,
}

impl Pace {
    /// Returns when the call may go out. Dropped before that, nothing was taken.
    pub(super) async fn pass(&self, road: Road, channel: &str, rank: Rank) {
        loop {
            let wait = self.take(road, channel, rank, Instant::now());
            if wait.is_zero() {
                return;
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Slack wants nothing of this kind for a while.
    pub(super) fn hold(&self, road: Road, channel: &str, after: Duration) {
        let now = Instant::now();
        // A limit on posts is the channel's; others are the workspace's.
        let key = if road == Road::Post { channel } else { "" };
        let mut buckets = self.locked();
        let bucket = buckets.entry((road, key.to_owned())).or_insert_with(|| Bucket::full(&OF_CHANNEL, now));
        bucket.held = bucket.held.max(now + after);
    }

    /// Takes one call, or says how long to wait for it.
    fn take(&self, road: Road, channel: &str, rank: Rank, now: Instant) -> Duration {
        let workspace = of_workspace(road);
        let by_channel = matches!(road, Road::Post | Road::Update);
        let mut wanted = vec![(String::new(), kept_in_workspace(rank, &workspace), workspace)];
        if by_channel {
            wanted.push((channel.to_owned(), kept_in_channel(rank), OF_CHANNEL));
        }
        let mut buckets = self.locked();
        let mut wait = Duration::ZERO;
        for (key, keep, size) in &wanted {
            let bucket = buckets.entry((road, key.clone())).or_insert_with(|| Bucket::full(size, now));
            wait = wait.max(bucket.wait(*keep, size, now));
        }
        if wait.is_zero() {
            for (key, ..) in wanted {
                if let Some(bucket) = buckets.get_mut(&(road, key)) {
                    bucket.left -= 1.0;
                }
            }
        }
        wait
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<(Road, String), Bucket>> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn full(size: &Size, now: Instant) -> Self {
        Self { left: size.holds, filled: now, held: now }
    }

    /// How long until one call can be taken and that much is left.
    fn wait(&mut self, keep: f64, size: &Size, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.left = (self.left + passed * size.per_second).min(size.holds);
        self.filled = now;
        let missing = keep + 1.0 - self.left;
        // A little more than computed, so that rounding does not make it try again at once.
        let filling = match missing > 1e-9 {
            true => Duration::from_secs_f64(missing / size.per_second) + Duration::from_millis(1),
            false => Duration::ZERO,
        };
        filling.max(self.held.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn passed(pace: &Pace, road: Road, channel: &str, rank: Rank) -> Duration {
        let before = Instant::now();
        pace.pass(road, channel, rank).await;
        before.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_channel_gets_one_message_a_second() {
        // REQ-SLACK-04
        let pace = Pace::default();
        assert_eq!(passed(&pace, Road::Post, "C1", Rank::News).await, Duration::ZERO);
        for _ in 0..5 {
            let waited = passed(&pace, Road::Post, "C1", Rank::News).await;
            assert!(waited >= Duration::from_millis(999), "{waited:?}");
        }
        assert_eq!(passed(&pace, Road::Post, "C2", Rank::News).await, Duration::ZERO, "another channel");
    }

    #[tokio::test(start_paused = true)]
    async fn an_ask_does_not_wait_behind_other_messages() {
        // REQ-ASK-01, REQ-SLACK-04
        let pace = Pace::default();
        for _ in 0..4 {
            pace.pass(Road::Post, "C1", Rank::News).await;
            pace.pass(Road::Update, "C1", Rank::Live).await;
        }
        assert_eq!(passed(&pace, Road::Post, "C1", Rank::Ask).await, Duration::ZERO);
        assert_eq!(passed(&pace, Road::Update, "C1", Rank::Ask).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn text_that_streams_in_many_channels_leaves_updates_for_asks() {
        // REQ-SLACK-04
        let pace = Pace::default();
        let begun = Instant::now();
        for n in 0..60 {
            pace.pass(Road::Update, &format!("C{n}"), Rank::Live).await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(50), "50 a minute: {:?}", begun.elapsed());
        assert_eq!(passed(&pace, Road::Update, "C99", Rank::Ask).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_slack_holds_is_held() {
        // REQ-SLACK-03
        let pace = Pace::default();
        pace.hold(Road::Post, "C1", Duration::from_secs(7));
        assert_eq!(passed(&pace, Road::Post, "C2", Rank::Ask).await, Duration::ZERO);
        assert!(passed(&pace, Road::Post, "C1", Rank::Ask).await >= Duration::from_secs(7));
        pace.hold(Road::Update, "C1", Duration::from_secs(3));
        assert!(passed(&pace, Road::Update, "C2", Rank::Ask).await >= Duration::from_secs(3));
    }
}
