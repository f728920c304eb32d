//! The forge's time: the machine's or one that stands still, plus what a test skipped. Every expiry reads it.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

pub(crate) struct ForgeClock {
    began: Timestamp,
    /// None where time stands still until it is skipped.
    running: Option<tokio::time::Instant>,
    skipped: Mutex<SignedDuration>,
}

impl ForgeClock {
    pub(crate) fn new(standing_at: Option<Timestamp>) -> Self {
        Self {
            began: standing_at.unwrap_or_else(machine_time),
            running: standing_at.is_none().then(tokio::time::Instant::now),
            skipped: Mutex::default(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let skipped = *self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        let ran = self.running.map(|since| since.elapsed()).unwrap_or_default();
        let passed = SignedDuration::try_from(ran).unwrap_or_default() + skipped;
        self.began.saturating_add(passed).unwrap_or(self.began)
    }

    pub(crate) fn skip(&self, time: Duration) {
        let time = SignedDuration::try_from(time).unwrap_or_default();
        *self.skipped.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }
}

#[allow(clippy::disallowed_methods, reason = "the forge is outside: nobody gives it a clock")]
fn machine_time() -> Timestamp {
    Timestamp::now()
}

/// As the API writes times: whole seconds.
pub(crate) fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
