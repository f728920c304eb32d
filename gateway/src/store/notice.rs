//! What the store found and put right, or could not: one sentence each, naming file, place and remedy.

use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    JournalTorn { path: PathBuf, line: usize, bytes: usize },
    JournalDamaged { path: PathBuf, line: usize, bytes: usize },
    LedgerDamaged { path: PathBuf, line: usize, bytes: usize },
    JournalEntryUnknown { path: PathBuf, line: usize, number: u64, reason: String },
    JournalEntriesTooLate { path: PathBuf, entries: usize },
    StaleLockRemoved { path: PathBuf },
    HeadPutBack { path: PathBuf, was: String },
    ForeignCommit { commit: String, sessions: Vec<String> },
    BranchMoved { was: String, to: String },
    HistoryLost { was: String },
    EditedOutside { path: PathBuf, session: String },
    FilesPutBack { files: usize },
    AuditPutBack { path: PathBuf },
    RecordFromGit { path: PathBuf, missing: bool },
    RecordEdited { path: PathBuf },
    FieldsNotCarried { path: PathBuf, fields: Vec<String> },
    FieldsCarried { path: PathBuf, fields: Vec<String> },
    RecordMigrated { path: PathBuf, from: u32 },
    JournalRecordUnusable { session: String, number: u64, reason: String },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JournalTorn { path, line, bytes } => write!(
                f,
                "{}, line {line}: the last entry was being written when the gateway ended ({bytes} bytes). \
                 It was never confirmed and is cut off; nothing is to be done.",
                path.display()
            ),
            Self::JournalDamaged { path, line, bytes } => write!(
                f,
                "{}, line {line}: {bytes} bytes are damaged; every entry before and after is used. \
                 Check the volume; `gateway state verify` tells whether a session misses a change.",
                path.display()
            ),
            Self::LedgerDamaged { path, line, bytes } => write!(
                f,
                "{}, line {line}: {bytes} bytes of the post ledger are damaged. The gateway looks into the thread \
                 before it posts such an item again; check the volume.",
                path.display()
            ),
            Self::JournalEntryUnknown { path, line, number, reason } => write!(
                f,
                "{}, line {line}: entry {number} is whole but not understood ({reason}); it was left out. \
                 If a newer gateway wrote it, start that one.",
                path.display()
            ),
            Self::JournalEntriesTooLate { path, entries } => write!(
                f,
                "{}: {entries} entries were written by a gateway that had already been taken over. \
                 They were never confirmed and are left out; make sure that only one gateway runs.",
                path.display()
            ),
            Self::StaleLockRemoved { path } => write!(
                f,
                "{}: no git command holds a lock that long; it was left behind and is removed.",
                path.display()
            ),
            Self::HeadPutBack { path, was } => write!(
                f,
                "{}: HEAD was {was}; it is back on the state branch. Commits made there are kept \
                 (`git log --all` shows them). To look at an old state use `gateway state show`.",
                path.display()
            ),
            Self::ForeignCommit { commit, sessions } => write!(
                f,
                "Commit {commit} on the state branch is not the gateway's; it is kept and built upon. Records \
                 it changed: {}. A running session does not read them; it overwrites them at its next change.",
                list(sessions)
            ),
            Self::BranchMoved { was, to } => write!(
                f,
                "The state branch was moved from {was} to {to}; the next commit continues both, with the \
                 gateway's records. To restore an older record use `gateway state restore`.",
            ),
            Self::EditedOutside { path, session } => write!(
                f,
                "{}: somebody edited the record of running session {session}. The edit is kept in the history and \
                 overwritten by the running session; edit a record only while the gateway is stopped.",
                path.display()
            ),
            Self::FilesPutBack { files } => write!(
                f,
                "{files} record files were older than the newest commit, or gone, and are written again from it."
            ),
            Self::AuditPutBack { path } => write!(
                f,
                "{}: it had been changed or cut, and is written again from the newest commit. \
                 `gateway audit verify` checks the whole log.",
                path.display()
            ),
            Self::RecordFromGit { path, missing } => write!(
                f,
                "{}: the file {}; it is written again from the newest commit.",
                path.display(),
                if *missing { "was gone" } else { "was an older version" }
            ),
            Self::RecordEdited { path } => {
                write!(f, "{}: it was edited by hand; it is taken as it is and committed.", path.display())
            }
            Self::FieldsCarried { path, fields } => write!(
                f,
                "{}: this gateway does not know the fields {}; they are carried along unchanged.",
                path.display(),
                list(fields)
            ),
            Self::FieldsNotCarried { path, fields } => write!(
                f,
                "{}: this gateway does not know the fields {}; they stay in the history, and are missing in the \
                 record once it changes.",
                path.display(),
                list(fields)
            ),
            Self::RecordMigrated { path, from } => write!(
                f,
                "{}: brought from schema version {from} to the current one; the old form stays in the history.",
                path.display()
            ),
            Self::JournalRecordUnusable { session, number, reason } => write!(
                f,
                "Entry {number} of the journal holds a record of session {session} that is not understood \
                 ({reason}); the version before it is used. If a newer gateway wrote it, start that one."
            ),
            Self::HistoryLost { was } => write!(
                f,
                "Commit {was}, the gateway's last, is no longer in the state's history. The records on the disk \
                 stay and are committed again; older versions are gone unless a backup has them.",
            ),
        }
    }
}

/// A few names, and how many more.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 10;
    let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "none".to_owned(),
        count if count > SHOWN => format!("{shown} and {} more", count - SHOWN),
        _ => shown,
    }
}
