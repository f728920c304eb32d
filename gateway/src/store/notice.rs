//! What the store found and put right, or could not: one sentence each, naming file, place and remedy.

use crate::store::audit_log::AuditFault;
use crate::store::layout::Layout;
use gateway_domain::one_line;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    #[error(transparent)]
    Audit(AuditFault),
    #[error(
        "{}, line {line}: the last entry was being written when the gateway ended ({bytes} bytes). \
         It was never confirmed and is cut off; nothing is to be done.",
        path.display()
    )]
    JournalTorn { path: PathBuf, line: usize, bytes: usize },
    #[error(
        "{}, line {line}: the end of the journal is damaged ({bytes} bytes). What stood there was written whole, so it may \
         have been confirmed, and is lost; it is cut off and kept in {}. Look whether the newest answers are there, and \
         check the volume.",
        path.display(), copy.display()
    )]
    JournalEndDamaged { path: PathBuf, line: usize, bytes: usize, copy: PathBuf },
    #[error(
        "{}, line {line}: {bytes} bytes are damaged; every entry before and after is used, and what is \
         committed is not affected. Check the volume.",
        path.display()
    )]
    JournalDamaged { path: PathBuf, line: usize, bytes: usize },
    #[error(
        "{}, line {line}: {bytes} bytes of the post ledger are damaged. The gateway looks into the thread \
         before it posts such an item again; check the volume.",
        path.display()
    )]
    LedgerDamaged { path: PathBuf, line: usize, bytes: usize },
    #[error(
        "{}, line {line}: entry {number} is whole but not understood ({reason}); it was left out. \
         If a newer gateway wrote it, start that one.",
        path.display()
    )]
    JournalEntryUnknown { path: PathBuf, line: usize, number: u64, reason: String },
    #[error(
        "{}: it is no file that a gateway's journal has; it is left alone and not read. Take it away.",
        path.display()
    )]
    JournalStranger { path: PathBuf },
    #[error(
        "{}: {entries} entries were written by a gateway that had already been taken over. \
         They were never confirmed and are left out; make sure that only one gateway runs.",
        path.display()
    )]
    JournalEntriesTooLate { path: PathBuf, entries: usize },
    #[error(
        "{}: no git command holds a lock that long; it was left behind and is removed.",
        path.display()
    )]
    StaleLockRemoved { path: PathBuf },
    #[error(
        "{}: HEAD was {was}; it is back on the state branch. Commits made there are kept \
         (`git log --all` shows them). To look at an old state use `gateway state show`.",
        path.display()
    )]
    HeadPutBack { path: PathBuf, was: String },
    #[error(
        "Commit {commit} on the state branch is not the gateway's; it is kept and built upon. Records \
         it changed: {}. A running session does not read them; it overwrites them at its next change.",
        list(sessions)
    )]
    ForeignCommit { commit: String, sessions: Vec<String> },
    #[error(
        "The state branch was moved from {was} to {to}; the next commit continues both, with the \
         gateway's records. To restore an older record use `gateway state restore`."
    )]
    BranchMoved { was: String, to: String },
    #[error(
        "Commit {was}, the gateway's last, is no longer in the state's history. The records on the disk \
         stay and are committed again; older versions are gone unless a backup has them."
    )]
    HistoryLost { was: String },
    #[error(
        "{}: somebody edited the record of running session {session}. The edit is kept in the history and \
         overwritten by the running session; edit a record only while the gateway is stopped.",
        path.display()
    )]
    EditedOutside { path: PathBuf, session: String },
    #[error(
        "{}: THE HISTORY IS GONE. Records and journal are used as they are and a new history begins, but older versions, and \
         what `gateway audit verify` compares the audit log with, are lost. If that was not meant, stop the gateway and put \
         `.git` back from a backup.",
        path.display()
    )]
    HistoryGone { path: PathBuf },
    #[error(
        "{}: THE HISTORY WAS DAMAGED ({reason}). It is set aside here and a new one begins; records and journal are used as \
         they are. Older versions are lost to `gateway state log` and `gateway audit verify` unless `.git` is put back from \
         a backup while the gateway is stopped.",
        path.display()
    )]
    HistorySetAside { path: PathBuf, reason: String },
    #[error(
        "{files} record files were older than the newest commit, or gone, and are written again from it."
    )]
    FilesPutBack { files: usize },
    #[error(
        "{}: it had been changed or cut, and is written again from the newest commit. \
         `gateway audit verify` checks the whole log.",
        path.display()
    )]
    AuditPutBack { path: PathBuf },
    #[error(
        "{}: the file {}; it is written again from the newest commit.",
        path.display(), if *missing { "was gone" } else { "was an older version" }
    )]
    RecordFromGit { path: PathBuf, missing: bool },
    #[error(
        "{}: it was edited by hand; it is taken as it is and committed.",
        path.display()
    )]
    RecordEdited { path: PathBuf },
    #[error(
        "{}: this gateway does not know the fields {}; they stay in the history, and are missing in the \
         record once it changes.",
        path.display(), list(fields)
    )]
    FieldsNotCarried { path: PathBuf, fields: Vec<String> },
    #[error(
        "{}: this gateway does not know the fields {}; they are carried along unchanged.",
        path.display(), list(fields)
    )]
    FieldsCarried { path: PathBuf, fields: Vec<String> },
    #[error(
        "{}: brought from schema version {from} to the current one; the old form stays in the history.",
        path.display()
    )]
    RecordMigrated { path: PathBuf, from: u32 },
    #[error(
        "Entry {number} of the journal holds a record of session {} that is not understood \
         ({}); the version before it is used. If a newer gateway wrote it, start that one.",
        one_line(session),
        one_line(reason)
    )]
    JournalRecordUnusable { session: String, number: u64, reason: String },
}

impl Notice {
    pub(super) fn history_gone(layout: &Layout) -> Self {
        Self::HistoryGone { path: layout.at(".git") }
    }

    /// Something is lost that nothing mends by itself.
    pub(super) fn is_a_loss(&self) -> bool {
        matches!(
            self,
            Self::HistoryGone { .. } | Self::HistorySetAside { .. } | Self::JournalEndDamaged { .. }
        )
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
