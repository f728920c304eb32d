//! What the journal's thread does: batches, one sync each, confirmation, and files.

use super::closed_segments::{ClosedSegment, ClosedSegments};
use super::entry::Entry;
use super::segment::Name;
use super::{Change, Command, Confirm, JournalError, Sink, Urgency, frame};
use crate::store::disk::{Disk, DiskFile, ensure_dir};
use crate::store::lock::Lock;
use crate::store::state_keys::StateKeys;
use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Changes confirmed by one sync: keeps the first of a batch from waiting for a long write.
const BATCH: usize = 256;
/// Unhurried changes that may wait for a sync.
const MAX_HELD: usize = 1_024;
/// A file is closed at this size, so that removing what git covers frees room soon.
const SEGMENT_BYTES: u64 = 16 << 20;
/// When checkpoints fail for long, the journal stops growing here and changes are refused.
const MAX_JOURNAL_BYTES: u64 = 512 << 20;

struct Current {
    file: Box<dyn DiskFile>,
    path: PathBuf,
    /// Bytes written.
    length: u64,
    /// Bytes known to be on the disk.
    synced: u64,
}

/// What the thread owns.
pub(crate) struct Writer<C> {
    disk: Arc<dyn Disk>,
    directory: PathBuf,
    lock: Arc<Lock>,
    segments: ClosedSegments,
    sink: Box<dyn Sink<C>>,
    current: Option<Current>,
    /// The number of the next change.
    next: u64,
    /// Written, not synced.
    held: Vec<WrittenChange<C>>,
    keys: Option<StateKeys>,
}

struct WrittenChange<C> {
    number: u64,
    content: C,
    confirm: Confirm,
}

