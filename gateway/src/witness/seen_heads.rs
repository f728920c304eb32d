//! What a witness has seen of each log: the largest checkpoint, with the cosignature that it was answered with.
//!
//! The cosignature tells that this gateway wrote the file. An older copy of it would pass for the newest one; while the
//! gateway runs, it knows better.

use super::BEGAN;
use crate::store::Inspection;
use crate::token::{make_private, private_folder, write_private};
use gateway_proof::checkpoint::Checkpoint;
use gateway_proof::cosignature::Cosigner;
use gateway_proof::note::SignedNote;
use gateway_proof::witnessing::{SeenHead, SignedHead};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

/// A checkpoint with all signatures that a request has room for.
const LONGEST: u64 = 256 * 1024;

#[derive(Debug, thiserror::Error)]
pub(super) enum SeenFault {
    #[error(
        "{} can't be used ({reason}), so it isn't known what this gateway countersigned last. Restore it from a backup, or set \
            `audit.witness_for[].from` to the newest checkpoint that the people who run that log have from this gateway, and remove \
            the file.", path.display()
    )]
    Unusable { path: PathBuf, reason: String },
    #[error(
        "The audit log says that this gateway witnesses {origin}, but its file in private/witness is gone, so it isn't known what \
            was countersigned last. Restore it from a backup, or set `audit.witness_for[].from` to the newest checkpoint that the \
            people who run that log have from this gateway."
    )]
    Gone { origin: String },
    #[error("its audit log can't be read: {reason}")]
    NoLog { reason: String },
}

pub(super) struct SeenHeads {
    folder: PathBuf,
    cosigner: Cosigner,
    state: PathBuf,
    /// Since this gateway runs.
    newest: HashMap<String, SeenHead>,
    /// Whether the audit log has an entry of a log's first checkpoint.
    noted: HashMap<String, bool>,
}

impl SeenHeads {
    pub(super) fn below(state: &Path, cosigner: Cosigner) -> Self {
        let folder = private_folder(state).join("witness");
        Self { folder, cosigner, state: state.to_owned(), newest: HashMap::new(), noted: HashMap::new() }
    }

    /// None where there is no file.
    pub(super) fn of(&self, origin: &str) -> Result<Option<SeenHead>, SeenFault> {
        let path = self.path(origin);
        let unusable = |reason: String| SeenFault::Unusable { path: path.clone(), reason };
        let found = match read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(unusable(error.to_string())),
            Ok(text) => Some(self.ours(&text, origin).map_err(unusable)?),
        };
        match self.newest.get(origin) {
            Some(newest) if found.as_ref() != Some(newest) => {
                Err(unusable("it isn't the one that this gateway wrote".to_owned()))
            }
            _ => Ok(found),
        }
    }

    /// Whether the audit log says that this gateway witnesses that one. It is read once for each.
    pub(super) fn has_begun(&mut self, origin: &str) -> Result<bool, SeenFault> {
        if let Some(noted) = self.noted.get(origin) {
            return Ok(*noted);
        }
        let entries = Inspection::of(&self.state).and_then(|state| state.audit_entries());
        let entries = entries.map_err(|error| SeenFault::NoLog { reason: error.to_string() })?;
        let noted = entries.iter().any(|link| link.entry.what == BEGAN && link.entry.ask == origin);
        self.noted.insert(origin.to_owned(), noted);
        Ok(noted)
    }

    pub(super) fn is_noted(&mut self, origin: String) {
        self.noted.insert(origin, true);
    }

    fn ours(&self, text: &str, origin: &str) -> Result<SeenHead, String> {
        let note: SignedNote = text.parse().map_err(|error| format!("{error}"))?;
        self.cosigner.key().check(&note).map_err(|error| error.to_string())?;
        let checkpoint = Checkpoint::of(&note).map_err(|error| error.to_string())?;
        match checkpoint.origin == origin {
            true => Ok(SeenHead::from(&checkpoint)),
            false => Err(format!("it is a checkpoint of {}", checkpoint.origin)),
        }
    }

    /// The line that countersigns.
    pub(super) fn cosigned(&self, head: &SignedHead, seconds: u64) -> String {
        self.cosigner.cosign(&head.text, seconds)
    }

    /// Returns when it is on the disk.
    pub(super) fn keep(
        &mut self,
        checkpoint: &str,
        head: &SignedHead,
        seconds: u64,
    ) -> Result<(), SeenFault> {
        let (origin, path) = (&head.checkpoint.origin, self.path(&head.checkpoint.origin));
        let note = format!("{checkpoint}{}", self.cosigned(head, seconds));
        let written = make_private(&self.folder).and_then(|()| write_private(&path, &note));
        written.map_err(|error| SeenFault::Unusable { path, reason: error.to_string() })?;
        self.newest.insert(origin.clone(), SeenHead::from(&head.checkpoint));
        Ok(())
    }

    fn path(&self, origin: &str) -> PathBuf {
        let name = hex::encode(Sha256::digest(origin.as_bytes()));
        self.folder.join(format!("{}.checkpoint", &name[..32]))
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}
