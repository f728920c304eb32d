//! `gateway state purge`: a text leaves everything that the state keeps, and the history (REQ-PROOF-04).
//!
//! The gateway is stopped, and the lock is held. First the audit log gets an entry that says which of its lines lose a text, and
//! what is left of them ([`crate::store::purged_lines`]); then the history is written anew, then the files. Each step leaves a state that
//! a gateway starts with, so a purge that was killed is run again, with the same text. Nothing is kept that names the text.

mod places;
mod spelled;
mod unwanted;
mod wiped_file;
mod writings;

pub use unwanted::{Unwanted, UnwantedError};
pub use wiped_file::PurgeTarget;

use crate::clock::Clock;
use crate::store::audit_fault::AuditFault;
use crate::store::audit_log;
use crate::store::disk::{Durability, RealDisk, replace};
use crate::store::git::{Author, GitError, History, HistoryChange, RewriteError};
use crate::store::layout::Layout;
use crate::store::lock::{Lock, LockError, TakeOver};
use crate::store::purged_lines::{PurgedLines, Purges, WHAT};
use crate::store::records::record::Record;
use crate::store::startup::{BRANCH, tail};
use crate::store::state_keys::{StateKeys, Trust};
use gateway_domain::{AuditEntry, AuditSubject};
use git2::ObjectType;
use jiff::Timestamp;
use places::{Place, Treatment};
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use wiped_file::{Destroyed, Wiper};

#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{} can't lose the text: it is part of how the file is written, so what is left couldn't be read. Nothing was changed.", path.display())]
    Destroys { path: PathBuf },
    #[error(
        "The history can't lose the text: a file in it couldn't be read afterwards. Nothing was changed."
    )]
    DestroysHistory,
    #[error(
        "The history couldn't be written without the text: {reason}. The old one counts still; run it again."
    )]
    NotWritten { reason: String },
    #[error("Can't read or write {}. Run it again once that is repaired.", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("The reason has the text in it, and would stay in the audit log. Nothing was changed.")]
    InTheReason,
    #[error(
        "Someone changed the audit log, and an entry of a purge would cover that up: {fault} Nothing was removed."
    )]
    Tampered { fault: AuditFault },
    #[error(
        "Another purge was broken off, and this one would hide that: {fault} Then run this one. Nothing was removed."
    )]
    OtherPurge { fault: AuditFault },
    #[error(
        "The state was changed after this purge was put on record, by a gateway or by another purge. Nothing was removed; run it again."
    )]
    Changed,
}

/// Where the text is, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PurgeSurvey {
    /// Entries of the audit log.
    pub entries: usize,
    pub records: usize,
    /// Journal, ledger, grants, letters that Slack did not take, and what was set aside.
    pub files: usize,
    /// Files of messages, which go whole.
    pub attachments: usize,
    /// Objects of the history: versions of files, and commits.
    pub versions: usize,
    #[serde(skip)]
    lines: PurgedLines,
}

/// Where it may still be.
pub(super) type Leftovers = Vec<String>;

/// What happens in this order. A test ends a purge behind each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Locked,
    HistoryMade,
    HistoryInPlace,
    /// One file.
    FileDone,
}

/// A state folder that is to lose something.
pub struct Purge {
    layout: Layout,
    history: History,
    trust: Trust,
    target: PurgeTarget,
}

impl PurgeSurvey {
    pub fn is_nowhere(&self) -> bool {
        let Self { entries, records, files, attachments, versions, lines: _ } = self;
        entries + records + files + attachments + versions == 0
    }

    /// What the log says of the purge, before it happens. It never names the text.
    pub fn entry(&self, at: Timestamp, who: &str, reason: &str, target: &PurgeTarget) -> AuditEntry {
        let what = match target {
            PurgeTarget::Text(_) => "A text".to_owned(),
            PurgeTarget::Entry(number) => format!("The words of entry {number}"),
        };
        let Self { entries, records, files, attachments, versions, lines } = self;
        let subject = format!(
            "{what} was removed: from audit entries {entries}, records {records}, other files {files}, attachments \
                {attachments}, versions in the history {versions}"
        );
        let told = AuditSubject { subject, reason: reason.to_owned(), ..AuditSubject::default() };
        let answer = serde_json::to_string(lines).unwrap_or_default();
        AuditEntry { answer, told, ..AuditEntry::new(at, who, WHAT, "") }
    }
}

impl Purge {
    pub fn of(directory: &Path, keys: Option<StateKeys>, target: PurgeTarget) -> Self {
        let history = History::new(directory, BRANCH, Author::default());
        Self { layout: Layout::new(directory), history, trust: Trust::new(keys, false), target }
    }

    /// What the log is to say of it.
    pub fn entry(
        &self,
        survey: &PurgeSurvey,
        at: Timestamp,
        who: &str,
        reason: &str,
    ) -> Result<AuditEntry, PurgeError> {
        let entry = survey.entry(at, who, reason, &self.target);
        match &self.target {
            PurgeTarget::Text(text) if [who, reason].iter().any(|words| text.is_in(words.as_bytes())) => {
                Err(PurgeError::InTheReason)
            }
            _ => Ok(entry),
        }
    }

