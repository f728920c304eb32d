//! The audit log from outside: whether it is whole, what a checkpoint that was kept elsewhere proves of it, and what proves one
//! entry to others.

use super::{Ignored, InspectError, Inspection, verify};
use crate::store::audit_fault::AuditFault;
use crate::store::audit_head::{CHECKPOINT, HeadFiles, HeadFit, KeptCheckpoint, hold_against_line};
use crate::store::audit_log::{self, AuditReading};
use crate::store::errors::chain as chain_of;
use crate::store::git::ReadError;
use crate::store::purged_lines;
use crate::store::startup::{committed_head, lost_history};
use gateway_domain::{AuditEntry, ChainedEntry, chain};
use gateway_proof::checkpoint::{Checkpoint, HeadLine, LogProof, ProofError};
use gateway_proof::handover::{Handover, trusted_with};
use gateway_proof::note::NoteKey;
use gateway_proof::tiles::{Tile, tiles};
use gateway_proof::tree::{self, Hash};
use serde::Serialize;

/// What a check of the audit log found.
#[derive(Debug, Serialize)]
pub struct AuditReport {
    /// Entries in the log.
    pub entries: usize,
    /// Entries that are durable in the journal and are chained with the next checkpoint.
    pub pending: usize,
    #[serde(serialize_with = "verify::sentences")]
    pub faults: Vec<AuditFault>,
    /// The log's own signed checkpoint, if there is one and the log fits it.
    pub own: Option<HeadFit>,
    /// Checkpoints that were kept elsewhere, as far as the log fits them.
    pub against: Vec<HeadFit>,
    /// Checkpoints that witnesses have countersigned, as far as the log fits them.
    pub witnessed: Vec<HeadFit>,
}

/// What a running gateway writes first is read last: history, checkpoint, journal, lines. So what the first ones name is in the
/// last ones, whatever comes meanwhile.
struct AuditParts {
    head: HeadFiles,
    committed_head: Option<String>,
    pending: Vec<(u64, AuditEntry)>,
    reading: AuditReading,
}

impl Inspection {
    /// Follows the chain, and holds the log against its own checkpoint and all that commits say of it.
    pub fn audit(&self) -> Result<AuditReport, InspectError> {
        self.audit_against(&[], None)
    }

    /// The same, and against checkpoints that were kept elsewhere. They count when `key` signed them or a key that it handed over
    /// to, or else a key that the log itself names.
    pub fn audit_against(
        &self,
        kept: &[KeptCheckpoint],
        key: Option<&NoteKey>,
    ) -> Result<AuditReport, InspectError> {
        let commits = self.commits();
        let AuditParts { head, committed_head, pending, mut reading } = self.audit_parts()?;
        let mut faults = std::mem::take(&mut reading.faults);
        faults.extend(self.against_history(&reading, commits));
        let handovers = handovers(&reading, &pending);
        faults.extend(not_handed_over(&head.keys(), &handovers));
        let keys = key.map_or_else(|| head.keys(), |key| trusted_with(key, &handovers));
        let mut hold = |kept: &KeptCheckpoint| match kept.hold_against(&reading.leaves, &keys) {
            Ok(fit) => Some(fit),
            Err(fault) => {
                faults.push(fault);
                None
            }
        };
        let own = head.checkpoint.clone().map(KeptCheckpoint::own).and_then(|own| hold(&own));
        let against: Vec<_> = kept.iter().filter_map(hold).collect();
        let signed = own.iter().chain(&against).map(|fit: &HeadFit| fit.entries).max();
        faults.extend(signed.and_then(|signed| reading.purges.unsigned(signed)));
        if head.checkpoint.is_none() && committed_head.is_some() {
            faults.push(AuditFault::HeadMissing { path: self.layout.at(CHECKPOINT) });
        }
        Ok(AuditReport {
            entries: reading.lines.len(),
            pending: pending.len(),
            faults,
            own,
            against,
            witnessed: vec![],
        })
    }

