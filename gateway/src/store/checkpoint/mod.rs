//! The checkpoint: one thread that turns what is durable into record files and git commits.
//!
//! A round takes everything that waits (at most a commit window old), writes the files, commits, and only
//! then lets the journal forget. A round that fails changes no promise: its work goes back and is tried again.

mod archive;
mod commit_messages;
mod commits;
mod pack_merging;
pub(super) mod pending_changes;
mod restore_files;
pub(super) mod stuck;

use crate::clock::Clock;
use crate::store::audit_head;
use crate::store::audit_log::AuditLog;
use crate::store::disk::{Disk, Durability, ensure_dir, read_plain, replace};
use crate::store::errors::{CheckpointError, chain};
use crate::store::git::{Draft, GitError, History, Put};
use crate::store::journal::Journal;
use crate::store::journal::closed_segments::ClosedSegments;
use crate::store::journal::segment::Name;
use crate::store::layout::{Layout, is_id, record_path};
use crate::store::ledger::LedgerFile;
use crate::store::lock::Lock;
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::{self, KnownFile, Stamp, typed_words, yaml};
use crate::store::state_keys::StateKeys;
use crate::store::store_health::{Health, Progress};
use commits::Changes;
use git2::{ObjectType, Oid};
use pack_merging::PackMerging;
use pending_changes::{Content, FoundFile, KeptRecord, Next, PendingChanges, Work};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stuck::Stuck;
use tokio::sync::watch;

/// Pause before a failed round is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// Attempts at the last checkpoint when the gateway stops; the journal keeps what they do not reach.
const LAST_ATTEMPTS: usize = 3;
/// Rounds between looks at the number of packs.
const TIDY_EVERY: u64 = 16;

/// What the thread owns.
pub(super) struct Checkpointer<R> {
    pub(super) layout: Layout,
    pub(super) disk: Arc<dyn Disk>,
    pub(super) history: History,
    pub(super) pending: Arc<PendingChanges<R>>,
    pub(super) journal: Arc<Journal<Content<R>>>,
    pub(super) segments: ClosedSegments,
    pub(super) lock: Arc<Lock>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) window: Duration,
    pub(super) progress: watch::Sender<Progress>,
    pub(super) health: Health,
    pub(super) audit: AuditLog,
    pub(super) ledger_file: LedgerFile,
    /// Live record files.
    pub(super) known: HashMap<String, KnownFile>,
    /// Sessions whose ending has a commit of its own.
    pub(super) ended: HashSet<String>,
    /// Our last commit.
    pub(super) tip: Option<Oid>,
    pub(super) rounds: Rounds,
    pub(super) stuck: Stuck<R>,
    pub(super) keys: Option<StateKeys>,
}

/// What lives from one round to the next.
#[derive(Default)]
pub(super) struct Rounds {
    count: u64,
    /// Record files that a power cut could lose.
    unsynced: HashSet<String>,
    /// Files that git's index does not show yet.
    unindexed: BTreeMap<String, Option<Oid>>,
    merging: PackMerging,
}

impl<R: Record> Checkpointer<R> {
    pub(super) fn run(mut self) {
        loop {
            match self.pending.wait(self.window) {
                Next::Checkpoint => {
                    if !self.round() {
                        self.pending.pause(RETRY);
                    }
                }
                Next::Finish => {
                    let done = (0..LAST_ATTEMPTS).any(|_| self.round());
                    if done {
                        self.leave_journal_empty();
                    }
                    break;
                }
                Next::Abandon => break,
            }
        }
        self.rounds.merging.stop();
    }

    /// One round; false when its work went back.
    fn round(&mut self) -> bool {
        if self.pending.take_held() {
            // If it fails, whoever waits for those changes is told by the journal itself.
            let _ = self.journal.sync_blocking();
        }
        let mut work = self.pending.take();
        self.stuck.rejoin(&mut work);
        match self.checkpoint(&mut work) {
            Ok(()) => {
                self.health.succeeded();
                self.progress.send_modify(|progress| progress.committed = work.upto);
                self.after(self.stuck.forgettable(work.upto));
                true
            }
            Err(error) => {
                self.pending.put_back(work);
                let error = Arc::new(error);
                self.health.failed(&error);
                self.progress.send_modify(|progress| progress.failed(error));
                false
            }
        }
    }

