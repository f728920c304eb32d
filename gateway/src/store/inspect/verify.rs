//! `gateway state verify`: is everything there, whole, and the same in all places? One sentence a finding.

use super::{InspectError, Inspection};
use crate::store::checkpoint::stuck;
use crate::store::errors::chain;
use crate::store::git::{ReadError, Snapshot};
use crate::store::grant_file::GrantFile;
use crate::store::journal::segment;
use crate::store::ledger::Ledger;
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::{self, LoadedRecord, record_signature, seal, yaml};
use crate::store::startup::lost_history;
use git2::Oid;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::path::Path;

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default, Serialize)]
pub struct StateReport {
    pub sessions: usize,
    pub journal_entries: usize,
    pub audit_entries: usize,
    pub git_objects: usize,
    /// What somebody must look after.
    pub findings: Vec<String>,
    /// What is worth knowing and mends itself.
    pub notes: Vec<String>,
}

impl Inspection {
    pub fn verify<R: Record>(&self) -> Result<StateReport, InspectError> {
        let mut report = StateReport::default();
        let newest = self.newest(&mut report);
        self.journal::<R>(&mut report)?;
        self.records::<R>(newest.as_ref(), &mut report)?;
        self.ledger(&mut report)?;
        let audit = self.audit()?;
        report.audit_entries = audit.entries + audit.pending;
        report.findings.extend(audit.faults.iter().map(ToString::to_string));
        // If there is none, that was told above.
        if let Ok(snapshot) = self.history.snapshot() {
            self.objects(&snapshot, &mut report)?;
        }
        Ok(report)
    }

    /// The newest commit with its list of records, as far as it can be read.
    fn newest(&self, report: &mut StateReport) -> Option<(Snapshot, HashMap<String, Oid>)> {
        let newest = self.history.snapshot().and_then(|snapshot| {
            let files = snapshot.files("sessions")?;
            Ok((snapshot, files))
        });
        match newest {
            Ok(newest) => Some(newest),
            Err(ReadError::Empty { .. }) => {
                self.look_for_a_lost_history(report);
                None
            }
            Err(error) => {
                report.findings.push(chain(&error));
                None
            }
        }
    }

    fn look_for_a_lost_history(&self, report: &mut StateReport) {
        match lost_history::is_gone_from(&self.layout, false) {
            Ok(true) => report.findings.push(format!(
                "{}: the history is missing although there are records. Restore it from a backup while the \
                    gateway is stopped; otherwise the next start begins a new history, and older versions \
                    are lost.",
                self.layout.at(".git").display()
            )),
            Ok(false) => {}
            Err(error) => report.findings.push(chain(&error)),
        }
    }

    fn journal<R: Record>(&self, report: &mut StateReport) -> Result<(), InspectError> {
        let (tail, _) = self.tail::<R>()?;
        report.journal_entries = tail.entries;
        let stuck = tail.records.iter();
        let stuck = stuck.filter_map(|(id, (number, kept))| stuck::foreseen(&self.layout, id, *number, kept));
        report.findings.extend(stuck);
        let path = self.layout.journal();
        let strangers = segment::strangers(&path).map_err(|source| InspectError::File { path, source })?;
        report.findings.extend(strangers.iter().map(ToString::to_string));
        for notice in tail.notices {
            match notice {
                Notice::JournalTorn { .. } | Notice::JournalEntriesTooLate { .. } => {
                    report.notes.push(notice.to_string());
                }
                _ => report.findings.push(notice.to_string()),
            }
        }
        Ok(())
    }

    fn records<R: Record>(
        &self,
        newest: Option<&(Snapshot, HashMap<String, Oid>)>,
        report: &mut StateReport,
    ) -> Result<(), InspectError> {
        let loaded: BTreeMap<_, _> = records::load_all::<R>(&self.layout, &self.trust)?
            .into_iter()
            .map(|loaded| (self.inside(&loaded.path), loaded))
            .collect();
        report.sessions = loaded.len();
        for (path, loaded) in &loaded {
            let committed = newest.and_then(|(snapshot, files)| Some((snapshot, *files.get(path)?)));
            let finding = self.record(path, loaded, committed);
            report.findings.extend(finding.unwrap_or_else(|error| Some(chain(&error))));
        }
        let Some((_, committed)) = newest else { return Ok(()) };
        // Those that went to the archive meanwhile are gone from the newest commit too.
        let now = match committed.keys().any(|path| !loaded.contains_key(path)) {
            true => self.history.snapshot()?.files("sessions")?,
            false => HashMap::new(),
        };
        for path in now.keys().filter(|path| committed.contains_key(*path) && !loaded.contains_key(*path)) {
            let full = self.layout.at(path);
            report.findings.push(format!(
                "{}: the newest commit has this record, but the folder doesn't. The next start of the \
                    gateway writes it again.",
                full.display()
            ));
        }
        Ok(())
    }

