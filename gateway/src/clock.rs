//! The only source of the current time, so that tests can hold it still.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Time that has passed since some moment, by a clock that nobody sets: where the two differ, the other was set. One
    /// that is held in hand is never set.
    fn steady(&self) -> SignedDuration {
        self.now().duration_since(Timestamp::UNIX_EPOCH)
    }
}

/// The machine's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock that everything else is given")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn steady(&self) -> SignedDuration {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        let passed = BEGUN.get_or_init(Instant::now).elapsed();
        SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX)
    }
}

pub fn system() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