    fn checkpoint(&mut self, work: &mut Work<R>) -> Result<(), CheckpointError> {
        if work.is_empty() {
            return Ok(());
        }
        self.lock.check()?;
        let mut found = work.found.clone();
        let mut puts = self.write_records(work, &mut found)?;
        if work.is_empty() {
            return Ok(());
        }
        let work = &*work;
        let archived = archive::write(self, work)?;
        let audit = self.audit.extended(&work.audit)?;
        for (path, text) in &audit.files {
            self.write(path, text.as_bytes(), audit_head::durability(path))?;
            puts.push((None, put(path, text.as_bytes())));
        }
        let changes = Changes { found, puts, archived, audit: audit.head(), first: self.tip.is_none() };
        let drafts = changes.drafts(work, &self.ended);
        // Whoever took over must not find commits of ours on top of its own.
        self.lock.check()?;
        let committed = self.history.commit(&drafts, self.tip, self.clock.now())?;
        self.audit.accept(audit);
        self.tip = committed.tip;
        self.remember(work, &drafts);
        self.health.notice_all(committed.notices);
        if committed.disk_doubtful {
            restore_files::restore_files(self);
        }
        Ok(())
    }

    /// Writes the record files; returns each with its session. What somebody else wrote there goes to `found`. One that
    /// cannot be written is taken out of the work, so that it holds up no other.
    fn write_records(
        &mut self,
        work: &mut Work<R>,
        found: &mut Vec<FoundFile>,
    ) -> Result<Vec<(Option<String>, Put)>, CheckpointError> {
        let mut puts = Vec::with_capacity(work.records.len());
        let mut failed = BTreeMap::new();
        for (id, (number, kept)) in &work.records {
            match self.write_record(id, *number, kept, found) {
                Ok(put) => puts.push((Some(id.clone()), put)),
                Err(error) if error.is_of_one_record() => {
                    let path = self.layout.at(&record_path(id));
                    failed.insert(id.clone(), stuck::sentence(&path, id, &reason(&error)));
                }
                Err(error) => return Err(error),
            }
        }
        self.stuck.replace(work, failed.keys());
        self.health.stuck(failed);
        Ok(puts)
    }

    fn write_record(
        &mut self,
        id: &str,
        number: u64,
        kept: &KeptRecord<R>,
        found: &mut Vec<FoundFile>,
    ) -> Result<Put, CheckpointError> {
        if !is_id(id) {
            return Err(CheckpointError::NoId);
        }
        let path = record_path(id);
        let open = kept.record.without_typed_secrets();
        let record = open.as_ref().unwrap_or(kept.record.as_ref());
        let text = yaml::render_signed(record, number, &kept.foreign, self.keys.as_ref())?;
        let full = self.layout.at(&path);
        let failed = |source| CheckpointError::Write { path: full.clone(), source };
        let (disk, keys) = (self.disk.as_ref(), self.keys.as_ref());
        if open.is_some() {
            typed_words::keep(disk, &self.layout, kept.record.as_ref(), number, keys).map_err(failed)?;
        }
        let theirs = self.somebody_elses(id, &full).map_err(failed)?;
        let stamp = records::write(self.disk.as_ref(), &full, text.as_bytes()).map_err(failed)?;
        if let Some(bytes) = theirs {
            self.health.notice(Notice::EditedOutside { path: full.clone(), session: id.to_owned() });
            found.push(FoundFile { path: path.clone(), bytes });
        }
        if open.is_none() {
            typed_words::forget(disk, &self.layout, id).map_err(failed)?;
        }
        let blob = hash(text.as_bytes())?;
        self.known.insert(id.to_owned(), KnownFile { stamp, blob });
        self.rounds.unsynced.insert(id.to_owned());
        Ok(put(&path, text.as_bytes()))
    }

