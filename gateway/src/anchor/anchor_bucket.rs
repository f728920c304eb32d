//! Writes the audit log's newest checkpoint into a bucket that keeps what it gets (decision 0065), beside the git repository
//! and the witnesses. One round: is there a new checkpoint, does the log fit the newest one that is there, and then one more object.
//!
//! Nothing there is ever overwritten or deleted. Where the log doesn't fit, nothing is written: that is the alarm. Where something
//! is there that no gateway wrote, it is told, and the next checkpoint is written still.

use super::anchor_news::AnchorNews;
use super::anchor_round::{AnchorFault, Anchored};
use super::bucket_heads::{BucketHead, BucketHeads, BucketLook};
use super::log_doubt::LogDoubt;
use super::metrics::AnchorMetrics;
use crate::clock::Clock;
use crate::store::{Inspection, KeptCheckpoint, Store};
use gateway_bucket::{BucketSettings, Put};
use gateway_proof::note::NoteKey;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// The task's own.
pub struct BucketAnchor {
    store: Store,
    heads: BucketHeads,
    clock: Arc<dyn Clock>,
    pub(super) news: AnchorNews,
    /// What the bucket is known to have.
    outside: Option<BucketHead>,
    /// What was odd there when it was looked at last.
    strange: Option<String>,
}

impl BucketAnchor {
    pub fn new(
        settings: BucketSettings,
        store: Store,
        clock: Arc<dyn Clock>,
        metrics: &AnchorMetrics,
        doubt: LogDoubt,
    ) -> std::io::Result<Self> {
        let heads = BucketHeads::new(settings)?;
        let news = AnchorNews::new(heads.place(), metrics.of("bucket"), doubt);
        Ok(Self { store, heads, clock, news, outside: None, strange: None })
    }

    #[cfg(test)]
    pub(super) fn with_patience(self, patience: Duration) -> Self {
        Self { heads: self.heads.with_patience(patience), ..self }
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
            // A call that is under way when the gateway stops is broken off; the next start finds out what came of it.
            tokio::select! {
                () = stop.cancelled() => return,
                anchored = self.round() => self.news.tell(&anchored),
            }
        }
    }

    /// None while the log has no signed checkpoint.
    pub(super) async fn round(&mut self) -> Result<Option<Anchored>, AnchorFault> {
        let Some((head, key)) = self.own_head().await? else { return Ok(None) };
        let entries = head.checkpoint.size;
        if self.outside.as_ref() == Some(&head) {
            return self.standing(entries, false);
        }
        let look = self.heads.look(&key, self.clock.now()).await.map_err(|fault| self.failed(&fault))?;
        let BucketLook { newest, mut strange } = look;
        if let Some(newest) = newest.as_ref().filter(|newest| self.outside.as_ref() != Some(*newest)) {
            self.hold_against(newest).await?;
        }
        strange.extend(self.gone(newest.as_ref()));
        self.strange = (!strange.is_empty()).then(|| strange.join("; "));
        let is_there = newest.as_ref() == Some(&head);
        let pushed = !is_there && self.put(&head, &key).await?;
        self.outside = Some(head);
        self.standing(entries, pushed)
    }

    /// The newest signed checkpoint that is committed, and the key that signed it.
    async fn own_head(&self) -> Result<Option<(BucketHead, NoteKey)>, AnchorFault> {
        let (store, heads) = (self.store.clone(), self.heads.clone());
        self.blocking(move || {
            let Some(text) = store.committed_head() else { return Ok(None) };
            let head = heads.head(text).map_err(|error| error.to_string())?;
            let keys = Inspection::of(&store.directory()).and_then(|state| state.audit_keys());
            let mut keys = keys.map_err(|error| error.to_string())?.into_iter().rev();
            let key = keys.find(|key| key.name() == head.checkpoint.origin);
            let key = key.ok_or("the log doesn't name the key that it is signed with")?;
            Ok(Some((head, key)))
        })
        .await
    }

    /// The alarm: the bucket has what the log is not.
    async fn hold_against(&self, there: &BucketHead) -> Result<(), AnchorFault> {
        let (directory, remote) = (self.store.directory(), self.heads.place());
        let kept = KeptCheckpoint { name: format!("the checkpoint in {remote}"), text: there.text.clone() };
        let held = self.blocking(move || {
            let inspection = Inspection::of(&directory).map_err(|error| error.to_string())?;
            inspection.audit_fits(&kept).map_err(|error| error.to_string())
        });
        let held = held.await?;
        held.map(drop).map_err(|fault| AnchorFault::Conflict { remote, reason: fault.to_string() })
    }

    /// What was there before, and isn't: a bucket that keeps what it gets has no such thing.
    fn gone(&self, newest: Option<&BucketHead>) -> Option<String> {
        let known = self.outside.as_ref()?.checkpoint.size;
        let is_gone = newest.is_none_or(|newest| newest.checkpoint.size < known);
        is_gone.then(|| format!("the checkpoint over {known} entries, which was there, is gone"))
    }

    /// Whether it was written now. An answer may have been lost the last time.
    async fn put(&self, head: &BucketHead, key: &NoteKey) -> Result<bool, AnchorFault> {
        let put = self.heads.put(head, self.clock.now()).await.map_err(|fault| self.failed(&fault))?;
        if put == Put::Written {
            return Ok(true);
        }
        let look = self.heads.look(key, self.clock.now()).await.map_err(|fault| self.failed(&fault))?;
        match look.newest.as_ref() == Some(head) {
            true => Ok(false),
            false => Err(self.failed(&format!("{} is there already, and isn't this log's", head.key))),
        }
    }

    fn standing(&self, entries: u64, pushed: bool) -> Result<Option<Anchored>, AnchorFault> {
        match self.strange.clone() {
            None => Ok(Some(Anchored { entries, pushed })),
            Some(reason) => Err(AnchorFault::Strange { remote: self.heads.place(), reason, entries }),
        }
    }

    /// Git and files are not for the workers that serve people.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, String> + Send + 'static,
    ) -> Result<T, AnchorFault> {
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| self.failed(&error))?.map_err(|reason| self.failed(&reason))
    }

    fn failed(&self, reason: &dyn std::fmt::Display) -> AnchorFault {
        AnchorFault::Failed { remote: self.heads.place(), reason: reason.to_string() }
    }
}
