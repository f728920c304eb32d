//! Rate limits, kept before Slack has to name them: a bucket for each channel and for each method, in which what is
//! urgent may take the reserve.
//!
//! Slack takes about one message a second in a channel, with short bursts. Ordinary messages keep to one a second
//! and leave the burst to asks, so an ask never waits behind text that streams (REQ-SLACK-04, REQ-ASK-01).
//!
//! Whoever waits stands in a queue: what is as urgent goes out in the order in which it came, so that with many
//! threads none of them waits for ever while others are lucky.

use super::urgency::Urgency;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Where a call goes, as far as limits are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ApiCall {
    Post,
    Update,
    Read,
    /// Streams: their beginnings, what is added, and their ends.
    Start,
    Append,
    Stop,
}

/// A bucket's size and how many calls it gains a second.
struct BucketSize {
    holds: f64,
    per_second: f64,
}

/// Slack's tiers: 50 a minute for updates and for reading, 20 for the two ends of a stream, 100 for what is added to it;
/// posts have a limit for each channel besides. A bucket and what it gains in a minute stay below its tier.
const fn of_workspace(call: ApiCall) -> BucketSize {
    match call {
        ApiCall::Post => BucketSize { holds: 30.0, per_second: 4.0 },
        ApiCall::Update | ApiCall::Read => BucketSize { holds: 20.0, per_second: 50.0 / 60.0 },
        // Fewer begin than may end, so that no stream waits for its end.
        ApiCall::Start => BucketSize { holds: 4.0, per_second: 12.0 / 60.0 },
        ApiCall::Stop => BucketSize { holds: 5.0, per_second: 15.0 / 60.0 },
        ApiCall::Append => BucketSize { holds: 20.0, per_second: 80.0 / 60.0 },
    }
}

/// One a second, and a burst that only asks use up.
const OF_CHANNEL: BucketSize = BucketSize { holds: 3.0, per_second: 1.0 };

/// What must be left in a channel's bucket.
fn kept_in_channel(urgency: Urgency) -> f64 {
    match urgency {
        Urgency::Ask => 0.0,
        Urgency::News | Urgency::Card | Urgency::Live => OF_CHANNEL.holds - 1.0,
    }
}

/// What share of the workspace's bucket must be left for those that are more urgent.
fn kept_in_workspace(urgency: Urgency, size: &BucketSize) -> f64 {
    let share = match urgency {
        Urgency::Ask => 0.0,
        Urgency::News => 0.2,
        Urgency::Card => 0.4,
        Urgency::Live => 0.6,
    };
    (size.holds - 1.0).min(size.holds * share)
}

/// Those who wait look again after so long at the latest: somebody before them may have gone away.
const POLL_INTERVAL: Duration = Duration::from_millis(250);

/// All buckets, filled as time passes, and who waits for them.
#[derive(Default)]
pub(super) struct RateLimit(Mutex<RateState>);

#[derive(Default)]
struct RateState {
    buckets: HashMap<(ApiCall, String), Bucket>,
    /// The channels of those who wait, the next first.
    queues: HashMap<ApiCall, BTreeMap<Turn, String>>,
    came: u64,
}

/// The most urgent first, then who came first.
type Turn = (Urgency, u64);

