//! Reading the state from outside: without the lock, whether a gateway runs on it or not.
//!
//! A running gateway goes on meanwhile. So what it writes first is read last: git before the records, and the
//! journal before the audit files.

mod audit_report;
pub(super) mod verify;

pub use audit_report::AuditReport;

use crate::store::disk::read_plain;
use crate::store::git::{Author, History, LogEntry, ReadError};
use crate::store::journal::segment;
use crate::store::layout::{Layout, record_path};
use crate::store::ledger::{Ledger, Post};
use crate::store::records::migrate::Step;
use crate::store::records::record::Record;
use crate::store::records::{self, LoadError, LoadedRecord, yaml};
use crate::store::startup::BRANCH;
use crate::store::startup::tail::{self, Tail};
use crate::store::state_keys::{StateKeys, Trust};
use gateway_domain::Decided;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("There is no gateway state in {}. Pass the right folder with `--state` or GATEWAY_STATE.", path.display())]
    NoState { path: PathBuf },
    #[error("Can't read {}. Check that this user has permission to.", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Git(#[from] ReadError),
    #[error("There is no session {session} in the state. `gateway state export` lists all of them.")]
    NoSession { session: String },
    #[error(
        "The record of session {session} can't be read: {reason}. `gateway state log {session}` lists older versions."
    )]
    Unreadable { session: String, reason: String },
    #[error(
        "The audit log has no signed checkpoint yet. A gateway of this version writes one with the next entry; check \
            `gateway doctor`."
    )]
    NoCheckpoint,
    #[error(
        "The log's signed checkpoint proves nothing: {reason}. `gateway audit verify` says what is wrong with the log."
    )]
    CheckpointUnusable { reason: String },
    #[error(
        "Entry {number} is not under the newest signed checkpoint, which covers entries 1 to {size}. \
            `gateway audit show` lists all entries; a new one is signed within a second."
    )]
    NotUnderCheckpoint { number: u64, size: u64 },
    #[error(
        "A text was removed from entry {number}, so what is left of it can't be proven. `gateway audit show` has the entry \
            `purged text` that says who removed it and why."
    )]
    Purged { number: u64 },
}

/// A state folder that is only looked at.
pub struct Inspection {
    pub(super) layout: Layout,
    pub(super) history: History,
    pub(super) trust: Trust,
}

/// Everything that a session is, for another tool.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Exported<R: Record> {
    pub session: String,
    pub revision: u64,
    #[serde(serialize_with = "inner")]
    pub record: Arc<R>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub posts: Vec<Post>,
}

impl Inspection {
    pub fn of(directory: &Path) -> Result<Self, InspectError> {
        let layout = Layout::new(directory);
        if !layout.lock().is_file() && !layout.sessions().is_dir() {
            return Err(InspectError::NoState { path: directory.to_owned() });
        }
        let history = History::new(directory, BRANCH, Author::default());
        Ok(Self { layout, history, trust: Trust::default() })
    }

    /// With the key, what no gateway wrote is told apart, and not believed.
    pub fn with_keys(self, keys: Option<StateKeys>) -> Self {
        Self { trust: Trust::new(keys, false), ..self }
    }

    /// The commits that changed the session's record, newest first.
    pub fn log(&self, session: &str, limit: usize) -> Result<Vec<LogEntry>, InspectError> {
        let mut left = limit.max(1);
        let paths = [record_path(session)];
        let entries = self.history.snapshot()?.log(&paths, |_| {
            left -= 1;
            left > 0
        })?;
        Ok(entries)
    }

    /// The record's file as it was at a commit.
    pub fn show_at(&self, session: &str, commit: &str) -> Result<String, InspectError> {
        let snapshot = self.history.snapshot()?;
        let bytes = snapshot.file_at(snapshot.commit(Some(commit))?, &record_path(session))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The record as it is now: the file, or what the journal knows beyond it.
    pub fn show<R: Record>(&self, session: &str) -> Result<String, InspectError> {
        let tail = self.tail::<R>()?.0;
        let unreadable = |reason: String| InspectError::Unreadable { session: session.to_owned(), reason };
        let path = self.layout.at(&record_path(session));
        let bytes = match read_plain(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            other => other.map_err(|source| InspectError::File { path, source })?,
        };
        let revision = bytes.as_deref().and_then(yaml::revision);
        match (tail.records.get(session), bytes) {
            (Some((number, kept)), _) if Some(*number) > revision => {
                let text =
                    yaml::render_signed(kept.record.as_ref(), *number, &kept.foreign, self.trust.keys());
                text.map_err(|error| unreadable(error.to_string()))
            }
            (_, Some(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            (_, None) => Err(InspectError::NoSession { session: session.to_owned() }),
        }
    }

    /// All sessions as they are now. Those that cannot be read are left out; `verify` names them.
    pub fn export<R: Record>(&self) -> Result<Vec<Exported<R>>, InspectError> {
        let (tail, ledger) = self.tail::<R>()?;
        let mut all = BTreeMap::new();
        for LoadedRecord { id, sheet, .. } in records::load_all::<R>(&self.layout, &self.trust)? {
            all.extend(sheet.ok().map(|sheet| (id, (sheet.revision, Arc::new(sheet.record)))));
        }
        for (id, (number, kept)) in tail.records {
            if all.get(&id).is_none_or(|(revision, _)| *revision < number) {
                all.insert(id, (number, kept.record));
            }
        }
        all.retain(|id, (revision, _)| tail.archived.get(id).is_none_or(|(number, _)| number < revision));
        let exported = all.into_iter().map(|(session, (revision, record))| {
            let posts = ledger.of(&session);
            Exported { session, revision, record, posts }
        });
        Ok(exported.collect())
    }

    /// The journal and the ledger. A file that the running gateway removes meanwhile is covered elsewhere.
    pub(super) fn tail<R: Record>(&self) -> Result<(Tail<R>, Ledger), InspectError> {
        let failed = |path: PathBuf| move |source| InspectError::File { path, source };
        let segments = segment::read_there(&self.layout.journal()).map_err(failed(self.layout.journal()))?;
        let ledger = Ledger::read(&self.layout, &self.trust).map_err(failed(self.layout.ledger()))?.0;
        Ok((tail::fold(&segments, &ledger, &self.trust), ledger))
    }
}

fn inner<R: Serialize, S: serde::Serializer>(record: &Arc<R>, serializer: S) -> Result<S::Ok, S::Error> {
    record.as_ref().serialize(serializer)
}

/// For whoever reads the journal for something else than records.
#[derive(Debug, Serialize, serde::Deserialize)]
struct Ignored {
    session: String,
}

impl Record for Ignored {
    const SCHEMA: u32 = 1;
    const STEPS: &'static [Step] = &[];

    fn id(&self) -> &str {
        &self.session
    }

    fn ending(&self) -> Option<String> {
        None
    }

    fn ended_at(&self) -> Option<jiff::Timestamp> {
        None
    }

    fn edited_by_hand(kept: &Self, _edited: Self) -> (Self, Vec<String>) {
        (Self { session: kept.session.clone() }, vec![])
    }

    fn without_typed_secrets(&self) -> Option<Self> {
        None
    }

    fn with_typed_of(self, _whole: &Self) -> Self {
        self
    }

    fn void_unlogged(&self, _is_logged: &dyn Fn(Decided<'_>) -> bool) -> Option<(Self, Vec<String>)> {
        None
    }
}
