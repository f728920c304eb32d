//! Start-up: lock, put the repository in order, read records and journal, decide, start the two threads.
//!
//! Nothing is committed here. What has to be written again waits among the pending changes for the first checkpoint, so a
//! history that is locked or a disk that is full does not keep the gateway from starting.

pub(super) mod choose_version;
mod hand_edits;
pub(super) mod lost_history;
mod open_audit;
mod put_right;
mod reconcile;
pub(super) mod tail;

use crate::clock::Clock;
use crate::store::audit_head::NewLogKey;
use crate::store::checkpoint::pending_changes::{FoundFile, PendingChanges};
use crate::store::delivery_files::DeliveryFiles;
use crate::store::disk::{Disk, Durability, ensure_dir, replace};
use crate::store::errors::{StoreError, chain};
use crate::store::foreign_lines;
use crate::store::git::{Author, GitError, History, ReadError, Snapshot};
use crate::store::grant_file::GrantFile;
use crate::store::journal::closed_segments::{ClosedSegment, ClosedSegments};
use crate::store::journal::segment::{self, Segment};
use crate::store::journal::unsigned;
use crate::store::layout::{IGNORED, Layout};
use crate::store::ledger::{Ledger, Post, StoredAction};
use crate::store::lock::{self, Lock, LockError, TakeOver};
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::typed_words::TypedWords;
use crate::store::records::{self, LoadError};
use crate::store::running_store::{StoreParts, StoreState};
use crate::store::set_aside::Unrecoverable;
use crate::store::state_keys::{StateKeys, Trust};
use crate::store::store_health::Health;
pub(super) use open_audit::committed_head;

use choose_version::{ChooseError, ChosenVersions, VersionChooser};
use gateway_domain::AuditEntry;
use gateway_proof::note::Signer;
use jiff::Timestamp;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tail::Tail;

/// What lies in every state repository beside the state, so that a person finds their way; and whether our
/// version replaces another one that is there.
const FILES_TO_WRITE: [(&str, &str, bool); 3] = [
    (".gitignore", IGNORED, false),
    ("README.md", include_str!("../../../../.session-state/README.md"), false),
    (
        "schema/session-state.schema.json",
        include_str!("../../../../.session-state/schema/session-state.schema.json"),
        true,
    ),
];

/// How long changes gather before they share a commit.
const WINDOW: Duration = Duration::from_millis(500);

/// Where the state is kept, and as whom.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    pub directory: PathBuf,
    /// Who holds the lock, for the sentence that a second gateway shows.
    pub holder: String,
    pub take_over: TakeOver,
    pub branch: String,
    pub author: Author,
    /// How long changes gather before they share a commit.
    pub window: Duration,
    /// Signs what the store writes, and tells what others wrote. Without them everything is believed.
    pub keys: Option<StateKeys>,
    /// What is not signed is taken over: the keys are used for the first time.
    pub first_use: bool,
    /// Signs the heads of the audit log. Without it they stay as they are.
    pub signer: Option<Arc<Signer>>,
}

impl StoreConfig {
    pub fn at(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            holder: holder(),
            take_over: TakeOver::WhenFree,
            branch: BRANCH.to_owned(),
            author: Author::default(),
            window: WINDOW,
            keys: None,
            first_use: false,
            signer: None,
        }
    }

    /// Who has this directory at the moment, if somebody does. Takes nothing.
    pub fn holder_of(directory: &Path) -> Option<String> {
        lock::holder(&Layout::new(directory).lock())
    }
}

/// The branch that has the state.
pub(super) const BRANCH: &str = "state";

