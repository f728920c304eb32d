//! Judging from async code: on a thread that may block, a few at once, and never for long.

use crate::Pack;
use gateway_delivery::{Decision, Facts};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The rules gave no full answer. Nothing leaves then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Unjudged {
    /// A sentence.
    pub why: String,
}

impl Unjudged {
    fn because(why: &str) -> Self {
        Self { why: why.to_owned() }
    }
}

/// A pack with its place to work. A copy shares it.
#[derive(Clone, Debug)]
pub struct Judge {
    pack: Arc<Pack>,
    places: Arc<Semaphore>,
    longest: Duration,
}

impl Judge {
    /// At most so many at once. After `longest` it answers `Unjudged`, whatever the engine still does: that looks at the clock
    /// between its steps, and a single step can be long.
    pub fn new(pack: Arc<Pack>, at_once: usize, longest: Duration) -> Self {
        Self { pack, places: Arc::new(Semaphore::new(at_once.max(1))), longest }
    }

    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    pub async fn judge(&self, facts: Facts) -> Result<Decision, Unjudged> {
        tokio::time::timeout(self.longest, self.judged(facts))
            .await
            .unwrap_or_else(|_| Err(Unjudged::because("The rules took too long.")))
    }

    /// The place is given back when the engine ends, not when the one who asked gives up: what hangs can't pile up.
    async fn judged(&self, facts: Facts) -> Result<Decision, Unjudged> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Unjudged::because("The rules are closed."))?;
        let pack = Arc::clone(&self.pack);
        let work = tokio::task::spawn_blocking(move || {
            let _place = place;
            pack.judge(&facts)
        });
        work.await.unwrap_or_else(|_| Err(Unjudged::because("The rule engine crashed.")))
    }
}
