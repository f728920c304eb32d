//! Rate limits, kept before Slack has to name them: a bucket for each channel and for each method, in which what is
//! urgent may take the reserve.
//!
//! Slack takes about one message a second in a channel, with short bursts. Ordinary messages keep to one a second
//! and leave the burst to asks, so an ask never waits behind text that streams (REQ-SLACK-04, REQ-ASK-01).
//!
//! Whoever waits has a place in a queue: what is as urgent goes out in the order in which it came, so that with many
//! threads none of them waits for ever while others are lucky.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
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
    /// Streams: their beginnings, what is added, and their ends.
    Start,
    Append,
    Stop,
}

/// A bucket's size and how many calls it gains a second.
struct Size {
    holds: f64,
    per_second: f64,
}

/// Slack's tiers: 50 a minute for updates and for reading, 20 for the two ends of a stream, 100 for what is added to it;
/// posts have a limit for each channel besides. A bucket and what it gains in a minute stay below its tier.
const fn of_workspace(road: Road) -> Size {
    match road {
        Road::Post => Size { holds: 30.0, per_second: 4.0 },
        Road::Update | Road::Read => Size { holds: 20.0, per_second: 50.0 / 60.0 },
        // Fewer begin than may end, so that no stream waits for its end.
        Road::Start => Size { holds: 4.0, per_second: 12.0 / 60.0 },
        Road::Stop => Size { holds: 5.0, per_second: 15.0 / 60.0 },
        Road::Append => Size { holds: 20.0, per_second: 80.0 / 60.0 },
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

/// Those who wait look again after so long at the latest: somebody before them may have gone away.
const LOOK: Duration = Duration::from_millis(250);

/// All buckets, filled as time passes, and who waits for them.
#[derive(Default)]
pub(super) struct Pace(Mutex<Lanes>);

#[derive(Default)]
struct Lanes {
    buckets: HashMap<(Road, String), Bucket>,
    /// The channels of those who wait, the next first.
    queues: HashMap<Road, BTreeMap<Turn, String>>,
    came: u64,
}

/// The most urgent first, then who came first.
type Turn = (Rank, u64);

/// A place in the queue, until it is dropped.
struct Place<'a> {
    pace: &'a Pace,
    road: Road,
    turn: Turn,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.pace.locked().queues.get_mut(&self.road) {
            queue.remove(&self.turn);
        }
    }
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
        let place = self.queue_up(road, channel, rank);
        loop {
            let wait = self.locked().take(road, channel, place.turn, Instant::now());
            if wait.is_zero() {
                return;
            }
            tokio::time::sleep(wait.min(LOOK)).await;
        }
    }

    /// Takes a call of the workspace's that nobody has to wait for. False: there is none left.
    pub(super) fn pass_now(&self, road: Road) -> bool {
        self.locked().take(road, "", (Rank::Ask, 0), Instant::now()).is_zero()
    }

    /// Slack wants nothing of this kind for a while.
    pub(super) fn hold(&self, road: Road, channel: &str, after: Duration) {
        let now = Instant::now();
        // A limit on posts is the channel's; others are the workspace's.
        let key = if road == Road::Post { channel } else { "" };
        let mut lanes = self.locked();
        let size = if key.is_empty() { of_workspace(road) } else { OF_CHANNEL };
        let bucket = lanes.bucket(road, key, &size, now);
        bucket.held = bucket.held.max(now + after);
    }

    fn queue_up(&self, road: Road, channel: &str, rank: Rank) -> Place<'_> {
        let mut lanes = self.locked();
        lanes.came += 1;
        let turn = (rank, lanes.came);
        lanes.queues.entry(road).or_default().insert(turn, channel.to_owned());
        Place { pace: self, road, turn }
    }

    fn locked(&self) -> MutexGuard<'_, Lanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lanes {
    /// Takes one call, or says how long to wait for it.
    fn take(&mut self, road: Road, channel: &str, turn: Turn, now: Instant) -> Duration {
        let (here, elsewhere) = self.ahead(road, channel, turn, now);
        let (rank, workspace) = (turn.0, of_workspace(road));
        let by_channel = matches!(road, Road::Post | Road::Update);
        let keep = kept_in_workspace(rank, &workspace) + f64::from(here.min(1) + elsewhere);
        let mut wanted = vec![("", keep, workspace)];
        if by_channel {
            wanted.push((channel, kept_in_channel(rank) + f64::from(here), OF_CHANNEL));
        }
        let mut wait = Duration::ZERO;
        for (key, keep, size) in &wanted {
            wait = wait.max(self.bucket(road, key, size, now).wait(*keep, size, now));
        }
        if wait.is_zero() {
            for (key, _, size) in &wanted {
                self.bucket(road, key, size, now).left -= 1.0;
            }
        }
        wait
    }

    /// How many come before: in the same channel, and in how many others that could take a call now.
    fn ahead(&mut self, road: Road, channel: &str, turn: Turn, now: Instant) -> (u32, u32) {
        let queue = self.queues.get(&road).into_iter();
        let before = queue.flat_map(|queue| queue.range((Bound::Unbounded, Bound::Excluded(turn))));
        let before: Vec<_> = before.map(|((rank, _), channel)| (*rank, channel.clone())).collect();
        let (mut here, mut elsewhere) = (0, HashSet::new());
        for (rank, other) in before {
            if other == channel {
                here += 1;
            } else if !elsewhere.contains(&other) && self.takes_now(road, &other, rank, now) {
                elsewhere.insert(other);
            }
        }
        (here, u32::try_from(elsewhere.len()).unwrap_or(u32::MAX))
    }

    fn takes_now(&mut self, road: Road, channel: &str, rank: Rank, now: Instant) -> bool {
        let bucket = self.bucket(road, channel, &OF_CHANNEL, now);
        bucket.wait(kept_in_channel(rank), &OF_CHANNEL, now).is_zero()
    }

    fn bucket(&mut self, road: Road, key: &str, size: &Size, now: Instant) -> &mut Bucket {
        self.buckets.entry((road, key.to_owned())).or_insert_with(|| Bucket::full(size, now))
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
    async fn what_is_as_urgent_goes_out_in_the_order_in_which_it_came() {
        // REQ-SLACK-04: nobody waits for ever while others are lucky
        let (pace, went) = (Pace::default(), Mutex::new(vec![]));
        let all = (0..90_u32).map(|n| {
            let (pace, went) = (&pace, &went);
            async move {
                pace.pass(Road::Update, &format!("C{}", n % 30), Rank::News).await;
                went.lock().unwrap().push(n);
            }
        });
        futures_util::future::join_all(all).await;
        let went = went.into_inner().unwrap();
        let late = |(at, n): (usize, &u32)| at.abs_diff(*n as usize);
        let latest = went.iter().enumerate().map(late).max();
        assert!(latest <= Some(2), "{went:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_channel_holds_nobody_up_elsewhere() {
        // REQ-SLACK-04
        let pace = Pace::default();
        let busy = futures_util::future::join_all((0..40).map(|_| pace.pass(Road::Post, "C1", Rank::News)));
        let waited = tokio::select! {
            biased;
            _ = busy => panic!("forty messages in one channel take forty seconds"),
            waited = passed(&pace, Road::Post, "C2", Rank::News) => waited,
        };
        assert!(waited < Duration::from_millis(600), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn few_streams_begin_and_nobody_waits_for_more() {
        // REQ-SLACK-04: twenty a minute may begin and end
        let pace = Pace::default();
        let mut begun = 0;
        for _ in 0..60 {
            begun += u32::from(pace.pass_now(Road::Start));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!((10..=20).contains(&begun), "{begun} in a minute");
        pace.hold(Road::Start, "C1", Duration::from_secs(30));
        assert!(!pace.pass_now(Road::Start));
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
