//! At the start: for each session, what its file, the newest commit and the journal say becomes one record.

use super::reconcile::{Decision, InGit, OnDisk, decide};
use super::tail::Tail;
use crate::store::checkpoint::pending_changes::{FoundFile, KeptRecord, Work};
use crate::store::disk::Disk;
use crate::store::git::{LogEntry, ReadError, Snapshot};
use crate::store::layout::{Layout, id_of, is_id, record_path};
use crate::store::notice::Notice;
use crate::store::records::record::Record;
use crate::store::records::record_fault::Fault;
use crate::store::records::record_signature;
use crate::store::records::typed_words::TypedWords;
use crate::store::records::yaml::{self, Sheet};
use crate::store::records::{self, KnownFile, LoadedRecord};
use crate::store::set_aside::Unrecoverable;
use crate::store::state_keys::{Proof, Trust};
use git2::Oid;
use serde_yaml::Mapping;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Commits looked through for a good version of a damaged record, so that the start is not held up.
const LOOK_BACK: usize = 1_000;
/// Damaged records for which that is done.
const MAX_LOOKUPS: usize = 20;

#[derive(Debug, thiserror::Error)]
pub enum ChooseError {
    #[error(
        "A committed record can't be read. Restore `.git` in the state folder from a backup, or move it \
            aside: the records stay, and a new history begins."
    )]
    Git(#[from] ReadError),
    #[error("Could not write {} again from the newest commit.", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Everything that is known about the sessions at the start.
pub(super) struct ChosenVersions<R> {
    pub(super) records: Vec<Arc<R>>,
    pub(super) foreign: HashMap<String, Arc<Mapping>>,
    pub(super) unrecoverable: Vec<Unrecoverable>,
    pub(super) known: HashMap<String, KnownFile>,
    /// For the first checkpoint.
    pub(super) work: Work<R>,
    pub(super) notices: Vec<Notice>,
    /// The highest revision of all.
    pub(super) last: u64,
    /// Records that are not as any place has them; each is a change of its own, and told as such.
    pub(super) put_right: BTreeMap<String, PutRight<R>>,
    /// Records that are taken over without a signature.
    pub(super) adopted: Vec<(u64, KeptRecord<R>)>,
    /// Records of which no version is a gateway's own.
    pub(super) unsigned: usize,
}

pub(super) struct PutRight<R> {
    pub(super) kept: KeptRecord<R>,
    /// What is said of it in the audit log, and about which text.
    pub(super) what: &'static str,
    pub(super) sentences: Vec<String>,
    pub(super) digest: String,
}

pub(super) struct VersionChooser<'a, R> {
    pub(super) layout: &'a Layout,
    pub(super) disk: &'a dyn Disk,
    pub(super) snapshot: Option<&'a Snapshot>,
    pub(super) trust: &'a Trust,
    pub(super) committed: HashMap<String, Oid>,
    pub(super) tail: Tail<R>,
    pub(super) typed: TypedWords<R>,
    pub(super) chosen: ChosenVersions<R>,
}

impl<R> Default for ChosenVersions<R> {
    fn default() -> Self {
        Self {
            records: vec![],
            foreign: HashMap::new(),
            unrecoverable: vec![],
            known: HashMap::new(),
            work: Work::default(),
            notices: vec![],
            last: 0,
            put_right: BTreeMap::new(),
            adopted: vec![],
            unsigned: 0,
        }
    }
}

