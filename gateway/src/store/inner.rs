//! The running store: both threads, and what the handle needs to talk to them.

use super::audit::AuditLog;
use super::board::{Board, BoardSink, Content, Next};
use super::checkpoint::{Checkpointer, Known, Rounds};
use super::disk::Disk;
use super::git::History;
use super::health::{Health, Progress};
use super::journal::Journal;
use super::layout::Layout;
use super::ledger::LedgerFile;
use super::lock::Lock;
use super::locked;
use super::metrics;
use super::open::Recovered;
use super::record::Record;
use super::segments::Segments;
use super::settle::Unrecoverable;
use super::writer::Writer;
use crate::clock::Clock;
use git2::Oid;
use prometheus_client::metrics::histogram::Histogram;
use serde_yaml::Mapping;
use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

pub(super) struct Inner<R: Record> {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) journal: Arc<Journal<Content<R>>>,
    pub(super) board: Arc<Board<R>>,
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
}

/// Everything that was read and made before the threads start.
pub(super) struct Parts {
    pub(super) layout: Layout,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) lock: Arc<Lock>,
    pub(super) history: History,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) health: Health,
    /// The highest number that was ever given to a change.
    pub(super) last: u64,
    pub(super) segments: Segments,
    pub(super) audit: AuditLog,
    pub(super) ledger_file: LedgerFile,
    pub(super) known: HashMap<String, Known>,
    pub(super) tip: Option<Oid>,
    pub(super) foreign: HashMap<String, Arc<Mapping>>,
    pub(super) audited: HashSet<String>,
    pub(super) window: Duration,
}

impl Parts {
    pub(super) fn start<R: Record>(self, board: Board<R>, recovered: &Recovered<R>) -> io::Result<Inner<R>> {
        let Self { layout, disk, lock, history, clock, health, last, segments, audit, .. } = self;
        let board = Arc::new(board);
        let sink = Box::new(BoardSink(Arc::clone(&board)));
        let (directory, guard, watched_lock) = (layout.journal(), Arc::clone(&lock), Arc::downgrade(&lock));
        let writer = Writer::new(Arc::clone(&disk), &directory, guard, segments.clone(), sink, last + 1);
        let journal = Arc::new(Journal::start(writer)?);
        let (progress, watched) = watch::channel(Progress::default());
        let ended = recovered.records.iter().filter(|record| record.ending().is_some());
        let checkpointer = Checkpointer {
            layout,
            disk,
            history: history.clone(),
            board: Arc::clone(&board),
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
            ended: ended.map(|record| record.id().to_owned()).collect(),
            tip: self.tip,
            rounds: Rounds::default(),
        };
        let thread = std::thread::Builder::new().name("store-checkpoint".to_owned());
        let thread = thread.spawn(move || checkpointer.run())?;
        let aside = recovered.unrecoverable.iter().map(|aside| (aside.session.clone(), aside.clone()));
        Ok(Inner {
            clock,
            journal,
            board,
            history,
            health,
            progress: watched,
            foreign: Mutex::new(self.foreign),
            audited: self.audited,
            aside: Mutex::new(aside.collect()),
            confirmation: metrics::confirmation(),
            lock: watched_lock,
            checkpointer: Mutex::new(Some(thread)),
        })
    }
}

impl<R: Record> Inner<R> {
    /// Writes what waits, ends both threads and gives the lock up. Blocks.
    pub(super) fn end(&self, how: Next) {
        self.journal.close();
        self.board.end(how);
        if let Some(thread) = locked(&self.checkpointer).take() {
            // A panic there has shown itself; the journal has everything.
            let _ = thread.join();
        }
    }
}

impl<R: Record> Drop for Inner<R> {
    /// Without `close` the last changes stay in the journal, as after a crash.
    fn drop(&mut self) {
        self.end(Next::Abandon);
    }
}
