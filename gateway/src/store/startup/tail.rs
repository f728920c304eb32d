//! Entries of the journal that are newer than the records: read at the start, folded to the latest of everything.

use crate::store::checkpoint::pending_changes::KeptRecord;
use crate::store::journal::entry::{ArchivedBody, Entry, Kind, RecordBody};
use crate::store::journal::segment::{self, Segment};
use crate::store::layout::is_id;
use crate::store::ledger::{Ledger, Post};
use crate::store::notice::Notice;
use crate::store::records::migrate;
use crate::store::records::record::Record;
use crate::store::state_keys::Trust;
use gateway_domain::AuditEntry;
use jiff::Timestamp;
use serde::de::{DeserializeOwned, Error};
use serde_json::value::RawValue;
use serde_yaml::{Mapping, Value};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// The journal, folded.
pub(crate) struct Tail<R> {
    /// By session: the number of the change, and the record.
    pub(crate) records: HashMap<String, (u64, KeptRecord<R>)>,
    pub(crate) archived: HashMap<String, (u64, Timestamp)>,
    pub(crate) audit: Vec<(u64, AuditEntry)>,
    pub(crate) notices: Vec<Notice>,
    /// The highest number that was ever given.
    pub(crate) last: u64,
    pub(crate) entries: usize,
}

/// Reads all entries; posts and actions go straight to the ledger.
pub(crate) fn fold<R: Record>(segments: &[Segment], ledger: &Ledger, trust: &Trust) -> Tail<R> {
    let (entries, notices) = segment::entries(segments, trust);
    let last = segments.iter().map(Segment::last).max().unwrap_or(0);
    let mut tail = Tail {
        records: HashMap::new(),
        archived: HashMap::new(),
        audit: vec![],
        notices,
        last,
        entries: entries.len(),
    };
    let mut bodies: HashMap<&str, Vec<(u64, &RawValue)>> = HashMap::new();
    for (number, entry) in &entries {
        match entry.kind {
            Kind::Record => bodies.entry(&entry.session).or_default().push((*number, entry.body)),
            _ => tail.other(*number, entry, ledger),
        }
    }
    for (session, bodies) in bodies {
        tail.latest(session, &bodies);
    }
    tail
}

impl<R: Record> Tail<R> {
    fn other(&mut self, number: u64, entry: &Entry<'_>, ledger: &Ledger) {
        let session = entry.session.clone().into_owned();
        match entry.kind {
            Kind::Record => {}
            Kind::Archived if !is_id(&session) => self.unusable(&session, number, &no_id()),
            Kind::Archived => {
                if let Some(ArchivedBody { ended }) = self.body(number, entry) {
                    ledger.forget(number, session.clone());
                    self.archived.insert(session, (number, ended));
                }
            }
            Kind::Post => {
                if let Some(post) = self.body::<Post>(number, entry) {
                    ledger.post(number, session, post);
                }
            }
            Kind::Action => ledger.act(number, session, entry.at, entry.body.to_owned()),
            Kind::ActionDone => {
                if let Some(action) = self.body(number, entry) {
                    ledger.done(number, action);
                }
            }
            Kind::Audit => {
                let read = self.body(number, entry);
                self.audit.extend(read.map(|entry| (number, entry)));
            }
        }
    }

    fn body<T: DeserializeOwned>(&mut self, number: u64, entry: &Entry<'_>) -> Option<T> {
        let read = serde_json::from_str(entry.body.get());
        read.map_err(|error| self.unusable(&entry.session, number, &error)).ok()
    }

    /// The newest record that is understood.
    fn latest(&mut self, session: &str, bodies: &[(u64, &RawValue)]) {
        for (number, body) in bodies.iter().rev() {
            match record::<R>(body).and_then(|kept| named(session, kept)) {
                Ok(kept) => {
                    self.records.insert(session.to_owned(), (*number, kept));
                    return;
                }
                Err(error) => self.unusable(session, *number, &error),
            }
        }
    }

    fn unusable(&mut self, session: &str, number: u64, error: &serde_json::Error) {
        let (session, reason) = (session.to_owned(), error.to_string());
        self.notices.push(Notice::JournalRecordUnusable { session, number, reason });
    }
}

/// The entry's session is the record's, and a session at all: both become the name of a file.
fn named<R: Record>(session: &str, kept: KeptRecord<R>) -> serde_json::Result<KeptRecord<R>> {
    match kept.record.id() == session {
        _ if !is_id(session) => Err(no_id()),
        true => Ok(kept),
        false => Err(serde_json::Error::custom("the record is another session's")),
    }
}

fn no_id() -> serde_json::Error {
    serde_json::Error::custom("that is not a session id")
}

pub(crate) fn record<R: Record>(body: &RawValue) -> serde_json::Result<KeptRecord<R>> {
    let body: RecordBody<'_> = serde_json::from_str(body.get())?;
    let record = if body.schema == R::SCHEMA {
        serde_json::from_str(body.record.get())?
    } else {
        let mut fields: Mapping = serde_json::from_str(body.record.get())?;
        migrate::run(&mut fields, body.schema, R::SCHEMA, R::STEPS).map_err(serde_json::Error::custom)?;
        serde_yaml::from_value(Value::Mapping(fields)).map_err(serde_json::Error::custom)?
    };
    let foreign = body.foreign.map(|foreign| serde_json::from_str(foreign.get())).transpose()?;
    Ok(KeptRecord { record: Arc::new(record), foreign: Arc::new(foreign.unwrap_or_default()) })
}

/// The highest fencing number that the journal's file names carry.
pub(crate) fn highest_fence(journal: &Path) -> std::io::Result<u64> {
    Ok(segment::list(journal)?.iter().map(|name| name.fence).max().unwrap_or(0))
}
