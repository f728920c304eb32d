//! What was promised, on disk: a YAML record a session, and the audit log.
//!
//! `DIR/sessions/ab/ses_….session-state.yaml` (two letters of the id keep folders small), `DIR/audit.jsonl`, and
//! `DIR/lock`, held as long as the gateway runs. A record is written beside the old one, flushed, and renamed over
//! it, so a crash leaves the old or the new one, never half of one.

mod audit;
mod file;

use crate::sessions::ports::{Keeper, NotKept};
use audit::AuditLog;
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, SessionRecord};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use audit::{AuditReport, check_audit};

/// The folder of records, locked for this gateway.
#[derive(Clone)]
pub struct Records {
    folder: Arc<PathBuf>,
    audit: Arc<AuditLog>,
    _lock: Arc<File>,
}

/// What was found on disk.
pub struct Found {
    pub records: Vec<SessionRecord>,
    /// Files that could not be read, each with its reason. They stay where they are.
    pub unreadable: Vec<Unreadable>,
}

#[derive(Debug, thiserror::Error)]
#[error("{file} cannot be used: {reason}. It was left as it is; mend it or move it away, the other sessions go on", file = .file.display())]
pub struct Unreadable {
    pub file: PathBuf,
    pub reason: String,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the state folder {folder} cannot be used", folder = .folder.display())]
    Folder { folder: PathBuf, source: io::Error },
    #[error("another gateway holds {lock}; two may not write one state", lock = .lock.display())]
    Locked { lock: PathBuf },
    #[error("the audit log cannot be continued")]
    Audit(#[source] io::Error),
}

impl Records {
    /// Locks the folder (making it when it is missing) and reads every record.
    pub fn open(folder: &Path) -> Result<(Self, Found), OpenError> {
        let failed = |source| OpenError::Folder { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder.join("sessions")).map_err(failed)?;
        let lock = lock(folder)?;
        let found = file::read_all(&folder.join("sessions")).map_err(failed)?;
        let audit = AuditLog::open(&folder.join("audit.jsonl")).map_err(OpenError::Audit)?;
        let records =
            Self { folder: Arc::new(folder.to_owned()), audit: Arc::new(audit), _lock: Arc::new(lock) };
        Ok((records, found))
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join("lock");
    let failed = |source| OpenError::Folder { folder: folder.to_owned(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::Locked { lock: path }),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

impl Keeper for Records {
    fn keep<'a>(&'a self, record: &'a SessionRecord) -> BoxFuture<'a, Result<(), NotKept>> {
        let (folder, record) = (Arc::clone(&self.folder), record.clone());
        Box::pin(blocking(move || file::write(&folder.join("sessions"), &record)))
    }

    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>> {
        let (audit, entry) = (Arc::clone(&self.audit), entry.clone());
        Box::pin(blocking(move || audit.append(entry)))
    }
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), NotKept> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other).flatten().map_err(|error| NotKept(error.to_string()))
}
