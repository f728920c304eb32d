//! Slack's time in the simulator: the machine's, plus what a test skipped. Every limit and timer reads it, so that
//! half an hour passes in a moment.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;

pub(super) struct SlackClock {
    began: tokio::time::Instant,
    epoch: Duration,
    skipped: Mutex<Duration>,
    changed: watch::Sender<()>,
}

impl SlackClock {
    pub(super) fn new() -> Self {
        Self {
            began: tokio::time::Instant::now(),
            epoch: machine_time(),
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

#[allow(clippy::disallowed_methods, reason = "Slack is outside: nobody gives it a clock")]
fn machine_time() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
