//! What is durable and waits for the next checkpoint: of each session only its latest record.
//!
//! The journal's thread puts changes here, the checkpoint's thread takes them. Bounded by the number of
//! sessions, and by the journal, which refuses changes when checkpoints fail for long.

use crate::store::journal::Sink;
use crate::store::ledger::{Ledger, Post};
use crate::store::locking::locked;
use crate::store::records::record::Record;
use gateway_domain::AuditEntry;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_yaml::Mapping;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A change, as it goes through the journal's thread.
pub(crate) enum Content<R> {
    Record(KeptRecord<R>),
    Archived { id: String, ended: Timestamp },
    Post { session: String, post: Post },
    Action { session: String, at: Timestamp, body: Box<RawValue> },
    ActionDone { action: u64 },
    Audit(Box<AuditEntry>),
}

/// A record with the fields that it does not know.
#[derive(Debug)]
pub(crate) struct KeptRecord<R> {
    pub(crate) record: Arc<R>,
    pub(crate) foreign: Arc<Mapping>,
}

impl<R> Clone for KeptRecord<R> {
    fn clone(&self) -> Self {
        Self { record: Arc::clone(&self.record), foreign: Arc::clone(&self.foreign) }
    }
}

/// A file as it was found on the disk, to be kept in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FoundFile {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// Everything for one checkpoint.
pub(crate) struct Work<R> {
    /// By session: the number of the change, and the record.
    pub(crate) records: HashMap<String, (u64, KeptRecord<R>)>,
    pub(crate) archived: BTreeMap<String, (u64, Timestamp)>,
    pub(crate) audit: Vec<(u64, AuditEntry)>,
    pub(crate) found: Vec<FoundFile>,
    /// Every change up to this number is in here or in an earlier checkpoint.
    pub(crate) upto: u64,
}

impl<R> Default for Work<R> {
    fn default() -> Self {
        Self { records: HashMap::new(), archived: BTreeMap::new(), audit: vec![], found: vec![], upto: 0 }
    }
}

impl<R> Work<R> {
    pub(crate) fn is_empty(&self) -> bool {
        let Self { records, archived, audit, found, upto: _ } = self;
        records.is_empty() && archived.is_empty() && audit.is_empty() && found.is_empty()
    }
}

/// What the checkpoint's thread is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Checkpoint,
    /// A last checkpoint, then end.
    Finish,
    /// End at once; the journal has everything.
    Abandon,
}

struct State<R> {
    work: Work<R>,
    /// When the oldest of the work came in.
    since: Option<Instant>,
    /// Unhurried changes wait in the journal's thread for a sync.
    held: bool,
    hurry: bool,
    end: Option<Next>,
}

pub(crate) struct PendingChanges<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
    pub(crate) ledger: Ledger,
}

impl<R: Record> PendingChanges<R> {
    pub(crate) fn new(ledger: Ledger, work: Work<R>) -> Self {
        let since = (!work.is_empty()).then(Instant::now);
        let state = State { work, since, held: false, hurry: false, end: None };
        Self { state: Mutex::new(state), changed: Condvar::new(), ledger }
    }

    /// Waits until there is something to do: work that is `window` old, a flush, or the end.
    pub(crate) fn wait(&self, window: Duration) -> Next {
        let mut state = locked(&self.state);
        loop {
            if let Some(end) = state.end {
                return end;
            }
            if std::mem::take(&mut state.hurry) {
                return Next::Checkpoint;
            }
            let waited = state.since.map(|since| since.elapsed());
            if waited.is_some_and(|waited| waited >= window) {
                return Next::Checkpoint;
            }
            state = self.sleep(state, waited.map(|waited| window - waited));
        }
    }

    /// Waits for `pause`, less if the end comes; for a next attempt.
    pub(crate) fn pause(&self, pause: Duration) {
        let state = locked(&self.state);
        if state.end.is_none() {
            drop(self.sleep(state, Some(pause)));
        }
    }

    fn sleep<'a>(
        &self,
        state: MutexGuard<'a, State<R>>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, State<R>> {
        match limit {
            None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            Some(limit) => self.changed.wait_timeout(state, limit).unwrap_or_else(PoisonError::into_inner).0,
        }
    }

    /// Whether changes wait for a sync; the caller makes one.
    pub(crate) fn take_held(&self) -> bool {
        std::mem::take(&mut locked(&self.state).held)
    }

    pub(crate) fn take(&self) -> Work<R> {
        let mut state = locked(&self.state);
        state.since = None;
        let upto = state.work.upto;
        std::mem::replace(&mut state.work, Work { upto, ..Work::default() })
    }

    /// Work that could not be done; what has come in since is newer.
    pub(crate) fn put_back(&self, work: Work<R>) {
        let mut state = locked(&self.state);
        let newer = std::mem::replace(&mut state.work, work);
        let merged = &mut state.work;
        for (id, (number, kept)) in newer.records {
            merged.archived.remove(&id);
            merged.records.insert(id, (number, kept));
        }
        merged.archived.extend(newer.archived);
        merged.audit.extend(newer.audit);
        merged.found.extend(newer.found);
        merged.upto = merged.upto.max(newer.upto);
        state.since = Some(Instant::now());
    }

    /// The newest change that is durable.
    pub(crate) fn newest(&self) -> u64 {
        locked(&self.state).work.upto
    }

    pub(crate) fn hurry(&self) {
        locked(&self.state).hurry = true;
        self.changed.notify_one();
    }

    pub(crate) fn end(&self, how: Next) {
        locked(&self.state).end = Some(how);
        self.changed.notify_one();
    }

    fn begun(&self, state: &mut State<R>) {
        if state.since.is_none() {
            state.since = Some(Instant::now());
            self.changed.notify_one();
        }
    }

    fn put(&self, work: &mut Work<R>, number: u64, content: Content<R>) {
        work.upto = number;
        match content {
            Content::Record(kept) => {
                let id = kept.record.id().to_owned();
                work.archived.remove(&id);
                work.records.insert(id, (number, kept));
            }
            Content::Archived { id, ended } => {
                self.ledger.forget(number, id.clone());
                work.archived.insert(id, (number, ended));
            }
            Content::Post { session, post } => self.ledger.post(number, session, post),
            Content::Action { session, at, body } => self.ledger.act(number, session, at, body),
            Content::ActionDone { action } => self.ledger.done(number, action),
            Content::Audit(entry) => work.audit.push((number, *entry)),
        }
    }
}

/// The journal's end of the pending changes.
pub(crate) struct PendingSink<R>(pub(crate) Arc<PendingChanges<R>>);

impl<R: Record> Sink<Content<R>> for PendingSink<R> {
    fn durable(&self, changes: Vec<(u64, Content<R>)>) {
        let mut state = locked(&self.0.state);
        for (number, content) in changes {
            self.0.put(&mut state.work, number, content);
        }
        self.0.begun(&mut state);
    }

    fn held(&self) {
        let mut state = locked(&self.0.state);
        state.held = true;
        self.0.begun(&mut state);
    }
}
