//! Sessions that ended long ago leave the live records: `archive/<year>-<month>/`, not read at the start.

use super::pending_changes::Work;
use super::{Checkpointer, put};
use crate::store::disk::{Durability, ensure_dir, replace};
use crate::store::errors::CheckpointError;
use crate::store::git::Put;
use crate::store::layout::{archive_path, record_path};
use crate::store::records::record::Record;
use std::fs;
use std::io::ErrorKind;

/// Moves the files of archived sessions. Doing it again after a crash does no harm.
pub(super) fn write<R: Record>(
    checkpointer: &mut Checkpointer<R>,
    work: &Work<R>,
) -> Result<Vec<Put>, CheckpointError> {
    let mut puts = vec![];
    for (id, (_, ended)) in &work.archived {
        let (from, to) = (record_path(id), archive_path(id, *ended));
        let (from_full, to_full) = (checkpointer.layout.at(&from), checkpointer.layout.at(&to));
        let failed = |source| CheckpointError::Write { path: to_full.clone(), source };
        let disk = checkpointer.disk.as_ref();
        match fs::read(&from_full) {
            Ok(bytes) => {
                ensure_dir(to_full.parent().unwrap_or(&to_full)).map_err(failed)?;
                replace(disk, &to_full, &bytes, Durability::Synced).map_err(failed)?;
                disk.remove(&from_full).map_err(failed)?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        if let Ok(bytes) = fs::read(&to_full) {
            puts.push(put(&to, &bytes));
        }
        puts.push(Put { path: from, content: None });
        checkpointer.known.remove(id);
        checkpointer.ended.remove(id);
    }
    Ok(puts)
}