fn holder() -> String {
    let machine = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("the gateway with process id {} on {}", std::process::id(), machine.trim())
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(
        "The state's history can't be read. Restore `.git` in the state folder from a backup, or move it \
            aside: the records stay, and a new history begins."
    )]
    Read(#[from] ReadError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Choose(#[from] ChooseError),
    #[error("Could not {doing} {}; check that the volume is mounted and writable.", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "Nothing in {} is signed with this gateway's key, so nobody knows who wrote it. If its root secret was set just now or \
            replaced, look at what is there (`gateway state verify`) and sign it with `gateway state reseal`. If not, give \
            the gateway the secret that belongs to this state.", path.display()
    )]
    NotSigned { path: PathBuf },
    #[error("The root secret in {} can't be used.", path.display())]
    Secret {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("Could not start the store's threads: the system has none left.")]
    Threads(#[source] io::Error),
    #[error("Old sessions could not be archived.")]
    Archive(#[from] StoreError),
    #[error("The audit log's new key could not be noted in it.")]
    LogKey(#[source] StoreError),
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
    pub actions: Vec<StoredAction>,
    /// When something was last written here before.
    pub last_written: Option<Timestamp>,
    /// What was found and put right.
    pub notices: Vec<Notice>,
    /// Entries that the journal held.
    pub journal_entries: usize,
    /// From now on the audit log is signed by another key than before, or for the first time.
    pub new_log_key: Option<NewLogKey>,
    /// To be logged before anything else happens: that others wrote lines of the log; and decisions from before there were keys, since
    /// without an entry a decision is void from the next start on.
    pub to_log: Vec<AuditEntry>,
}

impl<R: Record> Recovered<R> {
    /// Sessions whose ending has a commit of its own.
    fn ended(&self) -> HashSet<String> {
        let ended = self.records.iter().filter(|record| record.ending().is_some());
        ended.map(|record| record.id().to_owned()).collect()
    }

    fn aside(&self) -> HashMap<String, Unrecoverable> {
        self.unrecoverable.iter().map(|aside| (aside.session.clone(), aside.clone())).collect()
    }
}

pub(super) fn open<R: Record>(
    config: &StoreConfig,
    clock: Arc<dyn Clock>,
    disk: Arc<dyn Disk>,
) -> Result<(StoreState<R>, Recovered<R>), OpenError> {
    let layout = Layout::new(&config.directory);
    let lock = take_lock(config, &layout, clock.as_ref())?;
    let last_written = layout.last_written();
    let history = History::new(layout.root(), &config.branch, config.author.clone());
    history.clear_workshop()?;
    let had_repository = layout.at(".git").exists();
    let mut notices = lost_history::prepare(&history, &layout, clock.now())?;
    records::clear_leftovers(&layout).map_err(file("clear half-written files in", &layout.sessions()))?;
    let found = provide_files(&layout, disk.as_ref())?;
    let trust = Trust::new(config.keys.clone(), config.first_use);
    let (ledger, ledger_file, damaged) =
        Ledger::open(&layout, disk.as_ref(), &trust).map_err(file("read", &layout.ledger()))?;
    notices.extend(damaged);
    let mut segments = segment::read_all(&layout.journal()).map_err(file("read", &layout.journal()))?;
    let kept = FolderContents {
        layout: &layout,
        disk: disk.as_ref(),
        segments: &segments,
        ledger: &ledger,
        trust: &trust,
    };
    let (snapshot, sorted) =
        kept.sort_whatever_history(&history, had_repository, clock.now(), &mut notices)?;
    let SortedContents { mut chosen, tail, notices: found_out } = sorted;
    notices.extend(found_out.into_iter().chain(tidy_journal(&layout, &mut segments, &trust)?));
    let mut audit = open_audit::open(&layout, snapshot.as_ref(), config.signer.clone(), &chosen.work.audit)?;
    audit.knows(chosen.work.audit.iter().map(|(_, entry)| entry));
    let foreign = audit.foreign.take().map(|lines| foreign_lines::entry(clock.now(), &lines));
    let taken_over = put_right::without_entries(&mut chosen, &audit.names, &layout, &trust);
    let last = tail.last.max(chosen.last).max(audit.log.head().change);
    let last = put_right::number(&mut chosen, last, clock.now());
    sign_what_is_taken_over(&mut chosen, &mut segments, &disk, &layout, &trust)?;
    notices.extend(audit.notices.drain(..).chain(tail.notices).chain(chosen.notices.drain(..)));
    chosen.work.found.extend(found.into_iter().chain(audit.uncommitted.drain(..)));
    chosen.work.upto = last;
    let health = Health::default();
    health.notice_all(notices.clone());
    let recovered = Recovered {
        records: chosen.records,
        unrecoverable: chosen.unrecoverable,
        unresolved: ledger.unresolved(),
        actions: ledger.actions(),
        last_written,
        notices,
        journal_entries: tail.entries,
        new_log_key: audit.new_key,
        to_log: foreign.into_iter().chain(taken_over).collect(),
    };
    let parts = StoreParts {
        layout,
        disk,
        lock: Arc::new(lock),
        history,
        clock,
        health,
        last,
        segments: ClosedSegments::new(segments.iter().map(ClosedSegment::from).collect()),
        audit: audit.log,
        ledger_file,
        known: chosen.known,
        tip: snapshot.map(|snapshot| snapshot.tip()),
        foreign: chosen.foreign,
        audited: audit.names,
        ended: recovered.ended(),
        aside: recovered.aside(),
        window: config.window,
        trust,
    };
    let running = parts.start(PendingChanges::new(ledger, chosen.work)).map_err(OpenError::Threads)?;
    Ok((running, recovered))
}

/// Copies what no gateway wrote, and cuts off what a crash tore.
fn tidy_journal(layout: &Layout, segments: &mut [Segment], trust: &Trust) -> Result<Vec<Notice>, OpenError> {
    let journal = layout.journal();
    let strangers = segment::strangers(&journal).map_err(file("read", &journal))?;
    unsigned::keep_copies(segments, trust).map_err(file("copy files of", &journal))?;
    segment::keep_torn_end(segments).map_err(file("save the damaged end of", &journal))?;
    segment::cut_torn_end(segments).map_err(file("cut the torn end off", &journal))?;
    Ok(strangers)
}

/// At the first use of the keys: records, journal, grants and deliveries.
fn sign_what_is_taken_over<R: Record>(
    chosen: &mut ChosenVersions<R>,
    segments: &mut [Segment],
    disk: &Arc<dyn Disk>,
    layout: &Layout,
    trust: &Trust,
) -> Result<(), OpenError> {
    let Some(keys) = trust.keys().filter(|_| trust.adopts()) else { return Ok(()) };
    put_right::adopt(chosen, disk.as_ref(), layout, keys)?;
    unsigned::sign(segments, disk.as_ref(), keys).map_err(file("sign", &layout.journal()))?;
    let grants = GrantFile::new(layout, Arc::clone(disk), Weak::new(), trust.clone());
    grants.adopt().map_err(file("sign", &layout.ledger()))?;
    let deliveries = DeliveryFiles::new(layout, Arc::clone(disk), Weak::new(), trust.clone());
    deliveries.adopt().map_err(file("sign", &layout.deliveries()))
}

fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::File { doing, path, source }
}

fn take_lock(config: &StoreConfig, layout: &Layout, clock: &dyn Clock) -> Result<Lock, OpenError> {
    ensure_dir(layout.root()).map_err(file("create the state folder", layout.root()))?;
    let fence = tail::highest_fence(&layout.journal()).map_err(file("read", &layout.journal()))?;
    Ok(Lock::take(&layout.lock(), &config.holder, fence, config.take_over, clock)?)
}

/// What the folder holds besides the history.
struct FolderContents<'a> {
    layout: &'a Layout,
    disk: &'a dyn Disk,
    segments: &'a [Segment],
    ledger: &'a Ledger,
    trust: &'a Trust,
}