    /// Looks where it is, and whether each of them can lose it. Changes nothing.
    pub fn survey<R: Record>(&self) -> Result<PurgeSurvey, PurgeError> {
        let mut survey = PurgeSurvey::default();
        for place in self.places()? {
            let count = match place.treatment {
                Treatment::Audit | Treatment::Leave => continue,
                Treatment::Record => &mut survey.records,
                Treatment::Wipe | Treatment::RemoveHistory => &mut survey.files,
                Treatment::Remove => &mut survey.attachments,
            };
            *count += usize::from(self.has_it::<R>(&place)?);
        }
        let audit = self.audit_lines::<R>()?;
        self.check(&audit)?;
        (survey.entries, survey.lines) = (audit.entries, audit.after.found());
        survey.versions = self.versions::<R>()?;
        Ok(survey)
    }

    /// Does it. The entry is in the log by then. Returns where it may still be.
    pub fn carry_out<R: Record>(&self, clock: &dyn Clock) -> Result<Leftovers, PurgeError> {
        self.carry_out_with::<R>(clock, &mut |_| Ok(()))
    }

    /// `after`: may end it behind each step.
    pub(super) fn carry_out_with<R: Record>(
        &self,
        clock: &dyn Clock,
        after: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<Leftovers, PurgeError> {
        let root = self.layout.root();
        let stopped = |step| file(root)(io::Error::other(format!("ended after {step:?}")));
        let mut after = |step| after(step).map_err(|_| stopped(step));
        let _lock = self.lock(clock)?;
        after(Step::Locked)?;
        if !self.audit_lines::<R>()?.is_on_record() {
            return Err(PurgeError::Changed);
        }
        self.history.write_anew(&self.history_change::<R>()).map_err(|error| match error {
            RewriteError::Refused(Destroyed) => PurgeError::DestroysHistory,
            error => PurgeError::NotWritten { reason: crate::store::errors::chain(&error) },
        })?;
        after(Step::HistoryMade)?;
        self.history.put_in_place().map_err(file(&self.layout.at(".git")))?;
        after(Step::HistoryInPlace)?;
        for place in self.places()? {
            if self.treat::<R>(&place)? {
                after(Step::FileDone)?;
            }
        }
        self.leftovers::<R>()
    }

    fn lock(&self, clock: &dyn Clock) -> Result<Lock, PurgeError> {
        let seen = tail::highest_fence(&self.layout.journal()).map_err(file(&self.layout.journal()))?;
        let holder = format!("`gateway state purge` with process id {}", std::process::id());
        Ok(Lock::take(&self.layout.lock(), &holder, seen, TakeOver::WhenFree, clock)?)
    }

    /// Whether there was something to do.
    fn treat<R: Record>(&self, place: &Place) -> Result<bool, PurgeError> {
        let Place { path, treatment } = place;
        match treatment {
            Treatment::Leave => return Ok(false),
            Treatment::Remove if self.has_it::<R>(place)? => fs::remove_file(path).map_err(file(path))?,
            Treatment::RemoveHistory if self.has_it::<R>(place)? => {
                fs::remove_dir_all(path).map_err(file(path))?;
            }
            Treatment::Remove | Treatment::RemoveHistory => return Ok(false),
            Treatment::Audit | Treatment::Record | Treatment::Wipe => {
                let Some(rest) = self.wiped::<R>(path)? else { return Ok(false) };
                replace(&RealDisk, path, &rest, Durability::Synced).map_err(file(path))?;
            }
        }
        Ok(true)
    }

    fn wiped<R: Record>(&self, path: &Path) -> Result<Option<Vec<u8>>, PurgeError> {
        let Some(bytes) = places::read(path).map_err(file(path))? else { return Ok(None) };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let wiped = Wiper::<R>::new(&self.target, &self.trust).wiped(&name, &bytes);
        wiped.map_err(|Destroyed| PurgeError::Destroys { path: path.to_owned() })
    }

    fn has_it<R: Record>(&self, place: &Place) -> Result<bool, PurgeError> {
        let Place { path, treatment } = place;
        match (treatment, &self.target) {
            (Treatment::Remove, PurgeTarget::Text(text)) => {
                let bytes = places::read(path).map_err(file(path))?.unwrap_or_default();
                Ok(text.is_in(&bytes))
            }
            (Treatment::RemoveHistory, PurgeTarget::Text(text)) => Ok(places::history_has(path, text)),
            (Treatment::Remove | Treatment::RemoveHistory, PurgeTarget::Entry(_)) => Ok(false),
            _ => Ok(self.wiped::<R>(path)?.is_some()),
        }
    }

    /// A purge makes nothing good that somebody else did to the log, and takes no other purge's place.
    fn check(&self, audit: &AuditLines) -> Result<(), PurgeError> {
        match audit.now.fault() {
            None => Ok(()),
            Some(fault @ AuditFault::PurgedByNobody { .. }) => Err(PurgeError::Tampered { fault }),
            Some(_) if audit.after.complete(&audit.now) => Ok(()),
            // Whoever no longer has the text can remove what is left of its entries, one by one.
            Some(AuditFault::PurgeBrokenOff { .. }) if matches!(self.target, PurgeTarget::Entry(_)) => Ok(()),
            Some(fault) => Err(PurgeError::OtherPurge { fault }),
        }
    }

    fn audit_lines<R: Record>(&self) -> Result<AuditLines, PurgeError> {
        let mut lines = AuditLines::default();
        let folder = self.layout.audit();
        for number in audit_log::files(&folder).map_err(file(&folder))? {
            let path = self.layout.at(&audit_log::path_of(number));
            let bytes = fs::read(&path).map_err(file(&path))?;
            let rest = self.wiped::<R>(&path)?;
            let now = rest.as_deref().unwrap_or(&bytes);
            for (was, is) in audit_log::lines_of(&bytes).zip(audit_log::lines_of(now)) {
                lines.entries += usize::from(was != is);
                lines.now.look(was);
                lines.after.look(is);
            }
        }
        Ok(lines)
    }

    fn versions<R: Record>(&self) -> Result<usize, PurgeError> {
        let (change, mut found) = (self.history_change::<R>(), 0);
        let seen = self.history.each_object(|kind, bytes| {
            let has_it = match kind {
                ObjectType::Blob => change.file(bytes)?.is_some(),
                _ => change.text(bytes).is_some(),
            };
            found += usize::from(has_it);
            Ok::<_, Destroyed>(())
        });
        seen?.map_err(|Destroyed| PurgeError::DestroysHistory)?;
        Ok(found)
    }

    fn history_change<R: Record>(&self) -> WipeHistory<'_, R> {
        WipeHistory(Wiper::new(&self.target, &self.trust))
    }

