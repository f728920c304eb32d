//! Rate limits: a bucket for each method, and one for each channel that is posted to.

use std::collections::HashMap;
use std::time::Duration;

/// A channel takes this many messages at once, then one a second.
const CHANNEL_BURST: f64 = 3.0;

#[derive(Default)]
pub struct Rates {
    buckets: HashMap<String, Bucket>,
}

struct Bucket {
    left: f64,
    filled: Duration,
}

impl Rates {
    /// Takes one call out of every bucket that is meant. `Err` says after how many seconds to come again.
    pub(super) fn take(
        &mut self,
        method: &str,
        per_minute: f64,
        channel: Option<&str>,
        now: Duration,
        rate: f64,
    ) -> Result<(), u64> {
        if rate <= 0.0 {
            return Ok(());
        }
        let mut buckets = vec![(method.to_owned(), per_minute * rate, per_minute * rate / 60.0)];
        if let Some(channel) = channel {
            buckets.push((format!("{method} {channel}"), CHANNEL_BURST * rate.max(1.0), rate));
        }
        let wait = buckets.iter().map(|(key, size, per_second)| self.fill(key, *size, *per_second, now));
        let wait = wait.fold(0.0, f64::max);
        if wait > 0.0 {
            return Err(seconds(wait));
        }
        for (key, ..) in &buckets {
            if let Some(bucket) = self.buckets.get_mut(key) {
                bucket.left -= 1.0;
            }
        }
        Ok(())
    }

    /// Fills a bucket up to now; how long until it holds one call.
    fn fill(&mut self, key: &str, size: f64, per_second: f64, now: Duration) -> f64 {
        let bucket = self.buckets.entry(key.to_owned()).or_insert(Bucket { left: size, filled: now });
        let passed = now.saturating_sub(bucket.filled).as_secs_f64();
        bucket.left = (bucket.left + passed * per_second).min(size);
        bucket.filled = now;
        ((1.0 - bucket.left) / per_second).max(0.0)
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
fn seconds(wait: f64) -> u64 {
    wait.ceil().max(1.0) as u64
}