/// Stands in the queue until it is dropped.
struct Waiter<'a> {
    rate_limit: &'a RateLimit,
    call: ApiCall,
    turn: Turn,
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.rate_limit.locked().queues.get_mut(&self.call) {
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

impl RateLimit {
    /// Returns when the call may go out. Dropped before that, nothing was taken.
    pub(super) async fn pass(&self, call: ApiCall, channel: &str, urgency: Urgency) {
        let waiter = self.queue_up(call, channel, urgency);
        loop {
            let wait = self.locked().take(call, channel, waiter.turn, Instant::now());
            if wait.is_zero() {
                return;
            }
            tokio::time::sleep(wait.min(POLL_INTERVAL)).await;
        }
    }

    /// Takes a call of the workspace's that nobody has to wait for. False: there is none left.
    pub(super) fn pass_now(&self, call: ApiCall) -> bool {
        self.locked().take(call, "", (Urgency::Ask, 0), Instant::now()).is_zero()
    }

    /// Slack wants nothing of this kind for a while.
    pub(super) fn hold(&self, call: ApiCall, channel: &str, after: Duration) {
        let now = Instant::now();
        // A limit on posts is the channel's; others are the workspace's.
        let key = if call == ApiCall::Post { channel } else { "" };
        let mut lanes = self.locked();
        let size = if key.is_empty() { of_workspace(call) } else { OF_CHANNEL };
        let bucket = lanes.bucket(call, key, &size, now);
        bucket.held = bucket.held.max(now + after);
    }

    fn queue_up(&self, call: ApiCall, channel: &str, urgency: Urgency) -> Waiter<'_> {
        let mut lanes = self.locked();
        lanes.came += 1;
        let turn = (urgency, lanes.came);
        lanes.queues.entry(call).or_default().insert(turn, channel.to_owned());
        Waiter { rate_limit: self, call, turn }
    }

    fn locked(&self) -> MutexGuard<'_, RateState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RateState {
    /// Takes one call, or says how long to wait for it.
    fn take(&mut self, call: ApiCall, channel: &str, turn: Turn, now: Instant) -> Duration {
        let (here, elsewhere) = self.ahead(call, channel, turn, now);
        let (urgency, workspace) = (turn.0, of_workspace(call));
        let by_channel = matches!(call, ApiCall::Post | ApiCall::Update);
        let keep = kept_in_workspace(urgency, &workspace) + f64::from(here.min(1) + elsewhere);
        let mut wanted = vec![("", keep, workspace)];
        if by_channel {
            wanted.push((channel, kept_in_channel(urgency) + f64::from(here), OF_CHANNEL));
        }
        let mut wait = Duration::ZERO;
        for (key, keep, size) in &wanted {
            wait = wait.max(self.bucket(call, key, size, now).wait(*keep, size, now));
        }
        if wait.is_zero() {
            for (key, _, size) in &wanted {
                self.bucket(call, key, size, now).left -= 1.0;
            }
        }
        wait
    }

    /// How many come before: in the same channel, and in how many others that could take a call now.
    fn ahead(&mut self, call: ApiCall, channel: &str, turn: Turn, now: Instant) -> (u32, u32) {
        let queue = self.queues.get(&call).into_iter();
        let before = queue.flat_map(|queue| queue.range((Bound::Unbounded, Bound::Excluded(turn))));
        let before: Vec<_> = before.map(|((urgency, _), channel)| (*urgency, channel.clone())).collect();
        let (mut here, mut elsewhere) = (0, HashSet::new());
        for (urgency, other) in before {
            if other == channel {
                here += 1;
            } else if !elsewhere.contains(&other) && self.takes_now(call, &other, urgency, now) {
                elsewhere.insert(other);
            }
        }
        (here, u32::try_from(elsewhere.len()).unwrap_or(u32::MAX))
    }

    fn takes_now(&mut self, call: ApiCall, channel: &str, urgency: Urgency, now: Instant) -> bool {
        let bucket = self.bucket(call, channel, &OF_CHANNEL, now);
        bucket.wait(kept_in_channel(urgency), &OF_CHANNEL, now).is_zero()
    }

    fn bucket(&mut self, call: ApiCall, key: &str, size: &BucketSize, now: Instant) -> &mut Bucket {
        self.buckets.entry((call, key.to_owned())).or_insert_with(|| Bucket::full(size, now))
    }
}

impl Bucket {
    fn full(size: &BucketSize, now: Instant) -> Self {
        Self { left: size.holds, filled: now, held: now }
    }