    /// Whether the lines of the log are the ones that a checkpoint was made over. Looks at nothing else.
    pub fn audit_fits(&self, kept: &KeptCheckpoint) -> Result<Result<HeadFit, AuditFault>, InspectError> {
        let lines = audit_log::raw_lines(&self.layout).map_err(self.in_audit())?;
        let leaves: Vec<_> = lines.iter().map(|line| purged_lines::leaf(line)).collect();
        Ok(kept.hold_against(&leaves, &self.audit_keys()?))
    }

    /// The same for a line that somebody kept.
    pub fn audit_fits_line(&self, line: &HeadLine) -> Result<Result<HeadFit, AuditFault>, InspectError> {
        let lines = audit_log::raw_lines(&self.layout).map_err(self.in_audit())?;
        let leaves: Vec<_> = lines.iter().map(|line| purged_lines::leaf(line)).collect();
        Ok(hold_against_line(line, &leaves))
    }

    /// The newest signed checkpoint as such a line.
    pub fn audit_line(&self) -> Result<HeadLine, InspectError> {
        let checkpoint = self.audit_checkpoint()?.parse::<Checkpoint>();
        let unusable = |error: ProofError| InspectError::CheckpointUnusable { reason: error.to_string() };
        Ok(HeadLine::from(&checkpoint.map_err(unusable)?))
    }

    /// The whole log, with the entries that wait in the journal at its end.
    pub fn audit_entries(&self) -> Result<Vec<ChainedEntry>, InspectError> {
        let AuditParts { reading, pending, .. } = self.audit_parts()?;
        let mut entries: Vec<_> = reading.lines.into_iter().map(|line| line.link).collect();
        for (_, entry) in pending {
            entries.push(chain(entries.last(), entry));
        }
        Ok(entries)
    }

    /// The newest signed checkpoint, as it is to be kept elsewhere.
    pub fn audit_checkpoint(&self) -> Result<String, InspectError> {
        self.head()?.checkpoint.ok_or(InspectError::NoCheckpoint)
    }

    /// The newest signed checkpoint, and the tree under it in pieces that others can fetch.
    pub fn audit_tiles(&self) -> Result<(String, Vec<Tile>), InspectError> {
        let checkpoint = self.audit_checkpoint()?;
        let unusable = |reason: String| InspectError::CheckpointUnusable { reason };
        let head = checkpoint.parse::<Checkpoint>().map_err(|error| unusable(error.to_string()))?;
        let lines = audit_log::raw_lines(&self.layout).map_err(self.in_audit())?;
        let leaves: Vec<_> = lines.iter().map(|line| purged_lines::leaf(line)).collect();
        if !head.begins(&leaves) {
            return Err(unusable("the log isn't the one that it covers".to_owned()));
        }
        let size = usize::try_from(head.size).unwrap_or(usize::MAX).min(leaves.len());
        Ok((checkpoint, tiles(&leaves[..size])))
    }

    /// What proves that the log under this checkpoint begins with its first `old` entries.
    pub fn audit_consistency(&self, old: u64, head: &Checkpoint) -> Result<Vec<Hash>, InspectError> {
        let unusable = |reason: &str| InspectError::CheckpointUnusable { reason: reason.to_owned() };
        let lines = audit_log::raw_lines(&self.layout).map_err(self.in_audit())?;
        let leaves: Vec<_> = lines.iter().map(|line| purged_lines::leaf(line)).collect();
        if !head.begins(&leaves) {
            return Err(unusable("the log isn't the one that it covers"));
        }
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(leaves.len());
        let proof = tree::consistency(&leaves[..size(head.size)], size(old));
        proof.ok_or_else(|| unusable("it covers fewer entries"))
    }

    /// The keys that signed the log, oldest first.
    pub fn audit_keys(&self) -> Result<Vec<NoteKey>, InspectError> {
        Ok(self.head()?.keys())
    }