    /// The path as the history names it.
    fn inside(&self, path: &Path) -> String {
        path.strip_prefix(self.layout.root()).unwrap_or(path).to_string_lossy().into_owned()
    }

    fn record<R: Record>(
        &self,
        path: &str,
        loaded: &LoadedRecord<R>,
        committed: Option<(&Snapshot, Oid)>,
    ) -> Result<Option<String>, ReadError> {
        let (full, id) = (self.layout.at(path), &loaded.id);
        let sheet = match &loaded.sheet {
            Ok(sheet) => sheet,
            Err(fault) => {
                return Ok(Some(format!(
                    "{}, {fault}. Session {id} is set aside until the file is repaired; `gateway state log \
                        {id}` lists versions for `gateway state restore`.",
                    full.display()
                )));
            }
        };
        let Some((snapshot, blob)) = committed.filter(|(_, blob)| *blob != loaded.blob) else {
            let changed = sheet.edited && !seal::is_marked_edited(&loaded.bytes) && committed.is_none();
            let changed = || changed.then(|| changed_by_somebody(&full.display(), 1, id));
            return Ok(self.not_ours(loaded).or_else(changed));
        };
        let theirs = snapshot.content(blob)?;
        if !self.trust.believes(record_signature::proof(&theirs, id, &self.trust)) {
            return Ok(Some(format!(
                "{}: the newest commit has a version that is not signed with this gateway's key, so someone else made it. \
                    The next start commits the signed one again.",
                full.display()
            )));
        }
        let line = first_difference(&loaded.bytes, &theirs);
        Ok(match yaml::revision(&theirs) {
            Some(revision) if revision > sheet.revision => Some(format!(
                "{}, line {line}: it is older (revision {}) than the newest commit's (revision {revision}). The next \
                 start of the gateway writes the newer one.",
                full.display(),
                sheet.revision
            )),
            Some(revision) if revision == sheet.revision || sheet.edited => {
                Some(changed_by_somebody(&full.display(), line, id))
            }
            _ => self.not_ours(loaded),
        })
    }

    fn not_ours<R: Record>(&self, loaded: &LoadedRecord<R>) -> Option<String> {
        let path = loaded.path.display();
        (!self.trust.believes(loaded.proof)).then(|| {
            format!(
                "{path}: it is not signed with this gateway's key, so someone else wrote it. The next start takes what it \
                    withdraws, and nothing that it grants."
            )
        })
    }

    fn ledger(&self, report: &mut StateReport) -> Result<(), InspectError> {
        let path = self.layout.ledger();
        let (_, notices) =
            Ledger::read(&self.layout, &self.trust).map_err(|source| InspectError::File { path, source })?;
        report.findings.extend(notices.iter().map(ToString::to_string));
        report.findings.extend(GrantFile::fault(&self.layout, &self.trust));
        Ok(())
    }

    fn objects(&self, snapshot: &Snapshot, report: &mut StateReport) -> Result<(), InspectError> {
        let (objects, unreadable) = snapshot.check_objects()?;
        report.git_objects = objects;
        let directory = self.layout.at(".git/objects");
        report.findings.extend(unreadable.into_iter().map(|(object, reason)| {
            format!(
                "{}: object {object} of the history is missing or damaged ({reason}). Restore it from a \
                    backup; without one, move `.git` aside: the records stay, and a new history \
                    begins.",
                directory.display()
            )
        }));
        Ok(())
    }
}

fn changed_by_somebody(file: &dyn Display, line: usize, id: &str) -> String {
    format!(
        "{file}, line {line}: it was changed outside the gateway. The next start takes what the change withdraws, and \
            nothing that it grants; `gateway state log {id}` lists versions for `gateway state restore`."
    )
}

/// Counted from 1.
fn first_difference(ours: &[u8], theirs: &[u8]) -> usize {
    let (mut ours, mut theirs) = (ours.split(|byte| *byte == b'\n'), theirs.split(|byte| *byte == b'\n'));
    let mut line = 1;
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return line,
            (ours, theirs) if ours != theirs => return line,
            _ => line += 1,
        }
    }
}

pub(super) fn sentences<S: Serializer>(faults: &[impl Display], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(faults.iter().map(ToString::to_string))
}
