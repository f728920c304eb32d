//! What is in the bucket of `audit.bucket`, held against the log by `gateway audit verify --bucket`. The bucket is asked now; nothing of
//! the state folder is believed of it but which keys the log has.

use crate::anchor::BucketHeads;
use crate::clock;
use crate::config::Config;
use crate::store::{AuditFault, AuditReport, Inspection, KeptCheckpoint};
use anyhow::Context;
use gateway_proof::note::NoteKey;

/// Checkpoints from there, and what else was found.
#[derive(Default)]
pub(super) struct FromBucket {
    pub(super) kept: Vec<KeptCheckpoint>,
    faults: Vec<AuditFault>,
}

impl FromBucket {
    /// `key`: one that was saved elsewhere. The log's own are looked for too: a log that was written again with another key has that one.
    pub(super) async fn read(inspection: &Inspection, key: Option<&NoteKey>) -> anyhow::Result<Self> {
        let settings = Config::load()?.log_heads.bucket;
        let settings = settings.context("No bucket is configured: set `audit.bucket` (docs/audit.md).")?;
        let heads = BucketHeads::new(settings).context("This machine has no usable CA certificates")?;
        let mut keys = inspection.audit_keys()?;
        keys.extend(key.filter(|key| !keys.contains(key)).cloned());
        let mut read = Self::default();
        for key in &keys {
            read.take(&heads, key).await?;
        }
        if read.kept.is_empty() {
            let reason = "it has no checkpoint of this log".to_owned();
            read.faults.push(AuditFault::NotInBucket { place: heads.place(), reason });
        }
        Ok(read)
    }

    async fn take(&mut self, heads: &BucketHeads, key: &NoteKey) -> anyhow::Result<()> {
        let place = heads.place();
        let look = heads.look(key, clock::system().now()).await;
        let look = look.with_context(|| format!("Can't look into {place}"))?;
        self.kept.extend(look.newest.map(|newest| KeptCheckpoint {
            name: format!("The newest checkpoint in {place}"),
            text: newest.text,
        }));
        let strange = look.strange.into_iter();
        self.faults.extend(strange.map(|reason| AuditFault::NotInBucket { place: place.clone(), reason }));
        Ok(())
    }

    pub(super) fn report(self, report: &mut AuditReport) {
        report.faults.extend(self.faults);
    }
}
