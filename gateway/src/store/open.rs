//! Start-up: lock, put the repository in order, read records and journal, decide, start the two threads.
//!
//! Nothing is committed here. What has to be written again waits on the board for the first checkpoint, so a
//! history that is locked or a disk that is full does not keep the gateway from starting.

use super::audit::{AuditLog, Head};
use super::board::{Board, BoardSink, Found, Work};
use super::checkpoint::{Checkpointer, Known};
use super::disk::{Disk, Durability, ensure_dir, replace};
use super::git::{GitError, History, ReadError, Snapshot};
use super::health::{Health, Progress};
use super::journal::Journal;
use super::layout::Layout;
use super::ledger::{Action, Ledger, Post};
use super::lock::{Lock, LockError};
use super::notice::Notice;
use super::record::Record;
use super::records::{self, LoadError};
use super::segment;
use super::segments::{Closed, Segments};
use super::settle::{SettleError, Settled, Settler, Unrecoverable};
use super::tail;
use super::writer::Writer;
use super::{Inner, StoreConfig};
use crate::clock::Clock;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What lies in every state repository beside the state, so that a person finds their way.
const FILES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../../.session-state/README.md")),
    (
        "schema/session-state.schema.json",
        include_str!("../../../.session-state/schema/session-state.schema.json"),
    ),
];

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error("Could not {doing} {}; check that the volume is mounted and writable.", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("Could not start the store's threads.")]
    Threads(#[source] io::Error),
    #[error("Opening the store was interrupted.")]
    Interrupted,
}

/// What was there when the store was opened.
#[derive(Debug)]
pub struct Recovered<R> {
    pub records: Vec<Arc<R>>,
    /// Sessions that wait for a person to restore them.
    pub unrecoverable: Vec<Unrecoverable>,
    /// Thread items that may have been posted or not (session, item), oldest first.
    pub unresolved: Vec<(String, Post)>,
    /// What people did and is not worked off.
    pub actions: Vec<Action>,
    /// What was found and put right.
    pub notices: Vec<Notice>,
    /// Entries that the journal held.
    pub journal_entries: usize,
}

pub(super) fn open<R: Record>(
    config: &StoreConfig,
    clock: Arc<dyn Clock>,
    disk: Arc<dyn Disk>,
) -> Result<(Inner<R>, Recovered<R>), OpenError> {
    let layout = Layout::new(&config.directory);
    ensure_dir(layout.root()).map_err(file("make the state directory", layout.root()))?;
    let fence = tail::highest_fence(&layout.journal()).map_err(file("read", &layout.journal()))?;
    let lock = Lock::take(&layout.lock(), &config.holder, fence, config.take_over, clock.as_ref())?;
    let history = History::new(layout.root(), &config.branch, config.author.clone());
    let mut notices = history.prepare()?;
    let mut found = provide_files(&layout, disk.as_ref())?;
    let snapshot = match history.snapshot() {
        Ok(snapshot) => Some(snapshot),
        Err(ReadError::Empty { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    if let Some(snapshot) = &snapshot {
        notices.extend(put_back_audit(&layout, disk.as_ref(), snapshot)?);
        found.clear();
    }
    let (ledger, ledger_file) = Ledger::open(&layout).map_err(file("read", &layout.ledger()))?;
    let mut segments = segment::read_all(&layout.journal()).map_err(file("read", &layout.journal()))?;
    let journal_tail = tail::fold(&segments, &ledger);
    let settler = Settler {
        layout: &layout,
        disk: disk.as_ref(),
        committed: snapshot.as_ref().map_or_else(|| Ok(HashMap::new()), |snapshot| snapshot.files("sessions"))?,
        snapshot: snapshot.as_ref(),
        tail: journal_tail,
        settled: Settled::default(),
    };
    let (mut settled, tail) = settler.settle(records::load_all(&layout)?)?;
    segment::cut_torn_end(&mut segments).map_err(file("cut the torn end off", &layout.journal()))?;
    let audit = AuditLog::open(&layout).map_err(file("read", &layout.audit()))?;
    notices.extend(tail.notices);
    notices.append(&mut settled.notices);
    settled.work.found.append(&mut found);
    let last = tail.last.max(settled.last).max(audit.head().change);
    settled.work.upto = last;
    let health = Health::default();
    health.notice_all(notices.clone());
    let recovered = Recovered {
        records: settled.records,
        unrecoverable: settled.unrecoverable.clone(),
        unresolved: ledger.unresolved(),
        actions: ledger.actions(),
        notices,
        journal_entries: tail.entries,
    };
    let parts = Parts { layout, disk, lock: Arc::new(lock), history, clock, health, last };
    let closed = segments.iter().map(Closed::from).collect();
    let state = State { audit, ledger_file, known: settled.known, tip: snapshot.map(|snapshot| snapshot.tip()) };
    let board = Arc::new(Board::new(ledger, settled.work));
    let inner = parts.start(config, board, Segments::new(closed), state, &recovered)?;
    inner.set_aside(&recovered.unrecoverable);
    inner.carry(settled.foreign);
    Ok((inner, recovered))
}
