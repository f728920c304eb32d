//! One file without the text. What a gateway with our key signed is signed again, and nothing else is: a purge makes no forgery
//! genuine.

use super::unwanted::Unwanted;
use crate::store::audit_log::{self, AuditLine};
use crate::store::grant_file;
use crate::store::journal::{entry as journal_entry, frame};
use crate::store::ledger;
use crate::store::purged_lines;
use crate::store::records::record::Record;
use crate::store::records::record_signature;
use crate::store::records::yaml::{self, Sheet};
use crate::store::state_keys::Trust;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;

/// What is to be removed.
#[derive(Debug)]
pub enum PurgeTarget {
    /// A text, wherever it is.
    Text(Unwanted),
    /// The words of the entry with this number in the audit log.
    Entry(u64),
}

/// Lines that tell what a file is.
const LOOKED_AT: usize = 32;

/// Why a file can't lose it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is part of how it is written, so what is left couldn't be read")]
pub(super) struct Destroyed;

/// Takes it out of files.
pub(super) struct Wiper<'a, R> {
    pub(super) target: &'a PurgeTarget,
    pub(super) trust: &'a Trust,
    record: PhantomData<fn() -> R>,
}

impl<'a, R: Record> Wiper<'a, R> {
    pub(super) fn new(target: &'a PurgeTarget, trust: &'a Trust) -> Self {
        Self { target, trust, record: PhantomData }
    }