impl<C: Send + 'static> Writer<C> {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        directory: &Path,
        lock: Arc<Lock>,
        segments: ClosedSegments,
        sink: Box<dyn Sink<C>>,
        next: u64,
        keys: Option<StateKeys>,
    ) -> Self {
        let directory = directory.to_owned();
        Self { disk, directory, lock, segments, sink, current: None, next, held: vec![], keys }
    }

    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Command<C>>) {
        let mut batch = Vec::with_capacity(BATCH);
        while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
            self.take(batch.drain(..));
        }
        // Whoever waits has been told if it failed.
        let _ = self.sync_held();
    }

    fn take(&mut self, batch: impl Iterator<Item = Command<C>>) {
        let (mut changes, mut syncs) = (vec![], vec![]);
        for command in batch {
            match command {
                Command::Write(change, confirm) => changes.push((change, confirm)),
                Command::Sync(confirm) => syncs.push(confirm),
            }
        }
        let promised = changes.iter().any(|(change, _)| change.urgency == Urgency::Promised);
        self.write(changes);
        if promised || !syncs.is_empty() || self.held.len() >= MAX_HELD {
            let synced = self.sync_held();
            for confirm in syncs {
                // Whoever waited for the sync may have gone; that is its own affair.
                let _ = confirm.send(synced.clone());
            }
        } else if !self.held.is_empty() {
            self.sink.held();
        }
    }

    /// Writes the changes in one piece; those that cannot be written are answered here.
    fn write(&mut self, changes: Vec<(Change<C>, Confirm)>) {
        if changes.is_empty() {
            return;
        }
        if let Err(error) = self.ready() {
            return refuse(changes.into_iter().map(|(_, confirm)| confirm), &error);
        }
        let mut bytes = vec![];
        let mut written = Vec::with_capacity(changes.len());
        for (change, confirm) in changes {
            match self.encode(&mut bytes, &change) {
                Ok(number) => written.push(WrittenChange { number, content: change.content, confirm }),
                Err(error) => refuse([confirm], &error),
            }
        }
        match self.append(&bytes) {
            Ok(()) => self.held.append(&mut written),
            Err(error) => {
                refuse(written.into_iter().map(|written| written.confirm), &error);
                self.give_up_unsynced(&error);
            }
        }
    }

    /// May this gateway write, is there room in the journal, and is there a file?
    fn ready(&mut self) -> Result<(), JournalError> {
        self.lock.check()?;
        let length = self.current.as_ref().map_or(0, |current| current.length);
        if self.segments.bytes() + length > MAX_JOURNAL_BYTES {
            let bytes = self.segments.bytes() + length;
            return Err(JournalError::TooLong { path: self.directory.clone(), bytes });
        }
        if length >= SEGMENT_BYTES {
            self.sync_held()?;
            self.close_current();
        }
        if self.current.is_none() {
            self.current = Some(self.begin()?);
        }
        Ok(())
    }

    fn begin(&self) -> Result<Current, JournalError> {
        let name = Name { first: self.next, fence: self.lock.fence() };
        let path = self.directory.join(name.file_name());
        let begun = ensure_dir(&self.directory).and_then(|()| {
            let file = self.disk.create(&path)?;
            self.disk.sync_dir(&self.directory)?;
            Ok(file)
        });
        match begun {
            Ok(file) => Ok(Current { file, path, length: 0, synced: 0 }),
            Err(error) => {
                // An empty file of that name would stand in the way of the next attempt.
                let _ = self.disk.remove(&path);
                Err(failed(&path, error))
            }
        }
    }

    fn encode(&mut self, bytes: &mut Vec<u8>, change: &Change<C>) -> Result<u64, JournalError> {
        let entry = Entry {
            fence: self.lock.fence(),
            at: change.at,
            kind: change.kind,
            session: Cow::Borrowed(&change.session),
            body: &change.body,
        };
        let payload =
            serde_json::to_vec(&entry).map_err(|error| failed(&self.directory, io::Error::other(error)))?;
        let number = self.next;
        frame::encode(bytes, number, &payload, self.keys.as_ref());
        self.next += 1;
        Ok(number)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let Some(current) = &mut self.current else { return Err(JournalError::Closed) };
        current.file.write(bytes).map_err(|error| failed(&current.path, error))?;
        current.length += bytes.len() as u64;
        Ok(())
    }

    /// Brings everything written to the disk and confirms it. Returns the last number that is there.
    fn sync_held(&mut self) -> Result<u64, JournalError> {
        if self.held.is_empty() {
            return Ok(self.next - 1);
        }
        if let Err(error) = self.sync_current() {
            self.give_up_unsynced(&error);
            return Err(error);
        }
        let (mut changes, mut waiters) = (vec![], vec![]);
        for written in self.held.drain(..) {
            changes.push((written.number, written.content));
            waiters.push((written.confirm, written.number));
        }
        self.sink.durable(changes);
        for (confirm, number) in waiters {
            // Nobody waits for an unhurried change.
            let _ = confirm.send(Ok(number));
        }
        Ok(self.next - 1)
    }

    /// The check comes after the sync: whoever took over before it has seen these entries or refuses them.
    fn sync_current(&mut self) -> Result<(), JournalError> {
        let Some(current) = &mut self.current else { return Err(JournalError::Closed) };
        current.file.sync().map_err(|error| failed(&current.path, error))?;
        current.synced = current.length;
        self.lock.check()?;
        Ok(())
    }

    /// Nothing after the last sync was confirmed: tells the waiters and leaves the file behind, cut back.
    ///
    /// After a failed sync the system's cache no longer says what is on the disk, so the file is not used
    /// again; numbers are not used twice either.
    fn give_up_unsynced(&mut self, error: &JournalError) {
        refuse(self.held.drain(..).map(|written| written.confirm), error);
        if let Some(current) = &mut self.current {
            let synced = current.synced;
            // If even this fails, the bytes stay and may be found at the next start: unconfirmed, harmless.
            let _ = current.file.truncate(synced);
        }
        self.close_current();
    }
}

impl<C> Writer<C> {
    fn close_current(&mut self) {
        let Some(Current { path, length, .. }) = self.current.take() else { return };
        self.segments.push(ClosedSegment { path, last: self.next - 1, bytes: length });
    }
}

impl<C> Drop for Writer<C> {
    fn drop(&mut self) {
        self.close_current();
    }
}

fn failed(path: &Path, error: io::Error) -> JournalError {
    JournalError::Write { path: path.to_owned(), source: Arc::new(error) }
}

fn refuse(waiters: impl IntoIterator<Item = Confirm>, error: &JournalError) {
    for confirm in waiters {
        let _ = confirm.send(Err(error.clone()));
    }
}
