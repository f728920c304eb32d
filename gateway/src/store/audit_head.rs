//! The signed head of the audit log: a checkpoint over all lines, and the key that signs it.
//!
//! `audit/checkpoint` is a C2SP checkpoint, replaced with every commit that has new entries; `audit/key` has the public key,
//! and above it those that signed earlier. A checkpoint that somebody keeps elsewhere says later whether this is still that log.

use crate::store::audit_fault::AuditFault;
use crate::store::disk::Durability;
use crate::store::layout::Layout;
use gateway_domain::{AuditEntry, AuditSubject};
use gateway_proof::checkpoint::{Checkpoint, HeadLine, ProofError};
use gateway_proof::handover::Handover;
use gateway_proof::note::{NoteError, NoteKey, Signer};
use gateway_proof::tree::{Edge, Hash};
use jiff::Timestamp;
use serde::Serialize;
use std::fs;
use std::io::{self, ErrorKind};
use std::sync::Arc;

/// Paths inside the repository.
pub(super) const CHECKPOINT: &str = "audit/checkpoint";
pub(super) const KEY: &str = "audit/key";

/// What faults and reports call the log's own checkpoint.
const OWN: &str = "the log's own signed checkpoint";

/// The commit has it as well: after a power cut the checkpoint is signed again over the lines, which are on the disk.
pub(super) fn durability(path: &str) -> Durability {
    match path {
        CHECKPOINT => Durability::Later,
        _ => Durability::Synced,
    }
}

/// What is there of the head when the store is opened.
#[derive(Debug, Default)]
pub(super) struct HeadFiles {
    pub(super) checkpoint: Option<String>,
    pub(super) keys: String,
}

impl HeadFiles {
    pub(super) fn read(layout: &Layout) -> io::Result<Self> {
        let checkpoint = read_text(layout, CHECKPOINT)?;
        Ok(Self { checkpoint, keys: read_text(layout, KEY)?.unwrap_or_default() })
    }

    /// All that signed this log, oldest first.
    pub(super) fn keys(&self) -> Vec<NoteKey> {
        self.keys.lines().filter_map(|line| line.parse().ok()).collect()
    }
}

fn read_text(layout: &Layout, path: &str) -> io::Result<Option<String>> {
    match fs::read(layout.at(path)) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Signs the head, where the gateway has a key.
#[derive(Debug, Default)]
pub(super) struct SignedHead {
    signer: Option<Arc<Signer>>,
    keys: String,
    /// What lies on the disk or in the history is not the head of the log as it is.
    is_due: bool,
}

impl SignedHead {
    /// `committed` is the checkpoint in the newest commit.
    pub(super) fn new(
        signer: Option<Arc<Signer>>,
        there: &HeadFiles,
        committed: Option<&str>,
        edge: &Edge,
    ) -> Self {
        let Some(signer) = signer else { return Self::default() };
        let own = signer.key().to_string();
        let known = there.keys.lines().last() == Some(&own);
        let keys = if known { there.keys.clone() } else { format!("{}{own}\n", there.keys) };
        let current = signed(&signer, edge);
        let is_due = !known
            || [there.checkpoint.as_deref(), committed].iter().any(|one| *one != Some(current.as_str()));
        Self { signer: Some(signer), keys, is_due }
    }

    /// Paths inside the repository and their content, where the head is another one than what is there.
    pub(super) fn files(&self, edge: &Edge, has_grown: bool) -> Vec<(String, String)> {
        let signer = self.signer.as_ref().filter(|_| edge.size() > 0 && (has_grown || self.is_due));
        let Some(signer) = signer else { return vec![] };
        let mut files = vec![(CHECKPOINT.to_owned(), signed(signer, edge))];
        files.extend(self.is_due.then(|| (KEY.to_owned(), self.keys.clone())));
        files
    }

    /// An empty log has no head: what is due stays so until there is one.
    pub(super) fn is_written(&mut self, edge: &Edge) {
        self.is_due &= edge.size() == 0;
    }
}

fn signed(signer: &Signer, edge: &Edge) -> String {
    let origin = signer.key().name().to_owned();
    Checkpoint { origin, size: edge.size(), root: edge.root() }.signed(signer)
}

/// The log has entries that the key that signs from now on has not signed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLogKey {
    pub key: String,
    /// Entries that are there already.
    pub entries: u64,
    /// Who signed them; none where they were only chained.
    pub instead_of: Option<String>,
}