    /// What the file is without it, and None where it has none of it. What kind of file it is, its content tells; of the history
    /// nothing else is known.
    pub(super) fn wiped(&self, name: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Destroyed> {
        if is_audit(bytes) {
            return Ok(self.audit(bytes));
        }
        let PurgeTarget::Text(unwanted) = self.target else { return Ok(None) };
        if !unwanted.may_be_in(bytes) {
            return Ok(None);
        }
        if let Some(id) = session_of(bytes) {
            return self.record(unwanted, &id, bytes);
        }
        if name.ends_with(".journal") {
            return self.frames(unwanted, bytes);
        }
        if let Some(rest) = letter(name, unwanted, bytes) {
            return Ok(rest);
        }
        let grants = || grant_file::changed(bytes, self.trust, &|all| unwanted.remove_from(all));
        let grants = (name == grant_file::FILE).then(grants).flatten();
        Ok(grants.or_else(|| unwanted.without_bytes(bytes)))
    }

    /// Each line by itself. What stands between whole lines stays.
    fn audit(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let (mut rest, mut found) = (Vec::with_capacity(bytes.len()), false);
        for line in audit_log::lines_of(bytes) {
            let wiped = self.audit_line(line);
            found |= wiped.is_some();
            rest.extend_from_slice(wiped.as_deref().unwrap_or(line));
            rest.push(b'\n');
        }
        if !bytes.ends_with(b"\n") {
            rest.pop();
        }
        found.then_some(rest)
    }

    fn audit_line(&self, line: &[u8]) -> Option<Vec<u8>> {
        match self.target {
            PurgeTarget::Text(unwanted) if unwanted.may_be_in(line) => {
                purged_lines::purged(line, &|text| unwanted.without(text))
            }
            PurgeTarget::Text(_) => None,
            PurgeTarget::Entry(number) => {
                let entry: AuditLine = serde_json::from_slice(line).ok()?;
                (entry.link.number == *number).then(|| purged_lines::wordless(line)).flatten()
            }
        }
    }

    fn record(&self, unwanted: &Unwanted, id: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Destroyed> {
        let is_ours = self.trust.believes(record_signature::proof(bytes, id, self.trust));
        match yaml::read::<R>(bytes, id) {
            Ok(sheet) if is_ours && !sheet.edited => self.sheet(unwanted, id, sheet),
            _ => Ok(unwanted.without_bytes(bytes)),
        }
    }

    fn sheet(&self, unwanted: &Unwanted, id: &str, sheet: Sheet<R>) -> Result<Option<Vec<u8>>, Destroyed> {
        let Sheet { record, revision, foreign, .. } = sheet;
        let (record, in_record) = without(unwanted, &record)?;
        let (foreign, in_foreign) = without(unwanted, &foreign)?;
        if !in_record && !in_foreign {
            return Ok(None);
        }
        if record.id() != id {
            return Err(Destroyed);
        }
        let text = yaml::render_signed(&record, revision, &foreign, self.trust.keys());
        text.map(|text| Some(text.into_bytes())).map_err(|_| Destroyed)
    }

    /// Lines of the journal or of the ledger. One that is not our own counts for nothing, and goes.
    fn frames(&self, unwanted: &Unwanted, bytes: &[u8]) -> Result<Option<Vec<u8>>, Destroyed> {
        let (mut rest, mut end, mut found) = (vec![], 0, false);
        let between = |rest: &mut Vec<u8>, bytes: &[u8]| {
            let wiped = unwanted.without_bytes(bytes);
            rest.extend_from_slice(wiped.as_deref().unwrap_or(bytes));
            wiped.is_some()
        };
        for frame in frame::scan(bytes).frames {
            found |= between(&mut rest, &bytes[end..frame.start]);
            end = frame.payload.end + 1;
            match payload(unwanted, &bytes[frame.payload.clone()]) {
                None => rest.extend_from_slice(&bytes[frame.start..end]),
                Some(left) => {
                    found = true;
                    if self.trust.believes(frame.proof(bytes, self.trust)) {
                        still_reads(&bytes[frame.payload.clone()], &left)?;
                        frame::encode(&mut rest, frame.number, &left, self.trust.keys());
                    }
                }
            }
        }
        found |= between(&mut rest, bytes.get(end..).unwrap_or_default());
        Ok(found.then_some(rest))
    }
}

/// What the journal or the ledger understands, it must understand afterwards.
fn still_reads(before: &[u8], after: &[u8]) -> Result<(), Destroyed> {
    let reads: [fn(&[u8]) -> bool; 2] = [ledger::is_line, journal_entry::is_entry];
    match reads.iter().any(|reads| reads(before) && !reads(after)) {
        true => Err(Destroyed),
        false => Ok(()),
    }
}

/// A file of JSON, such as a message that Slack did not take. None for what is none; within, None where it has none of the text.
fn letter(name: &str, unwanted: &Unwanted, bytes: &[u8]) -> Option<Option<Vec<u8>>> {
    let mut value: Value = name.ends_with(".json").then(|| serde_json::from_slice(bytes).ok()).flatten()?;
    let found = unwanted.remove_from(&mut value);
    Some(found.then(|| serde_json::to_vec_pretty(&value).ok()).flatten())
}

fn payload(unwanted: &Unwanted, payload: &[u8]) -> Option<Vec<u8>> {
    let Ok(mut value) = serde_json::from_slice::<Value>(payload) else {
        return unwanted.without_bytes(payload);
    };
    unwanted.remove_from(&mut value).then(|| serde_json::to_vec(&value).ok()).flatten()
}

/// Read again, it must say all that it says now but for the text: a field whose name was lost would be a field less.
fn without<T: Serialize + DeserializeOwned>(unwanted: &Unwanted, it: &T) -> Result<(T, bool), Destroyed> {
    let mut value = serde_json::to_value(it).map_err(|_| Destroyed)?;
    let found = unwanted.remove_from(&mut value);
    let rest: T = serde_json::from_value(value.clone()).map_err(|_| Destroyed)?;
    match serde_json::to_value(&rest).is_ok_and(|again| again == value) {
        true => Ok((rest, found)),
        false => Err(Destroyed),
    }
}

fn is_audit(bytes: &[u8]) -> bool {
    // One that somebody damaged may stand in front.
    let mut lines = audit_log::lines_of(bytes).take(LOOKED_AT).filter(|line| line.first() == Some(&b'{'));
    lines.any(|line| serde_json::from_slice::<AuditLine>(line).is_ok())
}

/// The session that a record is of.
fn session_of(bytes: &[u8]) -> Option<String> {
    yaml::revision(bytes)?;
    let mut lines = bytes.split(|byte| *byte == b'\n').take(8);
    let id = lines.find_map(|line| line.strip_prefix(b"session: "))?;
    String::from_utf8(id.to_vec()).ok()
}