/// What counts, and what was put right on the way.
struct SortedContents<R> {
    chosen: ChosenVersions<R>,
    tail: Tail<R>,
    notices: Vec<Notice>,
}

impl FolderContents<'_> {
    /// A history that is damaged is set aside, and one that is gone is told: neither keeps a gateway from starting.
    fn sort_whatever_history<R: Record>(
        &self,
        history: &History,
        had_repository: bool,
        now: Timestamp,
        notices: &mut Vec<Notice>,
    ) -> Result<(Option<Snapshot>, SortedContents<R>), OpenError> {
        let layout = self.layout;
        match self.sort(history) {
            Err(error) if error.is_damaged_history() => {
                notices.push(lost_history::set_aside(layout, &chain(&error), now)?);
                notices.extend(history.prepare()?);
                self.sort(history)
            }
            Ok((None, sorted)) => {
                let gone = lost_history::is_gone(layout, had_repository, false, self.segments);
                let gone = gone.map_err(file("read", layout.root()))?;
                notices.extend(gone.then(|| Notice::history_gone(layout)));
                Ok((None, sorted))
            }
            other => other,
        }
    }

    /// Compares everything with the history. Done again without one, it gives what records and journal hold.
    fn sort<R: Record>(&self, history: &History) -> Result<(Option<Snapshot>, SortedContents<R>), OpenError> {
        let Self { layout, disk, segments, ledger, trust } = *self;
        let snapshot = lost_history::newest(history)?;
        let (mut committed, mut notices) = (HashMap::new(), vec![]);
        if let Some(snapshot) = &snapshot {
            committed = snapshot.files("sessions")?;
            notices = open_audit::put_back(layout, disk, snapshot)?;
        }
        let tail = tail::fold(segments, ledger, trust);
        let typed = TypedWords::read(layout, trust).map_err(file("read", &layout.typed_words()))?;
        let chooser = VersionChooser {
            layout,
            disk,
            committed,
            snapshot: snapshot.as_ref(),
            trust,
            tail,
            typed,
            chosen: ChosenVersions::default(),
        };
        let (chosen, tail) = chooser.choose_all(records::load_all(layout, trust)?)?;
        if nothing_is_ours(&chosen, &tail) {
            return Err(OpenError::NotSigned { path: layout.root().to_owned() });
        }
        Ok((snapshot, SortedContents { chosen, tail, notices }))
    }
}

/// There is something, and nothing of it was written by a gateway with this key.
fn nothing_is_ours<R>(chosen: &ChosenVersions<R>, tail: &Tail<R>) -> bool {
    let is_of_others = |notice: &Notice| matches!(notice, Notice::JournalEntriesUnsigned { .. });
    let others = chosen.unsigned > 0 || tail.notices.iter().any(is_of_others);
    others && chosen.records.is_empty() && tail.entries == 0
}

/// Puts the files for people in place. They are offered to the first checkpoint, which commits what is new.
fn provide_files(layout: &Layout, disk: &dyn Disk) -> Result<Vec<FoundFile>, OpenError> {
    let mut found = vec![];
    for (name, text, replaces) in FILES_TO_WRITE {
        let path = layout.at(name);
        let there = fs::read(&path).ok();
        let keeps = there.as_ref().is_some_and(|there| !replaces || there == text.as_bytes());
        if !keeps {
            let written = ensure_dir(path.parent().unwrap_or(&path))
                .and_then(|()| replace(disk, &path, text.as_bytes(), Durability::Synced));
            written.map_err(file("write", &path))?;
        }
        let bytes = there.filter(|_| keeps).unwrap_or_else(|| text.as_bytes().to_vec());
        found.push(FoundFile { path: name.to_owned(), bytes });
    }
    Ok(found)
}