impl NewLogKey {
    pub(super) fn look(own: &NoteKey, there: &HeadFiles, entries: u64) -> Option<Self> {
        let (key, instead_of) = (own.to_string(), there.keys.lines().last().map(str::to_owned));
        let is_new = entries > 0 && instead_of.as_ref() != Some(&key);
        is_new.then_some(Self { key, entries, instead_of })
    }

    /// As [`Self::entry`], with a note that both keys have signed: who trusts the old one can go on from there. None unless
    /// `old` is the key that signed until now.
    pub fn entry_by_both(&self, at: Timestamp, old: &Signer, new: &Signer) -> Option<AuditEntry> {
        let fits =
            self.instead_of.as_ref() == Some(&old.key().to_string()) && self.key == new.key().to_string();
        let subject = fits.then(|| Handover::signed(old, new, self.entries))?;
        Some(AuditEntry { told: AuditSubject { subject, ..AuditSubject::default() }, ..self.entry(at) })
    }

    /// What the log itself says of it.
    pub fn entry(&self, at: Timestamp) -> AuditEntry {
        let Self { key, entries, instead_of } = self;
        let subject = match instead_of {
            Some(was) => format!("From here on the log is signed by {key}, until here by {was}"),
            None => format!(
                "From here on the log is signed by {key}. Its first {entries} entries were only chained: who could \
                    write them could rewrite them"
            ),
        };
        let told = AuditSubject { subject, ..AuditSubject::default() };
        AuditEntry { answer: key.clone(), told, ..AuditEntry::new(at, "gateway", "log_key", "") }
    }
}

/// A checkpoint that the log is held against.
#[derive(Clone, Debug)]
pub struct KeptCheckpoint {
    /// For people, such as the file's path.
    pub name: String,
    pub text: String,
}

/// What is proven by a checkpoint that the log fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeadFit {
    pub name: String,
    /// The first entries, of which it proves that they are the same ones in the same order.
    pub entries: u64,
    /// Who signed it; empty for a line that nobody signed.
    pub key: String,
}

/// Holds the log against a line that somebody kept.
pub(super) fn hold_against_line(line: &HeadLine, leaves: &[Hash]) -> Result<HeadFit, AuditFault> {
    let name = format!("The line `{line}`");
    let (found, size) = (leaves.len() as u64, line.size);
    if found < size {
        return Err(AuditFault::ShorterThanCheckpoint { name, found, expected: size });
    }
    match line.begins(leaves) {
        true => Ok(HeadFit { name, entries: size, key: String::new() }),
        false => Err(AuditFault::NotTheLogOfCheckpoint { name, size }),
    }
}

impl KeptCheckpoint {
    pub(super) fn own(text: String) -> Self {
        Self { name: OWN.to_owned(), text }
    }

    /// Holds the log against it. `keys` are those that may have signed it.
    pub(super) fn hold_against(&self, leaves: &[Hash], keys: &[NoteKey]) -> Result<HeadFit, AuditFault> {
        let name = self.name.clone();
        let (checkpoint, key) = self.checked(keys)?;
        let (found, size) = (leaves.len() as u64, checkpoint.size);
        if found < size {
            return Err(AuditFault::ShorterThanCheckpoint { name, found, expected: size });
        }
        match checkpoint.begins(leaves) {
            true => Ok(HeadFit { name, entries: size, key: key.to_string() }),
            false => Err(AuditFault::NotTheLogOfCheckpoint { name, size }),
        }
    }