    /// What proves to others that the entry is in the log, without showing them any other.
    pub fn prove(&self, number: u64) -> Result<LogProof, InspectError> {
        let checkpoint = self.audit_checkpoint()?;
        let unusable = |reason: String| InspectError::CheckpointUnusable { reason };
        let head = checkpoint.parse::<Checkpoint>().map_err(|error| unusable(error.to_string()))?;
        let lines = audit_log::raw_lines(&self.layout).map_err(self.in_audit())?;
        let index = number.checked_sub(1).filter(|index| *index < head.size);
        let at = index.and_then(|index| usize::try_from(index).ok());
        let (Some(index), Some(line)) = (index, at.and_then(|at| lines.get(at))) else {
            return Err(InspectError::NotUnderCheckpoint { number, size: head.size });
        };
        if purged_lines::is_purged(line) {
            return Err(InspectError::Purged { number });
        }
        let leaves: Vec<_> = lines.iter().map(|line| purged_lines::leaf(line)).collect();
        let size = usize::try_from(head.size).unwrap_or(usize::MAX).min(leaves.len());
        let hashes = tree::inclusion(&leaves[..size], at.unwrap_or_default()).unwrap_or_default();
        let proof = LogProof { line: line.clone(), index, hashes, checkpoint };
        let checked = self.audit_keys()?.iter().rev().any(|key| proof.check(key).is_ok());
        let differs = || unusable("the log isn't the one that it covers".to_owned());
        checked.then_some(proof).ok_or_else(differs)
    }

    fn audit_parts(&self) -> Result<AuditParts, InspectError> {
        let committed_head = committed_head(self.history.snapshot().ok().as_ref());
        let head = self.head()?;
        let (tail, _) = self.tail::<Ignored>()?;
        let reading = audit_log::verify(&self.layout).map_err(self.in_audit())?;
        let newest = reading.lines.last().map_or(0, |line| line.change);
        let pending = tail.audit.into_iter().filter(|(change, _)| *change > newest).collect();
        Ok(AuditParts { head, committed_head, pending, reading })
    }

    fn head(&self) -> Result<HeadFiles, InspectError> {
        HeadFiles::read(&self.layout).map_err(self.in_audit())
    }

    fn in_audit(&self) -> impl Fn(std::io::Error) -> InspectError {
        let path = self.layout.audit();
        move |source| InspectError::File { path: path.clone(), source }
    }

    /// What all commits say, the newest first: a tidy one on top hides none below.
    fn commits(&self) -> Result<Vec<(String, String)>, ReadError> {
        match self.history.snapshot() {
            Ok(snapshot) => snapshot.messages(),
            Err(ReadError::Empty { .. }) => Ok(vec![]),
            Err(error) => Err(error),
        }
    }

    fn against_history(
        &self,
        reading: &AuditReading,
        commits: Result<Vec<(String, String)>, ReadError>,
    ) -> Option<AuditFault> {
        let entries = reading.lines.len();
        match commits {
            Ok(commits) if commits.is_empty() => {
                let gone = entries > 0 && lost_history::is_gone_from(&self.layout, false).unwrap_or(true);
                gone.then_some(AuditFault::NoHistory { entries })
            }
            Ok(commits) => reading.against_commits(&commits),
            Err(error) => Some(AuditFault::NoCommit { reason: chain_of(&error) }),
        }
    }
}

/// What keys of this log have signed about each other.
fn handovers(reading: &AuditReading, pending: &[(u64, AuditEntry)]) -> Vec<Handover> {
    let written = reading.lines.iter().map(|line| &line.link.entry);
    let all = written.chain(pending.iter().map(|(_, entry)| entry));
    let notes = all.filter(|entry| entry.what == "log_key").map(|entry| &entry.told.subject);
    notes.filter_map(|note| Handover::checked(note).ok()).collect()
}

/// A key that came without the word of the one before.
fn not_handed_over(keys: &[NoteKey], handovers: &[Handover]) -> Vec<AuditFault> {
    let is_signed = |pair: &[NoteKey]| handovers.iter().any(|one| one.from == pair[0] && one.to == pair[1]);
    let unsigned = keys.windows(2).filter(|pair| !is_signed(pair));
    let fault = |pair: &[NoteKey]| AuditFault::KeyNotHandedOver {
        from: pair[0].to_string(),
        to: pair[1].to_string(),
    };
    unsigned.map(fault).collect()
}
