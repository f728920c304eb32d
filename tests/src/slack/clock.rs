//! Slack's time in the simulator: the machine's, plus what a test skipped. Every limit and timer reads it, so that
//! half an hour passes in a moment.

use gateway::clock::Clock;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

pub(super) struct SlackClock {
    began: tokio::time::Instant,
    epoch: Duration,
    skipped: Mutex<Duration>,
    changed: watch::Sender<()>,
}

impl SlackClock {
    pub(super) fn new() -> Self {
        let now = gateway::clock::SystemClock.now().as_microsecond();
        Self {
            began: tokio::time::Instant::now(),
            epoch: Duration::from_micros(now.unsigned_abs()),
            skipped: Mutex::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// Time since 1970, as Slack sees it.
    pub(super) fn now(&self) -> Duration {
        let skipped = *self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        self.epoch + self.began.elapsed() + skipped
    }

    /// Lets time pass at once; whatever waits for it wakes up.
    pub(super) fn skip(&self, time: Duration) {
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner) += time;
        self.changed.send_replace(());
    }

    pub(super) async fn sleep(&self, time: Duration) {
        let until = self.now() + time;
        let mut changed = self.changed.subscribe();
        while let Some(left) = until.checked_sub(self.now()).filter(|left| !left.is_zero()) {
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                _ = changed.changed() => {}
            }
        }
    }
}
