//! What people typed and the agent does not have yet, with its secrets: `private/typed/`, for the gateway alone, not in git.
//!
//! The record's file and the history have these words masked. Beside each such file lies the whole record, as a line like those of the
//! journal, under the revision that the file has: with another one it is of another time, and counts for nothing. It is written
//! before the file, and goes when the record has nothing of that any more (REQ-PROOF-04).

use super::record::Record;
use crate::store::checkpoint::pending_changes::KeptRecord;
use crate::store::disk::{Disk, Durability, ensure_dir, replace};
use crate::store::journal::entry::RecordBody;
use crate::store::journal::frame;
use crate::store::layout::Layout;
use crate::store::startup::tail;
use crate::store::state_keys::{StateKeys, Trust};
use serde_json::value::to_raw_value;
use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;

/// Read like a file of the journal.
const SUFFIX: &str = ".journal";

/// The whole records that lie there, by session, each with its revision.
pub(crate) struct TypedWords<R>(HashMap<String, (u64, Arc<R>)>);

impl<R> Default for TypedWords<R> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<R: Record> TypedWords<R> {
    /// What can't be read, or is not a gateway's own, counts for nothing: the record without it is there.
    pub(crate) fn read(layout: &Layout, trust: &Trust) -> io::Result<Self> {
        let entries = match fs::read_dir(layout.typed_words()) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            other => other?,
        };
        let mut all = HashMap::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(id) = name.strip_suffix(SUFFIX) else { continue };
            let bytes = fs::read(entry.path())?;
            match whole(id, &bytes, trust) {
                Some(whole) => drop(all.insert(id.to_owned(), whole)),
                None => tracing::warn!(path = %entry.path().display(), "what people typed can't be read"),
            }
        }
        Ok(Self(all))
    }

    /// The record that a file of this revision was made of.
    pub(crate) fn whole(&self, id: &str, revision: u64) -> Option<&Arc<R>> {
        self.0.get(id).filter(|(of, _)| *of == revision).map(|(_, record)| record)
    }
}

fn whole<R: Record>(id: &str, bytes: &[u8], trust: &Trust) -> Option<(u64, Arc<R>)> {
    let frame = frame::scan(bytes).frames.into_iter().next()?;
    if !trust.believes(frame.proof(bytes, trust)) {
        return None;
    }
    let body = serde_json::from_slice(&bytes[frame.payload]).ok()?;
    let kept: KeptRecord<R> = tail::record(body).ok()?;
    (kept.record.id() == id).then_some((frame.number, kept.record))
}

/// On the disk when it returns.
pub(crate) fn keep<R: Record>(
    disk: &dyn Disk,
    layout: &Layout,
    record: &R,
    revision: u64,
    keys: Option<&StateKeys>,
) -> io::Result<()> {
    let json = to_raw_value(record)?;
    let body = RecordBody { schema: R::SCHEMA, record: &json, foreign: None };
    let mut bytes = vec![];
    frame::encode(&mut bytes, revision, &serde_json::to_vec(&body)?, keys);
    ensure_dir(&layout.typed_words())?;
    replace(disk, &path(layout, record.id()), &bytes, Durability::Synced)
}

/// The agent has it, or nobody will need it any more.
pub(crate) fn forget(disk: &dyn Disk, layout: &Layout, id: &str) -> io::Result<()> {
    match disk.remove(&path(layout, id)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn path(layout: &Layout, id: &str) -> PathBuf {
    layout.typed_words().join(format!("{id}{SUFFIX}"))
}
