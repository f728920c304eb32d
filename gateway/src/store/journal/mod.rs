//! The journal: what was promised to a person is on the disk before the promise is made.
//!
//! One thread owns the file. It takes whatever waits in its bounded queue, writes it in one piece, makes one
//! `fdatasync`, looks whether it is still the one that may write, and then confirms every waiter of the batch
//! (group commit). A write that fails is cut back and told to its waiters; the next one starts afresh, so a
//! full disk heals by itself. This file is what callers see; the thread's work is in [`super::writer`].

pub(super) mod closed_segments;
pub(super) mod entry;
pub(super) mod frame;
pub(super) mod segment;
pub(super) mod unsigned;
pub(super) mod writer;

use crate::store::lock::LockLost;
use crate::store::locking::locked;
use entry::Kind;
use jiff::Timestamp;
use serde_json::value::RawValue;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};
use writer::Writer;

/// Changes that may wait for the writer; whoever brings one more waits until there is room.
const MAX_QUEUED_CHANGES: usize = 1_024;

#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    #[error(
        "Could not write the journal {}; this change is not confirmed. Free up space on the volume or repair \
            it; the next change is attempted by itself.", path.display()
    )]
    Write {
        path: PathBuf,
        #[source]
        source: Arc<io::Error>,
    },
    #[error(
        "The journal in {} has reached {bytes} bytes because checkpoints to git fail; changes are refused \
            until one succeeds. The log says what is wrong.", path.display()
    )]
    TooLong { path: PathBuf, bytes: u64 },
    #[error("A change of {bytes} bytes is too large for the journal (limit {}).", frame::MAX_PAYLOAD)]
    TooLarge { bytes: usize },
    #[error(transparent)]
    Fenced(#[from] LockLost),
    #[error("The store is closed.")]
    Closed,
}

/// How soon a change must be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody waits for it: now.
    Promised,
    /// With the next promised change or checkpoint, whichever comes first.
    Soon,
}

/// One change on its way to the disk. `C` is what [`Sink`] gets once it is there.
pub(super) struct Change<C> {
    pub(super) kind: Kind,
    pub(super) session: String,
    pub(super) at: Timestamp,
    pub(super) body: Box<RawValue>,
    pub(super) urgency: Urgency,
    pub(super) content: C,
}

/// Who works with what has become durable, in order.
pub(super) trait Sink<C>: Send + 'static {
    fn durable(&self, changes: Vec<(u64, C)>);
    /// Unhurried changes are written and wait for a sync.
    fn held(&self);
}

/// Resolves with the change's number once it is on the disk.
#[derive(Debug)]
#[must_use = "a change is confirmed only when this has resolved"]
pub(super) struct Durable(oneshot::Receiver<Result<u64, JournalError>>);

impl Future for Durable {
    type Output = Result<u64, JournalError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|answer| answer.unwrap_or(Err(JournalError::Closed)))
    }
}

pub(super) type Confirm = oneshot::Sender<Result<u64, JournalError>>;

pub(super) enum Command<C> {
    Write(Change<C>, Confirm),
    Sync(Confirm),
}

/// The handle; the thread ends when [`Journal::close`] is called or the handle is dropped.
pub(super) struct Journal<C> {
    queue: Mutex<Option<mpsc::Sender<Command<C>>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl<C: Send + 'static> Journal<C> {
    pub(super) fn start(writer: Writer<C>) -> io::Result<Self> {
        let (queue, receiver) = mpsc::channel(MAX_QUEUED_CHANGES);
        let thread = std::thread::Builder::new().name("store-journal".to_owned());
        let thread = thread.spawn(move || writer.run(receiver))?;
        Ok(Self { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// Hands a change to the writer; waits only while the queue is full.
    pub(super) async fn write(&self, change: Change<C>) -> Result<Durable, JournalError> {
        let bytes = change.body.get().len();
        if bytes > frame::MAX_PAYLOAD / 2 {
            return Err(JournalError::TooLarge { bytes });
        }
        let (confirm, durable) = oneshot::channel();
        let queue = self.sender()?;
        queue.send(Command::Write(change, confirm)).await.map_err(|_| JournalError::Closed)?;
        Ok(Durable(durable))
    }

    /// Resolves when everything handed over before is on the disk.
    pub(super) async fn sync(&self) -> Result<u64, JournalError> {
        let (confirm, durable) = oneshot::channel();
        self.sender()?.send(Command::Sync(confirm)).await.map_err(|_| JournalError::Closed)?;
        Durable(durable).await
    }

    /// Blocks until everything handed over before is on the disk; for the checkpoint's thread.
    pub(super) fn sync_blocking(&self) -> Result<u64, JournalError> {
        let (confirm, durable) = oneshot::channel();
        self.sender()?.blocking_send(Command::Sync(confirm)).map_err(|_| JournalError::Closed)?;
        durable.blocking_recv().unwrap_or(Err(JournalError::Closed))
    }

    fn sender(&self) -> Result<mpsc::Sender<Command<C>>, JournalError> {
        locked(&self.queue).clone().ok_or(JournalError::Closed)
    }
}

impl<C> Journal<C> {
    /// Takes no more changes, writes those that wait, and ends the thread. Blocks.
    pub(super) fn close(&self) {
        drop(locked(&self.queue).take());
        if let Some(thread) = locked(&self.thread).take() {
            // A panic in the writer has shown itself to everyone who waited.
            let _ = thread.join();
        }
    }
}

impl<C> Drop for Journal<C> {
    fn drop(&mut self) {
        self.close();
    }
}
