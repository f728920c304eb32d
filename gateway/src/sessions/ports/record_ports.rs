//! The state on disk: what is promised is kept, and people look at it.

use crate::sessions::message_files::Attachment;
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, ChainedEntry, FileNote, KeptGrant, SessionRecord};
use serde::Serialize;

/// Keeps what was promised.
pub trait Keeper: Send + Sync + 'static {
    /// Returns when the record is on disk.
    fn keep<'a>(&'a self, record: &'a SessionRecord) -> BoxFuture<'a, Result<(), NotKept>>;

    /// Returns when the entry is on disk, behind all earlier ones. A gateway that was killed gives entries again
    /// that may be missing: one that the log has (same time, person, deed and ask) is not added a second time.
    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>>;
}

/// Keeps what is in the files of messages until OpenCode has them.
pub trait FileShelf: Send + Sync + 'static {
    /// Returns when all of them are on disk. Put there again, they are the same.
    fn put<'a>(&'a self, message_id: &'a str, files: Vec<Attachment>) -> BoxFuture<'a, Result<(), NotKept>>;

    fn read<'a>(&'a self, message_id: &'a str, file: &'a FileNote)
    -> BoxFuture<'a, Result<Vec<u8>, NotKept>>;

    /// The files of this message are not needed any more.
    fn discard<'a>(&'a self, message_id: &'a str) -> BoxFuture<'a, Result<(), NotKept>>;
}

/// Where grants are written down.
pub trait GrantShelf: Send + Sync + 'static {
    /// Returns when this list, or one with a higher number, is on disk.
    fn write(&self, number: u64, all: Vec<KeptGrant>) -> BoxFuture<'_, Result<(), NotKept>>;
}

/// What is kept, for people who look at it.
pub trait Archive: Send + Sync + 'static {
    /// Audit entries as they are wanted, newest first.
    fn audit_page<'a>(&'a self, wanted: AuditPage) -> BoxFuture<'a, Result<Vec<ChainedEntry>, NotKept>>;

    fn health(&self) -> KeptHealth;

    /// Why nothing can be promised now, if so: the disk is full, or gone.
    fn refusing(&self) -> BoxFuture<'_, Option<String>>;
}

/// Which entries; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    pub session: Option<String>,
    /// Whoever did it has this in the id.
    pub person: Option<String>,
    /// It stands anywhere in the entry.
    pub text: Option<String>,
    /// Only entries of a lower number.
    pub before: Option<u64>,
    pub limit: usize,
}

impl AuditPage {
    pub fn wants(&self, link: &ChainedEntry) -> bool {
        let ChainedEntry { number, entry, .. } = link;
        let has = |who: &str, part: &String| who.to_lowercase().contains(&part.to_lowercase());
        self.before.is_none_or(|before| *number < before)
            && self.session.as_ref().is_none_or(|session| *session == entry.session)
            && self.person.as_ref().is_none_or(|person| has(&entry.who, person))
            && self.text.as_ref().is_none_or(|text| entry.mentions(text))
    }
}

/// How the keeping is going.
#[derive(Clone, Debug, schemars::JsonSchema, Serialize)]
pub struct KeptHealth {
    /// Why commits fail, while they do. What was promised is on disk all the same.
    pub failing: Option<String>,
    /// Changes that are on disk and not committed yet.
    pub waiting: u64,
    /// Sessions whose records cannot be written, a sentence for each. All others go on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stuck: Vec<String>,
    /// What was found and put right lately, newest last.
    pub notices: Vec<String>,
}

/// Why something is not on disk, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotKept(pub String);
