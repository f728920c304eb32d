//! Brings the audit log's signed checkpoints where the gateway can't take them back: as commits to a git repository elsewhere, as
//! objects into a bucket that locks them (`anchor_bucket`), and to witnesses that countersign them (`ask_witness`).
//!
//! What was anchored once can be held against the log by anyone (docs/audit.md). A task does it, at most once in [`EVERY`]; what
//! goes wrong is logged and counted and holds nobody up. It never pushes over what is there: where the repository has a
//! checkpoint that the log does not fit, that is the alarm which all of this is for.

mod anchor_bucket;
mod anchor_git;
mod anchor_news;
mod anchor_round;
mod ask_witness;
mod bucket_heads;
#[cfg(test)]
mod bucket_tests;
mod log_doubt;
mod metrics;
#[cfg(test)]
mod tests;
mod witness_http;
mod witnessed_heads;
#[cfg(test)]
mod witnessed_tests;

pub use anchor_bucket::BucketAnchor;
pub use anchor_round::{OutsideHead, newest_outside};
pub use ask_witness::{AskWitness, WitnessConfig};
pub use bucket_heads::{BucketHead, BucketHeads, BucketLook, LookFault};
pub use log_doubt::LogDoubt;
pub use metrics::{AnchorMetrics, WitnessedMetrics};
pub use witnessed_heads::{WitnessedHead, witnessed_heads};

use crate::clock::Clock;
use crate::store::Store;
use anchor_git::HeadRepository;
use anchor_news::AnchorNews;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// What somebody with the gateway's own key could rewrite unseen is at most as old as this.
pub const EVERY: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct Config {
    /// The repository's address, or its path.
    pub remote: String,
    /// Settings for the `git` program, such as who signs in how.
    pub git_settings: Option<PathBuf>,
    pub every: Duration,
}

/// The task's own.
pub struct Anchor {
    store: Store,
    repository: HeadRepository,
    every: Duration,
    clock: Arc<dyn Clock>,
    news: AnchorNews,
    /// What the repository is known to have.
    outside: Option<String>,
}

impl Anchor {
    pub fn new(
        config: Config,
        store: Store,
        clock: Arc<dyn Clock>,
        metrics: &AnchorMetrics,
        doubt: LogDoubt,
    ) -> Self {
        let Config { remote, git_settings, every } = config;
        let news = AnchorNews::new(remote.clone(), metrics.of("git"), doubt);
        let repository = HeadRepository::new(&store.directory(), remote, git_settings);
        Self { store, repository, every, clock, news, outside: None }
    }

    /// Until the gateway stops.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // A push that is under way when the gateway stops is broken off; the next start finds out what came of it.
            tokio::select! {
                () = stop.cancelled() => return,
                anchored = self.round() => self.news.tell(&anchored),
            }
        }
    }
}
