//! Sessions that ended long ago leave the live records: `archive/<year>-<month>/`, not read at the start.

use super::board::Work;
use super::checkpoint::{CheckpointError, Checkpointer, put};
use super::disk::{Durability, ensure_dir, replace};
use super::git::Put;
use super::handle::{Store, StoreError};
use super::layout::{archive_path, record_path};
use super::record::Record;
use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::io::ErrorKind;
use std::sync::Arc;

/// How long a session that ended stays among the live ones: people still look at it and write to it.
const LIVE_AFTER_END: SignedDuration = SignedDuration::from_hours(30 * 24);

impl<R: Record> Store<R> {
    /// Archives what ended long before `now`; returns the others.
    pub async fn archive_old(&self, records: Vec<Arc<R>>, now: Timestamp) -> Result<Vec<Arc<R>>, StoreError> {
        let mut live = Vec::with_capacity(records.len());
        for record in records {
            match record.ended_at().filter(|ended| now.duration_since(*ended) > LIVE_AFTER_END) {
                Some(ended) => drop(self.archive(record.id(), ended).await?),
                None => live.push(record),
            }
        }
        Ok(live)
    }
}

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