    /// The file's bytes, if it is not as this gateway left it.
    fn somebody_elses(&self, id: &str, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let known = self.known.get(id);
        let bytes = match Stamp::of(path) {
            Ok(stamp) if known.is_some_and(|known| known.stamp == stamp) => return Ok(None),
            Ok(_) => match read_plain(path)? {
                Some(bytes) => bytes,
                // A pipe or a link gives way to the record; nothing stands in it.
                None => return Ok(None),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let same = known.is_some_and(|known| hash(&bytes).is_ok_and(|blob| blob == known.blob));
        Ok((!same).then_some(bytes))
    }

    fn write(&self, path: &str, bytes: &[u8], durability: Durability) -> Result<(), CheckpointError> {
        let full = self.layout.at(path);
        let written = ensure_dir(full.parent().unwrap_or(&full))
            .and_then(|()| replace(self.disk.as_ref(), &full, bytes, durability));
        written.map_err(|source| CheckpointError::Write { path: full, source })
    }

    /// Notes what has been committed.
    fn remember(&mut self, work: &Work<R>, drafts: &[Draft]) {
        for (id, (_, kept)) in &work.records {
            match kept.record.ending() {
                Some(_) => self.ended.insert(id.clone()),
                None => self.ended.remove(id),
            };
        }
        for put in drafts.iter().flat_map(|draft| &draft.puts) {
            let blob = put.content.as_ref().and_then(|content| hash(content).ok());
            self.rounds.unindexed.insert(put.path.clone(), blob);
        }
    }

    /// What follows a round and may fail without harm: it is tried again with the next one.
    fn after(&mut self, committed: u64) {
        if !self.rounds.unindexed.is_empty() {
            match self.history.update_index(&self.rounds.unindexed) {
                Ok(()) => self.rounds.unindexed.clear(),
                Err(error) => tracing::debug!(error = %error, "git index out of date"),
            }
        }
        if let Err(error) = self.retire(committed) {
            tracing::warn!(error = %error, "journal files that are in git not removed; retrying");
        }
        self.rounds.count += 1;
        if self.rounds.count.is_multiple_of(TIDY_EVERY) {
            self.rounds.merging.go_on(&self.history);
        }
    }

    /// Lets the journal forget what is in the records, in git and in the ledger, once all of it is on the disk.
    fn retire(&mut self, committed: u64) -> io::Result<()> {
        let covered = self.segments.covered(committed);
        if covered.is_empty() {
            return Ok(());
        }
        self.ledger_file.save(self.disk.as_ref(), &self.pending.ledger)?;
        records::sync(self.disk.as_ref(), &self.layout, self.rounds.unsynced.iter())?;
        self.rounds.unsynced.clear();
        self.segments.retire(self.disk.as_ref(), &covered)
    }

    /// When everything is committed, only an empty file stays, which keeps the numbers rising.
    fn leave_journal_empty(&mut self) {
        let committed = self.progress.borrow().committed;
        let name = Name { first: committed + 1, fence: self.lock.fence() };
        let path = self.layout.journal().join(name.file_name());
        let left = self.disk.create(&path).and_then(|_| self.disk.sync_dir(&self.layout.journal()));
        let left = left.and_then(|()| self.retire(self.stuck.forgettable(committed)));
        if let Err(error) = left {
            tracing::warn!(error = %error, "last checkpoint failed; the next start reads the journal");
        }
    }
}

pub(super) fn put(path: &str, bytes: &[u8]) -> Put {
    Put { path: path.to_owned(), content: Some(bytes.to_vec()) }
}

/// Without the path and the remedy, which differ here.
fn reason(error: &CheckpointError) -> String {
    match error {
        CheckpointError::Write { source, .. } => source.to_string(),
        other => chain(other),
    }
}

fn hash(bytes: &[u8]) -> Result<Oid, CheckpointError> {
    Oid::hash_object(ObjectType::Blob, bytes)
        .map_err(|source| GitError::Failed { doing: "hash a file", path: PathBuf::new(), source }.into())
}
