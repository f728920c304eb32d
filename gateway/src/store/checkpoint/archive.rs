//! Sessions that ended long ago leave the live records: `archive/<year>-<month>/`, not read at the start.

use super::pending_changes::Work;
use super::{Checkpointer, put};
use crate::store::disk::{Disk, Durability, ensure_dir, is_of_one_file, read_plain, replace};
use crate::store::errors::CheckpointError;
use crate::store::git::Put;
use crate::store::layout::{archive_path, record_path};
use crate::store::records::record::Record;
use crate::store::records::typed_words;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Moves the files of archived sessions. Doing it again after a crash does no harm.
pub(super) fn write<R: Record>(
    checkpointer: &mut Checkpointer<R>,
    work: &Work<R>,
) -> Result<Vec<Put>, CheckpointError> {
    let mut puts = vec![];
    for (id, (_, ended)) in &work.archived {
        let (from, to) = (record_path(id), archive_path(id, *ended));
        let (from_full, to_full) = (checkpointer.layout.at(&from), checkpointer.layout.at(&to));
        match move_file(checkpointer.disk.as_ref(), &from_full, &to_full) {
            Ok(()) => {}
            Err(error) if is_of_one_file(&error) => {
                // It stays among the live ones, holds up no other, and is tried again at the next start.
                tracing::error!(session_id = id, path = %to_full.display(), %error, "session not archived");
                continue;
            }
            Err(source) => return Err(CheckpointError::Write { path: to_full, source }),
        }
        if let Ok(bytes) = fs::read(&to_full) {
            puts.push(put(&to, &bytes));
        }
        puts.push(Put { path: from, content: None });
        if let Err(error) = typed_words::forget(checkpointer.disk.as_ref(), &checkpointer.layout, id) {
            tracing::warn!(session_id = id, %error, "what people typed not removed");
        }
        checkpointer.known.remove(id);
        checkpointer.ended.remove(id);
    }
    Ok(puts)
}

fn move_file(disk: &dyn Disk, from: &Path, to: &Path) -> io::Result<()> {
    let bytes = match read_plain(from) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        bytes => bytes?.ok_or(ErrorKind::InvalidInput)?,
    };
    ensure_dir(to.parent().unwrap_or(to))?;
    replace(disk, to, &bytes, Durability::Synced)?;
    disk.remove(from)
}
