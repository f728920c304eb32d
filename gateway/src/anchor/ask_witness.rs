//! Brings the audit log's newest checkpoint to one witness, which countersigns it if it has everything that the last one had
//! (decision 0064).
//!
//! A witness that has seen what this log is not says so without being asked for it: that is the alarm. Its own word is not
//! believed beyond that: a signature counts by the key in the configuration, and what it claims is an alarm and nothing else.

use super::log_doubt::LogDoubt;
use super::metrics::WitnessedMetrics;
use super::witness_http::{WitnessAnswer, WitnessHttp};
use super::witnessed_heads::WitnessedHead;
use crate::store::{Inspection, Store};
use gateway_proof::checkpoint::Checkpoint;
use gateway_proof::cosignature::WitnessKey;
use gateway_proof::witnessing::AddCheckpoint;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Signature lines that are looked at; a witness may have a few keys.
const MOST_LINES: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessConfig {
    /// The address in front of `/add-checkpoint`.
    pub url: String,
    pub key: WitnessKey,
}

#[derive(Debug, thiserror::Error)]
pub(super) enum WitnessFault {
    #[error(
        "The witness {witness} can't countersign the audit log: {reason}. The gateway retries every minute."
    )]
    Failed { witness: String, reason: String },
    #[error(
        "THE AUDIT LOG CONTRADICTS ITS WITNESS {witness}: {reason}. Someone rewrote or cut the log, or an old copy of the state was \
            put back; or the witness is wrong. docs/audit.md says what to do."
    )]
    Conflict { witness: String, reason: String },
}

/// What the witness has countersigned, after a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Witnessed {
    pub(super) entries: u64,
    pub(super) is_new: bool,
}

/// The task's own.
pub struct AskWitness {
    store: Store,
    key: WitnessKey,
    http: WitnessHttp,
    pub(super) metrics: WitnessedMetrics,
    doubt: LogDoubt,
    told: Option<String>,
}

/// What is brought there.
struct Brought {
    checkpoint: Checkpoint,
    /// As it was signed.
    text: String,
}

impl AskWitness {
    pub fn new(
        config: &WitnessConfig,
        store: Store,
        metrics: WitnessedMetrics,
        doubt: LogDoubt,
    ) -> std::io::Result<Self> {
        let http = WitnessHttp::new(&config.url)?;
        Ok(Self { store, key: config.key.clone(), http, metrics, doubt, told: None })
    }

