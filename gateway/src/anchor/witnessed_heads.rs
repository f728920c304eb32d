//! Checkpoints that witnesses have countersigned: of each witness the newest, with both signatures, and the key that it is
//! checked with. Files that a stranger can read.

use crate::token::{make_private, private_folder, write_private};
use gateway_proof::checkpoint::{Checkpoint, ProofError};
use gateway_proof::cosignature::WitnessKey;
use gateway_proof::note::SignedNote;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The newest checkpoint that one witness has countersigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedHead {
    /// As the gateway was configured when it brought the checkpoint there.
    pub key: WitnessKey,
    /// The checkpoint, signed by the log and by the witness.
    pub note: String,
}

impl WitnessedHead {
    /// What the witness has seen, and when, by its own clock. Whether the log signed it is for others to check.
    pub fn checked(&self) -> Result<(Checkpoint, Timestamp), ProofError> {
        let note: SignedNote = self.note.parse()?;
        let seconds = self.key.check(&note)?;
        let at = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        Ok((Checkpoint::of(&note)?, at.unwrap_or(Timestamp::MAX)))
    }

    /// On the disk, in place of the one before.
    pub(super) fn keep(&self, state: &Path) -> io::Result<()> {
        make_private(&private_folder(state))?;
        make_private(&folder(state))?;
        let (checkpoint, key) = files(state, &self.key);
        write_private(&key, &format!("{}\n", self.key))?;
        write_private(&checkpoint, &self.note)
    }

    pub(super) fn of(state: &Path, key: &WitnessKey) -> io::Result<Option<Self>> {
        match fs::read_to_string(files(state, key).0) {
            Ok(note) => Ok(Some(Self { key: key.clone(), note })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What all witnesses of this state have countersigned last, in the order of the files' names.
pub fn witnessed_heads(state: &Path) -> io::Result<Vec<WitnessedHead>> {
    let entries = match fs::read_dir(folder(state)) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        entries => entries?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    let mut keys: Vec<_> =
        paths.iter().filter(|path| path.extension().is_some_and(|end| end == "key")).collect();
    keys.sort();
    let heads = keys.into_iter().map(|path| {
        let key = fs::read_to_string(path)?;
        let key = key.parse().map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        WitnessedHead::of(state, &key)
    });
    Ok(heads.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn folder(state: &Path) -> PathBuf {
    private_folder(state).join("witnessed")
}

/// The checkpoint's and the key's. Two witnesses that are called almost the same have two.
fn files(state: &Path, key: &WitnessKey) -> (PathBuf, PathBuf) {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
    let name: String = key.name().chars().map(plain).take(60).collect();
    let id = hex::encode(Sha256::digest(key.to_string().as_bytes()));
    let base = format!("{}-{}", name.trim_matches('.'), &id[..8]);
    (folder(state).join(format!("{base}.checkpoint")), folder(state).join(format!("{base}.key")))
}