    fn checked<'a>(&self, keys: &'a [NoteKey]) -> Result<(Checkpoint, &'a NoteKey), AuditFault> {
        let mut reason = "the log has no key to check it with".to_owned();
        for key in keys.iter().rev() {
            match Checkpoint::checked(&self.text, key) {
                Ok(checkpoint) => return Ok((checkpoint, key)),
                // Another key's turn; what is said of the last one that was tried is the oldest's.
                Err(error @ ProofError::Note(NoteError::NotSigned { .. })) => reason = error.to_string(),
                Err(error) => {
                    reason = error.to_string();
                    break;
                }
            }
        }
        Err(AuditFault::NotACheckpoint { name: self.name.clone(), reason })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_proof::tree::leaf_hash;

    fn signer(seed: u8) -> Arc<Signer> {
        Arc::new(Signer::named_after_its_key("test/", &[seed; 32]).unwrap())
    }

    fn leaves() -> Vec<Hash> {
        [b"a", b"b", b"c"].map(|line| leaf_hash(line)).to_vec()
    }

    #[test]
    fn the_head_is_written_when_the_log_grew_or_what_is_there_is_another() {
        // REQ-PROOF-02
        let edge = Edge::of(&leaves());
        let new = SignedHead::new(Some(signer(1)), &HeadFiles::default(), None, &edge);
        let files = new.files(&edge, false);
        let names: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(names, [CHECKPOINT, KEY]);
        let (checkpoint, keys) = (files[0].1.clone(), files[1].1.clone());
        let there = HeadFiles { checkpoint: Some(checkpoint.clone()), keys };
        let written = SignedHead::new(Some(signer(1)), &there, Some(&checkpoint), &edge);
        assert_eq!(written.files(&edge, false), [], "it is there");
        assert_eq!(written.files(&edge, true).len(), 1, "the key stays as it is");
        let uncommitted = SignedHead::new(Some(signer(1)), &there, None, &edge);
        assert_eq!(uncommitted.files(&edge, false).len(), 2, "killed before the commit");
        let other_key = SignedHead::new(Some(signer(2)), &there, Some(&checkpoint), &edge);
        let keys = other_key.files(&edge, false)[1].1.clone();
        assert_eq!(keys.lines().count(), 2, "the old key stays known");
        assert_eq!(SignedHead::default().files(&edge, true), [], "without a key nothing is signed");
        let empty = SignedHead::new(Some(signer(1)), &HeadFiles::default(), None, &Edge::default());
        assert_eq!(empty.files(&Edge::default(), false), [], "of an empty log there is no head");
    }

    #[test]
    fn a_kept_checkpoint_says_what_it_proves_and_which_key_it_has() {
        // REQ-PROOF-02
        let old = signed(&signer(1), &Edge::of(&leaves()[..2]));
        let kept = KeptCheckpoint { name: "kept".into(), text: old };
        let keys = [signer(1), signer(2)].map(|signer| signer.key().clone());
        let fit = kept.hold_against(&leaves(), &keys).unwrap();
        assert_eq!((fit.entries, fit.key), (2, keys[0].to_string()));
        let by_others = kept.hold_against(&leaves(), &keys[1..]).unwrap_err().to_string();
        assert!(by_others.contains("isn't signed by test/"), "{by_others}");
        let forged = KeptCheckpoint { text: kept.text.replace("\n2\n", "\n3\n"), ..kept.clone() };
        let forged = forged.hold_against(&leaves(), &keys).unwrap_err().to_string();
        assert!(forged.contains("doesn't fit its text"), "{forged}");
        assert!(kept.hold_against(&leaves(), &[]).unwrap_err().to_string().contains("no key"));
        let cut = kept.hold_against(&leaves()[..1], &keys).unwrap_err().to_string();
        assert!(cut.contains("has 1 entries, but kept covers 2"), "{cut}");
    }
}