impl<R: Record> VersionChooser<'_, R> {
    pub(super) fn choose_all(
        mut self,
        loaded: Vec<LoadedRecord<R>>,
    ) -> Result<(ChosenVersions<R>, Tail<R>), ChooseError> {
        let mut on_disk: HashMap<String, LoadedRecord<R>> =
            loaded.into_iter().map(|loaded| (loaded.id.clone(), loaded)).collect();
        for id in self.ids(&on_disk) {
            let loaded = on_disk.remove(&id);
            self.session(id, loaded)?;
        }
        self.chosen.work.audit = std::mem::take(&mut self.tail.audit);
        Ok((self.chosen, self.tail))
    }

    fn ids(&self, on_disk: &HashMap<String, LoadedRecord<R>>) -> BTreeSet<String> {
        let committed = self.committed.keys().filter_map(|path| id_of(path.rsplit('/').next()?));
        let committed = committed.filter(|id| is_id(id));
        let known = on_disk.keys().chain(self.tail.records.keys()).chain(self.tail.archived.keys());
        known.map(String::as_str).chain(committed).map(str::to_owned).collect()
    }

    fn session(&mut self, id: String, loaded: Option<LoadedRecord<R>>) -> Result<(), ChooseError> {
        let path = record_path(&id);
        let blob = self.committed.get(&path).copied();
        let journal = self.tail.records.remove(&id);
        let is_ours = |loaded: &LoadedRecord<R>| loaded.sheet.is_err() || self.trust.believes(loaded.proof);
        let ours = loaded.as_ref().is_none_or(is_ours);
        let on_disk = if ours { on_disk(loaded.as_ref()) } else { OnDisk::Missing };
        if self.archived(&id, on_disk, journal.as_ref().map(|(number, _)| *number)) {
            return Ok(());
        }
        if !ours {
            return loaded.map_or(Ok(()), |edited| self.edited_by_hand(edited, journal, blob));
        }
        let in_git = self.in_git(&id, blob, loaded.as_ref())?;
        let decision = decide(on_disk, in_git, journal.as_ref().map(|(number, _)| *number));
        match (decision, loaded, journal, blob) {
            (Decision::Disk, Some(loaded), _, _) => self.take_file(loaded, false),
            (Decision::DiskNew, Some(loaded), _, _) => self.take_file(loaded, true),
            (Decision::Journal { keep }, loaded, Some((number, kept)), _) => {
                if let Some(LoadedRecord { stamp, blob, bytes, .. }) = loaded {
                    self.chosen.known.insert(id.clone(), KnownFile { stamp, blob });
                    // What is no file has no content to keep.
                    let keep = keep && !bytes.is_empty();
                    self.chosen.work.found.extend(keep.then_some(FoundFile { path, bytes }));
                }
                self.chosen.work.records.insert(id, (number, kept.clone()));
                self.take(number, kept);
            }
            (Decision::Git { keep }, loaded, _, Some(blob)) => {
                self.take_committed(id, blob, loaded, keep)?;
            }
            (_, Some(LoadedRecord { path, sheet: Err(fault), .. }), _, _) => self.set_aside(id, path, &fault),
            // The file is whole and counts, or there is none anywhere: the cases above are all there are.
            (_, _, _, _) => {}
        }
        Ok(())
    }

    /// Whether the session's last change was that it went to the archive; the move is done again.
    fn archived(&mut self, id: &str, on_disk: OnDisk, journal: Option<u64>) -> bool {
        let Some((number, ended)) = self.tail.archived.get(id).copied() else { return false };
        let revision = match on_disk {
            OnDisk::Whole { revision, .. } => Some(revision),
            OnDisk::Missing | OnDisk::Unreadable => None,
        };
        if Some(number) < journal.max(revision) {
            return false;
        }
        self.chosen.work.archived.insert(id.to_owned(), (number, ended));
        true
    }

    fn in_git(
        &self,
        id: &str,
        blob: Option<Oid>,
        loaded: Option<&LoadedRecord<R>>,
    ) -> Result<InGit, ChooseError> {
        let (Some(blob), Some(snapshot)) = (blob, self.snapshot) else { return Ok(InGit::Missing) };
        if loaded.is_some_and(|loaded| loaded.blob == blob) {
            return Ok(InGit::Same);
        }
        let committed = snapshot.content(blob)?;
        // A commit is as easily made as a file: of one that is not a gateway's own nothing counts.
        let is_ours = self.trust.believes(record_signature::proof(&committed, id, self.trust));
        Ok(InGit::Other { revision: yaml::revision(&committed).filter(|_| is_ours) })
    }

    fn take_file(&mut self, loaded: LoadedRecord<R>, new: bool) {
        let LoadedRecord { id, path, stamp, blob, bytes, proof, sheet } = loaded;
        let sheet = match sheet {
            Ok(sheet) => sheet,
            Err(fault) => return self.set_aside(id, path, &fault),
        };
        self.chosen.known.insert(id.clone(), KnownFile { stamp, blob });
        if new {
            if sheet.edited {
                self.notice(&id, |path| Notice::RecordEdited { path });
            }
            self.chosen.work.found.push(FoundFile { path: record_path(&id), bytes });
        }
        let (revision, kept) = (sheet.revision, self.take_sheet(id, sheet));
        self.adopt(proof, revision, kept);
    }

    fn adopt(&mut self, proof: Proof, revision: u64, kept: KeptRecord<R>) {
        if proof == Proof::Missing {
            self.chosen.adopted.push((revision, kept));
        }
    }

    fn take_committed(
        &mut self,
        id: String,
        blob: Oid,
        loaded: Option<LoadedRecord<R>>,
        keep: bool,
    ) -> Result<(), ChooseError> {
        let path = self.layout.at(&record_path(&id));
        let newest = blob;
        let Some((blob, bytes)) = self.committed_by_us(&id, newest)? else {
            self.set_aside(id, path, &Fault::Unsigned);
            return Ok(());
        };
        let sheet = match yaml::read(&bytes, &id) {
            Ok(sheet) => sheet,
            Err(fault) => {
                self.set_aside(id, path, &fault);
                return Ok(());
            }
        };
        let missing = loaded.is_none();
        self.notice(&id, |path| Notice::RecordFromGit { path, missing });
        let proof = record_signature::proof(&bytes, &id, self.trust);
        let stamp =
            records::write(self.disk, &path, &bytes).map_err(|source| ChooseError::Write { path, source })?;
        self.chosen.known.insert(id.clone(), KnownFile { stamp, blob });
        let (revision, kept) = (sheet.revision, self.take_sheet(id.clone(), sheet));
        self.adopt(proof, revision, kept.clone());
        if blob != newest {
            self.forged_commit(&id, kept.clone(), newest);
        }
        if let Some(loaded) = loaded.filter(|_| keep) {
            self.chosen.work.found.push(FoundFile { path: record_path(&id), bytes: loaded.bytes });
            // The history goes back to the committed version afterwards.
            self.chosen.work.records.insert(id, (revision, kept));
        }
        Ok(())
    }

    fn take_sheet(&mut self, id: String, sheet: Sheet<R>) -> KeptRecord<R> {
        let Sheet { record, revision, foreign, dropped, edited: _, migrated_from } = sheet;
        self.tell_of_fields(&id, &foreign, dropped);
        let record = self.typed.whole(&id, revision).map_or_else(|| Arc::new(record), Arc::clone);
        let kept = KeptRecord { record, foreign: Arc::new(foreign) };
        if let Some(from) = migrated_from {
            self.notice(&id, |path| Notice::RecordMigrated { path, from });
            self.chosen.work.records.insert(id, (revision, kept.clone()));
        }
        self.take(revision, kept.clone());
        kept
    }

    pub(super) fn tell_of_fields(&mut self, id: &str, foreign: &Mapping, dropped: Vec<String>) {
        if !foreign.is_empty() {
            let fields = foreign.keys().filter_map(|key| key.as_str().map(str::to_owned)).collect();
            self.notice(id, |path| Notice::FieldsCarried { path, fields });
        }
        if !dropped.is_empty() {
            self.notice(id, |path| Notice::FieldsNotCarried { path, fields: dropped });
        }
    }

    pub(super) fn take(&mut self, revision: u64, kept: KeptRecord<R>) {
        self.chosen.last = self.chosen.last.max(revision);
        if !kept.foreign.is_empty() {
            self.chosen.foreign.insert(kept.record.id().to_owned(), kept.foreign);
        }
        self.chosen.records.push(kept.record);
    }

    pub(super) fn set_aside(&mut self, session: String, path: PathBuf, fault: &Fault) {
        let lookup = self.chosen.unrecoverable.len() < MAX_LOOKUPS;
        let snapshot = self.snapshot.filter(|_| lookup);
        let last_good = snapshot.and_then(|snapshot| last_good::<R>(snapshot, &session, self.trust));
        self.chosen.unsigned += usize::from(*fault == Fault::Unsigned);
        let reason = fault.to_string();
        self.chosen.unrecoverable.push(Unrecoverable { session, path, reason, last_good });
    }

    pub(super) fn notice(&mut self, id: &str, notice: impl FnOnce(PathBuf) -> Notice) {
        self.chosen.notices.push(notice(self.layout.at(&record_path(id))));
    }
}

