//! The state on disk: what is promised is kept, and people look at it.

use crate::sessions::message_files::Attachment;
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, AuditKind, ChainedEntry, FileNote, KeptGrant, SafeName, SessionRecord};
use jiff::Timestamp;
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

/// Texts with the names of what they are about.
pub type NamedTexts = Vec<(String, String)>;

/// Where deliveries are written down.
pub trait DeliveryShelf: Send + Sync + 'static {
    /// Those that can be believed, by their names. The others are moved away, and stand in the second list with a sentence each.
    fn all(&self) -> (NamedTexts, NamedTexts);

    /// One of them, if it can be believed.
    fn read<'a>(&'a self, name: &'a SafeName) -> BoxFuture<'a, Option<String>>;

    /// Returns when it is on disk, in place of what was there.
    fn keep<'a>(&'a self, name: &'a SafeName, text: String) -> BoxFuture<'a, Result<(), NotKept>>;

    /// Evidence of a delivery, by the digest of what it is (`sha256:…`). It is written once.
    fn keep_evidence<'a>(
        &'a self,
        name: &'a SafeName,
        digest: &'a str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), NotKept>>;

    /// `None`: there is none, or it isn't what its digest says.
    fn evidence<'a>(&'a self, name: &'a SafeName, digest: &'a str) -> BoxFuture<'a, Option<Vec<u8>>>;
}

/// What is kept, for people who look at it.
pub trait Archive: Send + Sync + 'static {
    /// Audit entries as they are wanted, newest first.
    fn audit_page<'a>(&'a self, wanted: AuditPage) -> BoxFuture<'a, Result<Vec<ChainedEntry>, NotKept>>;

    /// The log's newest signed head, as a line that people keep.
    fn audit_head(&self) -> BoxFuture<'_, Result<String, NotKept>>;

    fn health(&self) -> KeptHealth;

    /// Why nothing can be promised now, if so: the disk is full, or gone.
    fn refusing(&self) -> BoxFuture<'_, Option<String>>;
}

/// Which entries; what is not said does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    pub session: Option<String>,
    /// About this request.
    pub ask: Option<String>,
    pub kind: Option<AuditKind>,
    /// Not earlier.
    pub from: Option<Timestamp>,
    /// Earlier.
    pub until: Option<Timestamp>,
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
            && self.ask.as_ref().is_none_or(|ask| *ask == entry.ask)
            && self.kind.is_none_or(|kind| kind == AuditKind::of(&entry.what, &entry.who))
            && self.from.is_none_or(|from| entry.at >= from)
            && self.until.is_none_or(|until| entry.at < until)
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

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::{AuditSubject, chain};

    fn link(what: &str, at: &str) -> ChainedEntry {
        let entry = AuditEntry {
            at: at.parse().unwrap(),
            who: "web:anna".to_owned(),
            what: what.to_owned(),
            session: "ses_1".to_owned(),
            ask: "per_1".to_owned(),
            digest: String::new(),
            answer: String::new(),
            told: AuditSubject::default(),
        };
        chain(None, entry)
    }

    #[test]
    fn entries_are_found_by_request_kind_and_time() {
        // REQ-PROOF-01
        let answered = link("answered", "2026-11-29T12:00:00Z");
        let wants = |wanted: AuditPage| wanted.wants(&answered);
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let ask = |id: &str| AuditPage { ask: Some(id.to_owned()), ..AuditPage::default() };
        assert!(wants(ask("per_1")) && !wants(ask("per_2")));
        let kind = |kind| AuditPage { kind: Some(kind), ..AuditPage::default() };
        assert!(wants(kind(AuditKind::Decision)) && !wants(kind(AuditKind::Alarm)));
        let from = |text| AuditPage { from: at(text), ..AuditPage::default() };
        assert!(wants(from("2026-11-29T12:00:00Z")) && !wants(from("2026-11-29T12:00:01Z")));
        let until = |text| AuditPage { until: at(text), ..AuditPage::default() };
        assert!(wants(until("2026-11-29T12:00:01Z")) && !wants(until("2026-11-29T12:00:00Z")));
    }
}
