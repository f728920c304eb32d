//! The running store: both threads, and what the handle needs to talk to them.

use crate::clock::Clock;
use crate::store::audit_log::AuditLog;
use crate::store::checkpoint::pending_changes::{Content, Next, PendingChanges, PendingSink};
use crate::store::checkpoint::stuck::Stuck;
use crate::store::checkpoint::{Checkpointer, Rounds};
use crate::store::disk::Disk;
use crate::store::git::History;
use crate::store::journal::Journal;
use crate::store::journal::closed_segments::ClosedSegments;
use crate::store::journal::writer::Writer;
use crate::store::layout::Layout;
use crate::store::ledger::LedgerFile;
use crate::store::lock::Lock;
use crate::store::locking::locked;
use crate::store::records::KnownFile;
use crate::store::records::record::Record;
use crate::store::set_aside::Unrecoverable;
use crate::store::state_keys::Trust;
use crate::store::store_health::{Health, Progress};
use git2::Oid;
use prometheus_client::metrics::histogram::Histogram;
use serde_yaml::Mapping;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// From a fast disk's sync to a volume that hangs.
const SECONDS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 10.0];

pub(super) struct StoreState<R: Record> {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) journal: Arc<Journal<Content<R>>>,
    pub(super) pending: Arc<PendingChanges<R>>,
    pub(super) history: History,
    pub(super) health: Health,
    pub(super) progress: watch::Receiver<Progress>,
    /// Fields that the records do not know, by session.
    pub(super) foreign: Mutex<HashMap<String, Arc<Mapping>>>,
    /// Audit entries from before the start. A gateway that was killed gives again what may be missing.
    pub(super) audited: HashSet<String>,
    /// Sessions that wait for a person.
    pub(super) aside: Mutex<HashMap<String, Unrecoverable>>,
    pub(super) confirmation: Histogram,
    /// The threads own it, so that it is given up when they end.
    pub(super) lock: Weak<Lock>,
    checkpointer: Mutex<Option<JoinHandle<()>>>,
    pub(super) trust: Trust,
}

/// Everything that was read and made before the threads start.
pub(super) struct StoreParts {
    pub(super) layout: Layout,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) lock: Arc<Lock>,
    pub(super) history: History,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) health: Health,
    /// The highest number that was ever given to a change.
    pub(super) last: u64,
    pub(super) segments: ClosedSegments,
    pub(super) audit: AuditLog,
    pub(super) ledger_file: LedgerFile,
    pub(super) known: HashMap<String, KnownFile>,
    pub(super) tip: Option<Oid>,
    pub(super) foreign: HashMap<String, Arc<Mapping>>,
    pub(super) audited: HashSet<String>,
    /// Sessions whose ending has a commit of its own.
    pub(super) ended: HashSet<String>,
    /// Sessions that wait for a person.
    pub(super) aside: HashMap<String, Unrecoverable>,
    pub(super) window: Duration,
    pub(super) trust: Trust,
}

impl StoreParts {
    pub(super) fn start<R: Record>(self, pending: PendingChanges<R>) -> io::Result<StoreState<R>> {
        let Self { layout, disk, lock, history, clock, health, last, segments, audit, .. } = self;
        let pending = Arc::new(pending);
        let sink = Box::new(PendingSink(Arc::clone(&pending)));
        let (directory, guard, watched_lock) = (layout.journal(), Arc::clone(&lock), Arc::downgrade(&lock));
        let keys = self.trust.keys().cloned();
        let writer =
            Writer::new(Arc::clone(&disk), &directory, guard, segments.clone(), sink, last + 1, keys.clone());
        let journal = Arc::new(Journal::start(writer)?);
        let (progress, watched) = watch::channel(Progress::default());
        let checkpointer = Checkpointer {
            layout,
            disk,
            history: history.clone(),
            pending: Arc::clone(&pending),
            journal: Arc::clone(&journal),
            segments,
            lock,
            clock: Arc::clone(&clock),
            window: self.window,
            progress,
            health: health.clone(),
            audit,
            ledger_file: self.ledger_file,
            known: self.known,
            ended: self.ended,
            tip: self.tip,
            rounds: Rounds::default(),
            stuck: Stuck::default(),
            keys,
        };
        let thread = std::thread::Builder::new().name("store-checkpoint".to_owned());
        let thread = thread.spawn(move || checkpointer.run())?;
        Ok(StoreState {
            clock,
            journal,
            pending,
            history,
            health,
            progress: watched,
            foreign: Mutex::new(self.foreign),
            audited: self.audited,
            aside: Mutex::new(self.aside),
            confirmation: confirmation(),
            lock: watched_lock,
            checkpointer: Mutex::new(Some(thread)),
            trust: self.trust,
        })
    }
}

fn confirmation() -> Histogram {
    Histogram::new(SECONDS)
}

impl<R: Record> StoreState<R> {
    /// Writes what waits, ends both threads and gives the lock up. Blocks.
    pub(super) fn end(&self, how: Next) {
        self.journal.close();
        self.pending.end(how);
        if let Some(thread) = locked(&self.checkpointer).take() {
            // A panic there has shown itself; the journal has everything.
            let _ = thread.join();
        }
    }
}

impl<R: Record> Drop for StoreState<R> {
    /// Without `close` the last changes stay in the journal, as after a crash.
    fn drop(&mut self) {
        self.end(Next::Abandon);
    }
}