    /// Everything below the folder, looked at once more.
    fn leftovers<R: Record>(&self) -> Result<Leftovers, PurgeError> {
        let mut left = vec![];
        for place in self.places()? {
            let is_left = match (&self.target, place.treatment) {
                (PurgeTarget::Text(text), Treatment::RemoveHistory) => places::history_has(&place.path, text),
                (PurgeTarget::Text(text), _) => {
                    let bytes = places::read(&place.path).map_err(file(&place.path))?;
                    bytes.is_some_and(|bytes| text.is_in(&bytes))
                }
                (PurgeTarget::Entry(_), _) => self.has_it::<R>(&place)?,
            };
            left.extend((is_left || self.is_out_of_reach(&place)).then(|| place.path.display().to_string()));
        }
        let PurgeTarget::Text(text) = &self.target else { return Ok(left) };
        let mut objects = 0;
        let seen = self.history.each_object(|_, bytes| {
            objects += usize::from(text.is_in(bytes));
            Ok::<_, Destroyed>(())
        });
        if seen?.is_ok() && objects > 0 {
            left.push(format!("{} ({objects} objects)", self.layout.at(".git").display()));
        }
        Ok(left)
    }

    /// Where a purge doesn't look, or can change nothing: behind a link, and at names of files.
    fn is_out_of_reach(&self, place: &Place) -> bool {
        let Place { path, .. } = place;
        let inside = path.strip_prefix(self.layout.root()).unwrap_or(path);
        let is_named = |text: &Unwanted| text.is_in(inside.as_os_str().as_encoded_bytes());
        let is_named = matches!(&self.target, PurgeTarget::Text(text) if is_named(text));
        is_named || (path.is_symlink() && path.is_dir())
    }

    /// Folders below the state folder that others work in, or that somebody put there. They are not looked into.
    pub fn folders_of_others(&self) -> Result<Vec<String>, PurgeError> {
        places::of_others(&self.layout).map_err(file(self.layout.root()))
    }

    fn places(&self) -> Result<Vec<Place>, PurgeError> {
        places::all(&self.layout).map_err(|(path, source)| PurgeError::File { path, source })
    }
}

/// The audit log as it is, and as it will be.
#[derive(Default)]
struct AuditLines {
    /// How many lose something.
    entries: usize,
    now: Purges,
    after: Purges,
}

impl AuditLines {
    /// The newest entry of a purge names exactly what this one is about to remove.
    fn is_on_record(&self) -> bool {
        self.after.is_named_in(&self.now)
    }
}

/// What becomes of the history.
struct WipeHistory<'a, R>(Wiper<'a, R>);

impl<R: Record> HistoryChange for WipeHistory<'_, R> {
    type Refused = Destroyed;

    fn file(&self, bytes: &[u8]) -> Result<Option<Vec<u8>>, Destroyed> {
        self.0.wiped("", bytes)
    }

    fn text(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self.0.target {
            PurgeTarget::Text(text) => text.without_bytes(bytes),
            PurgeTarget::Entry(_) => None,
        }
    }
}

fn file(path: &Path) -> impl FnOnce(io::Error) -> PurgeError {
    let path = path.to_owned();
    move |source| PurgeError::File { path, source }
}
