//! After somebody moved HEAD or the branch, the record files may be another version's: they are put right.
//!
//! A file that a gateway wrote and that is older than the commit's, or that is gone, is written again from the
//! commit. A file that a person edited stays as it is; it is kept in the history before it is overwritten.

use super::Checkpointer;
use crate::store::disk::read_plain;
use crate::store::git::ReadError;
use crate::store::layout::id_of;
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::{self, KnownFile, yaml};
use git2::{ObjectType, Oid};

/// What cannot be put right now is found at the next start.
pub(super) fn restore_files<R: Record>(checkpointer: &mut Checkpointer<R>) {
    match put_right(checkpointer) {
        Ok(0) => {}
        Ok(files) => checkpointer.health.notice(Notice::FilesPutBack { files }),
        Err(error) => tracing::warn!(error = %error, "record files not compared with git"),
    }
}

fn put_right<R: Record>(checkpointer: &mut Checkpointer<R>) -> Result<usize, ReadError> {
    let snapshot = checkpointer.history.snapshot()?;
    let mut written = 0;
    for (path, blob) in snapshot.files("sessions")? {
        let full = checkpointer.layout.at(&path);
        let on_disk = read_plain(&full).ok().flatten();
        if on_disk.as_ref().is_some_and(|bytes| is(bytes, blob)) {
            continue;
        }
        let committed = snapshot.content(blob)?;
        let outdated = on_disk.is_none_or(|bytes| {
            yaml::is_sealed(&bytes) && yaml::revision(&bytes) < yaml::revision(&committed)
        });
        let disk = checkpointer.disk.as_ref();
        let Some(id) = path.rsplit('/').next().and_then(id_of).filter(|_| outdated) else { continue };
        match records::write(disk, &full, &committed) {
            Ok(stamp) => {
                checkpointer.known.insert(id.to_owned(), KnownFile { stamp, blob });
                written += 1;
            }
            Err(error) => {
                tracing::warn!(error = %error, path = %full.display(), "record file not restored")
            }
        }
    }
    Ok(written)
}

fn is(bytes: &[u8], blob: Oid) -> bool {
    Oid::hash_object(ObjectType::Blob, bytes).is_ok_and(|hash| hash == blob)
}
