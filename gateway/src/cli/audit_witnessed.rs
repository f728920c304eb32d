//! What witnesses have countersigned, held against the log by `gateway audit verify`.

use crate::anchor::{WitnessedHead, witnessed_heads};
use crate::store::{AuditFault, AuditReport, KeptCheckpoint};
use anyhow::Context;
use gateway_proof::cosignature::WitnessKey;
use std::path::Path;

/// Said where nobody named a witness's key.
pub(super) const UNTRUSTED: &str = "The witnesses' keys were read from the state folder, where anyone who can rewrite the log can replace them too. \
    Name keys that were saved elsewhere (--witness).";

/// Checkpoints that are really countersigned, and what is wrong with others.
#[derive(Default)]
pub(super) struct Countersigned {
    pub(super) kept: Vec<KeptCheckpoint>,
    faults: Vec<AuditFault>,
}

impl Countersigned {
    /// `trusted`: keys that were kept elsewhere; none: those beside the checkpoints.
    pub(super) fn read(state: &Path, trusted: &[WitnessKey]) -> anyhow::Result<Self> {
        let heads = witnessed_heads(state).context("Can't read what witnesses have countersigned")?;
        let mut read = Self::default();
        for head in heads.iter().filter(|head| trusted.is_empty() || trusted.contains(&head.key)) {
            read.take(head);
        }
        let missing = trusted.iter().filter(|key| heads.iter().all(|head| head.key != **key));
        read.faults.extend(missing.map(|key| AuditFault::NotWitnessed {
            witness: key.name().to_owned(),
            reason: "there is nothing of it".to_owned(),
        }));
        Ok(read)
    }

    fn take(&mut self, head: &WitnessedHead) {
        let witness = head.key.name().to_owned();
        match head.checked() {
            Ok((_, at)) => self.kept.push(KeptCheckpoint {
                name: format!(
                    "The checkpoint that the witness {witness} countersigned at {}",
                    at.strftime("%Y-%m-%d %H:%M:%S UTC")
                ),
                text: head.note.clone(),
            }),
            Err(error) => {
                self.faults.push(AuditFault::NotWitnessed { witness, reason: error.to_string() });
            }
        }
    }

    /// Tells what witnesses prove from what else was held against the log.
    pub(super) fn sort(self, report: &mut AuditReport) {
        let is_theirs = |name: &str| self.kept.iter().any(|kept| kept.name == name);
        let all = std::mem::take(&mut report.against);
        (report.witnessed, report.against) = all.into_iter().partition(|fit| is_theirs(&fit.name));
        report.faults.extend(self.faults);
    }
}