    #[cfg(test)]
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { http: self.http.with_patience(patience), ..self }
    }

    /// Until the gateway stops.
    pub async fn run(mut self, every: Duration, stop: CancellationToken) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            // A call that is under way when the gateway stops is broken off: the witness says later what it made of it.
            tokio::select! {
                () = stop.cancelled() => return,
                witnessed = self.round() => self.tell(&witnessed),
            }
        }
    }

    /// None while the log has no signed checkpoint.
    pub(super) async fn round(&mut self) -> Result<Option<Witnessed>, WitnessFault> {
        let (store, key) = (self.store.clone(), self.key.clone());
        let looked = self.blocking(move || {
            let kept = WitnessedHead::of(&store.directory(), &key).map_err(|error| error.to_string())?;
            Ok((store.committed_head(), kept.and_then(|kept| kept.checked().ok())))
        });
        let (head, newest) = looked.await?;
        let Some(text) = head else { return Ok(None) };
        let checkpoint = text.parse::<Checkpoint>().map_err(|error| self.failed(&error))?;
        // A log with another key is another log.
        let newest = newest.map(|(newest, _)| newest).filter(|newest| newest.origin == checkpoint.origin);
        if newest.as_ref() == Some(&checkpoint) {
            return Ok(Some(Witnessed { entries: checkpoint.size, is_new: false }));
        }
        let brought = Brought { checkpoint, text };
        let old = newest.as_ref().map_or(0, |newest| newest.size);
        if old >= brought.checkpoint.size {
            let reason = format!("it has countersigned another checkpoint, over {old} entries");
            return Err(self.conflict(reason));
        }
        let lines = self.ask(old, &brought).await?;
        let entries = brought.checkpoint.size;
        self.keep(brought, &lines).await?;
        Ok(Some(Witnessed { entries, is_new: true }))
    }

    /// Asks with the size that the witness is believed to have, and then with the one that it names.
    async fn ask(&self, old: u64, brought: &Brought) -> Result<String, WitnessFault> {
        let size = brought.checkpoint.size;
        let seen = match self.call(old, brought).await? {
            WitnessAnswer::Signed(lines) => return Ok(lines),
            WitnessAnswer::NotProven => return Err(self.other_entries(old)),
            WitnessAnswer::OtherSize(seen) if seen > size => return Err(self.larger(seen, size)),
            WitnessAnswer::OtherSize(seen) if seen == old => {
                return Err(self.failed(&"it names the size that it was asked with"));
            }
            WitnessAnswer::OtherSize(seen) => seen,
        };
        if seen < old {
            tracing::error!(
                witness = self.key.name(),
                "The witness has forgotten what it countersigned: it knows {seen} entries, and has signed for {old}. Tell the \
                    people who run it: an old copy of its state was put back."
            );
        }
        match self.call(seen, brought).await? {
            WitnessAnswer::Signed(lines) => Ok(lines),
            WitnessAnswer::NotProven => Err(self.other_entries(seen)),
            WitnessAnswer::OtherSize(now) if now > size => Err(self.larger(now, size)),
            WitnessAnswer::OtherSize(now) if now == size => {
                Err(self.conflict(format!("it has another checkpoint over the same {size} entries")))
            }
            WitnessAnswer::OtherSize(_) => Err(self.failed(&"it names another size each time")),
        }
    }

    async fn call(&self, old: u64, brought: &Brought) -> Result<WitnessAnswer, WitnessFault> {
        let (state, head) = (self.store.directory(), brought.checkpoint.clone());
        let proof = self.blocking(move || {
            let proven = Inspection::of(&state).and_then(|state| state.audit_consistency(old, &head));
            proven.map_err(|error| error.to_string())
        });
        let request = AddCheckpoint { old, proof: proof.await?, checkpoint: brought.text.clone() };
        self.http.add(&request).await.map_err(|reason| self.failed(&reason))
    }

    /// The first line that is the witness's and fits; what else it sent is dropped.
    async fn keep(&self, brought: Brought, lines: &str) -> Result<(), WitnessFault> {
        let mut ours = lines
            .lines()
            .take(MOST_LINES)
            .map(|line| WitnessedHead { key: self.key.clone(), note: format!("{}{line}\n", brought.text) });
        let cosigned = ours.find(|head| head.checked().is_ok());
        let cosigned = cosigned.ok_or_else(|| {
            let reason = format!("what it signed doesn't fit the key {} of the configuration", self.key);
            self.failed(&reason)
        })?;
        let state = self.store.directory();
        self.blocking(move || cosigned.keep(&state).map_err(|error| error.to_string())).await
    }

    fn tell(&mut self, witnessed: &Result<Option<Witnessed>, WitnessFault>) {
        self.saw(witnessed);
        match witnessed {
            Ok(_) => {
                if self.told.take().is_some() {
                    tracing::info!(witness = self.key.name(), "the witness countersigns the audit log again");
                }
            }
            Err(fault) => self.tell_fault(fault),
        }
    }

    /// Once, until it is another one.
    fn tell_fault(&mut self, fault: &WitnessFault) {
        let says = fault.to_string();
        if self.told.as_ref() != Some(&says) {
            match fault {
                WitnessFault::Conflict { .. } => tracing::error!("{says}"),
                WitnessFault::Failed { .. } => tracing::warn!("{says}"),
            }
            self.told = Some(says);
        }
    }

    pub(super) fn saw(&self, witnessed: &Result<Option<Witnessed>, WitnessFault>) {
        self.metrics.saw(self.key.name(), witnessed);
        let place = format!("its witness {}", self.key.name());
        match witnessed {
            Ok(_) => self.doubt.contradicts(&place, false),
            Err(WitnessFault::Conflict { .. }) => self.doubt.contradicts(&place, true),
            // Nothing new is known.
            Err(WitnessFault::Failed { .. }) => {}
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, WitnessFault> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| self.failed(&error))?.map_err(|reason| self.failed(&reason))
    }

    fn failed(&self, reason: &dyn std::fmt::Display) -> WitnessFault {
        WitnessFault::Failed { witness: self.key.name().to_owned(), reason: reason.to_string() }
    }

    fn conflict(&self, reason: String) -> WitnessFault {
        WitnessFault::Conflict { witness: self.key.name().to_owned(), reason }
    }

    fn larger(&self, seen: u64, size: u64) -> WitnessFault {
        self.conflict(format!("it has countersigned {seen} entries, and the log has {size}"))
    }

    fn other_entries(&self, old: u64) -> WitnessFault {
        self.conflict(format!("it has seen other entries among the first {old}"))
    }
}