    /// How long until one call can be taken and that much is left.
    fn wait(&mut self, keep: f64, size: &BucketSize, now: Instant) -> Duration {
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

    async fn passed(rate_limit: &RateLimit, call: ApiCall, channel: &str, urgency: Urgency) -> Duration {
        let before = Instant::now();
        rate_limit.pass(call, channel, urgency).await;
        before.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_channel_gets_one_message_a_second() {
        // REQ-SLACK-04
        let rate_limit = RateLimit::default();
        assert_eq!(passed(&rate_limit, ApiCall::Post, "C1", Urgency::News).await, Duration::ZERO);
        for _ in 0..5 {
            let waited = passed(&rate_limit, ApiCall::Post, "C1", Urgency::News).await;
            assert!(waited >= Duration::from_millis(999), "{waited:?}");
        }
        assert_eq!(
            passed(&rate_limit, ApiCall::Post, "C2", Urgency::News).await,
            Duration::ZERO,
            "another channel"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_ask_does_not_wait_behind_other_messages() {
        // REQ-ASK-01, REQ-SLACK-04
        let rate_limit = RateLimit::default();
        for _ in 0..4 {
            rate_limit.pass(ApiCall::Post, "C1", Urgency::News).await;
            rate_limit.pass(ApiCall::Update, "C1", Urgency::Live).await;
        }
        assert_eq!(passed(&rate_limit, ApiCall::Post, "C1", Urgency::Ask).await, Duration::ZERO);
        assert_eq!(passed(&rate_limit, ApiCall::Update, "C1", Urgency::Ask).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn text_that_streams_in_many_channels_leaves_updates_for_asks() {
        // REQ-SLACK-04
        let rate_limit = RateLimit::default();
        let begun = Instant::now();
        for n in 0..60 {
            rate_limit.pass(ApiCall::Update, &format!("C{n}"), Urgency::Live).await;
        }
        assert!(begun.elapsed() >= Duration::from_secs(50), "50 a minute: {:?}", begun.elapsed());
        assert_eq!(passed(&rate_limit, ApiCall::Update, "C99", Urgency::Ask).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_as_urgent_goes_out_in_the_order_in_which_it_came() {
        // REQ-SLACK-04: nobody waits for ever while others are lucky
        let (rate_limit, went) = (RateLimit::default(), Mutex::new(vec![]));
        let all = (0..90_u32).map(|n| {
            let (rate_limit, went) = (&rate_limit, &went);
            async move {
                rate_limit.pass(ApiCall::Update, &format!("C{}", n % 30), Urgency::News).await;
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
        let rate_limit = RateLimit::default();
        let busy = futures_util::future::join_all(
            (0..40).map(|_| rate_limit.pass(ApiCall::Post, "C1", Urgency::News)),
        );
        let waited = tokio::select! {
            biased;
            _ = busy => panic!("forty messages in one channel take forty seconds"),
            waited = passed(&rate_limit, ApiCall::Post, "C2", Urgency::News) => waited,
        };
        assert!(waited < Duration::from_millis(600), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn few_streams_begin_and_nobody_waits_for_more() {
        // REQ-SLACK-04: twenty a minute may begin and end
        let rate_limit = RateLimit::default();
        let mut begun = 0;
        for _ in 0..60 {
            begun += u32::from(rate_limit.pass_now(ApiCall::Start));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!((10..=20).contains(&begun), "{begun} in a minute");
        rate_limit.hold(ApiCall::Start, "C1", Duration::from_secs(30));
        assert!(!rate_limit.pass_now(ApiCall::Start));
    }

    #[tokio::test(start_paused = true)]
    async fn what_slack_holds_is_held() {
        // REQ-SLACK-03
        let rate_limit = RateLimit::default();
        rate_limit.hold(ApiCall::Post, "C1", Duration::from_secs(7));
        assert_eq!(passed(&rate_limit, ApiCall::Post, "C2", Urgency::Ask).await, Duration::ZERO);
        assert!(passed(&rate_limit, ApiCall::Post, "C1", Urgency::Ask).await >= Duration::from_secs(7));
        rate_limit.hold(ApiCall::Update, "C1", Duration::from_secs(3));
        assert!(passed(&rate_limit, ApiCall::Update, "C2", Urgency::Ask).await >= Duration::from_secs(3));
    }
}