fn on_disk<R>(loaded: Option<&LoadedRecord<R>>) -> OnDisk {
    match loaded {
        None => OnDisk::Missing,
        Some(LoadedRecord { sheet: Ok(sheet), .. }) => {
            OnDisk::Whole { revision: sheet.revision, sealed: !sheet.edited }
        }
        Some(LoadedRecord { sheet: Err(_), .. }) => OnDisk::Unreadable,
    }
}

/// The newest commit whose version of the record can be read, and is a gateway's own.
pub(super) fn last_good<R: Record>(snapshot: &Snapshot, session: &str, trust: &Trust) -> Option<LogEntry> {
    let path = record_path(session);
    let mut looked = 0;
    let mut found = false;
    let is_good = |bytes: Vec<u8>| {
        let is_ours = trust.believes(record_signature::proof(&bytes, session, trust));
        is_ours && yaml::read::<R>(&bytes, session).is_ok()
    };
    let log = snapshot.log(std::slice::from_ref(&path), |entry| {
        looked += 1;
        let commit = Oid::from_str(&entry.commit).ok();
        found = commit.and_then(|commit| snapshot.file_at(commit, &path).ok()).is_some_and(is_good);
        !found && looked < LOOK_BACK
    });
    log.ok()?.pop().filter(|_| found)
}
