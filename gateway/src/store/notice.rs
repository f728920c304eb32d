//! Notices on what the store found and repaired, or could not: one sentence each, with file, place and remedy.

use crate::store::audit_fault::AuditFault;
use crate::store::layout::Layout;
use gateway_domain::one_line;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    #[error(transparent)]
    Audit(AuditFault),
    #[error(
        "{}, line {line}: the last entry was being written when the gateway ended ({bytes} bytes). \
         It was never confirmed and was cut off; nothing needs to be done.",
        path.display()
    )]
    JournalTorn { path: PathBuf, line: usize, bytes: usize },
    #[error(
        "{}, line {line}: the end of the journal is damaged ({bytes} bytes). It had been written completely, \
            so it may have been confirmed, and is lost. It was cut off and saved in {}. Check whether the \
            newest answers are there, and check the volume.",
        path.display(), copy.display()
    )]
    JournalEndDamaged { path: PathBuf, line: usize, bytes: usize, copy: PathBuf },
    #[error(
        "{}, line {line}: {bytes} bytes are damaged. All entries before and after are used, and committed \
            changes are not affected. Check the volume.",
        path.display()
    )]
    JournalDamaged { path: PathBuf, line: usize, bytes: usize },
    #[error(
        "{}, line {line}: {bytes} bytes of the post ledger are damaged. The gateway checks the thread before \
            it posts such an item again. Check the volume.",
        path.display()
    )]
    LedgerDamaged { path: PathBuf, line: usize, bytes: usize },
    #[error(
        "{}: the list of grants is damaged ({reason}), so no grant is in force and people are asked again. The \
            file was moved to {}.",
        path.display(), copy.display()
    )]
    GrantsDamaged { path: PathBuf, copy: PathBuf, reason: String },
    #[error(
        "{}, line {line}: SOMEONE ELSE WROTE HERE: {entries} entries are not signed with this gateway's key. They were \
            ignored; the file was copied to {}. Find out who can write into the state folder.",
        path.display(), copy.display()
    )]
    JournalEntriesUnsigned { path: PathBuf, line: usize, entries: usize, copy: PathBuf },
    #[error(
        "{}, line {line}: SOMEONE ELSE WROTE HERE: {entries} lines of the ledger are not signed with this gateway's key. \
            They were ignored. Find out who can write into the state folder.",
        path.display()
    )]
    LedgerUnsigned { path: PathBuf, line: usize, entries: usize },
    #[error(
        "{}, line {line}: entry {number} is complete but can't be read ({reason}); it was skipped. If a \
            newer gateway wrote it, start that one.",
        path.display()
    )]
    JournalEntryUnknown { path: PathBuf, line: usize, number: u64, reason: String },
    #[error(
        "{}: not a journal file; it was ignored. Remove it.",
        path.display()
    )]
    JournalStranger { path: PathBuf },
    #[error(
        "{}: {entries} entries were written by a gateway after another one had taken over. They were never \
            confirmed and were skipped. Make sure that only one gateway runs.",
        path.display()
    )]
    JournalEntriesTooLate { path: PathBuf, entries: usize },
    #[error(
        "{}: this lock is too old to belong to a git command; it was removed.",
        path.display()
    )]
    StaleLockRemoved { path: PathBuf },
    #[error(
        "{}: HEAD was {was}; it was put back on the state branch. Commits made there still exist (`git log \
            --all` shows them). Use `gateway state show` to see an old state.",
        path.display()
    )]
    HeadPutBack { path: PathBuf, was: String },
    #[error(
        "Commit {commit} on the state branch is not the gateway's; the history continues from it. Records it \
            changed: {}. Running sessions don't read them and overwrite them at their next change.",
        list(sessions)
    )]
    ForeignCommit { commit: String, sessions: Vec<String> },
    #[error(
        "The state branch was moved from {was} to {to}; the next commit joins both, with the gateway's \
            records. Use `gateway state restore` to restore an older record."
    )]
    BranchMoved { was: String, to: String },
    #[error(
        "Commit {was}, the gateway's last, is no longer in the state's history. The records on disk stay and \
            are committed again; older versions are lost unless there is a backup."
    )]
    HistoryLost { was: String },
    #[error(
        "{}: the record of running session {session} was edited. The edit is in the history, but the running \
            session overwrites it. Edit records only while the gateway is stopped.",
        path.display()
    )]
    EditedOutside { path: PathBuf, session: String },
    #[error(
        "{}: THE HISTORY IS MISSING. Records and journal are used as they are and a new history begins, but \
            older versions are lost, and so is what `gateway audit verify` compares the audit log with. If \
            this was not intended, stop the gateway and restore `.git` from a backup.",
        path.display()
    )]
    HistoryGone { path: PathBuf },
    #[error(
        "{}: THE HISTORY WAS DAMAGED ({reason}). It was moved here and a new one begins; records and journal \
            are used as they are. `gateway state log` and `gateway audit verify` can't see older versions \
            unless `.git` is restored from a backup while the gateway is stopped.",
        path.display()
    )]
    HistorySetAside { path: PathBuf, reason: String },
    #[error(
        "{files} record files were missing or older than the newest commit, and were written again from it."
    )]
    FilesPutBack { files: usize },
    #[error(
        "{}: it had been changed or cut, and was written again from the newest commit. \
         `gateway audit verify` checks the whole log.",
        path.display()
    )]
    AuditPutBack { path: PathBuf },
    #[error(
        "{}: THE AUDIT LOG IS SIGNED BY ANOTHER KEY from now on; until now it was {was}. If you did not change the \
            gateway's root secret, find out who did: anyone with the state folder can rewrite a log and sign it with a \
            key of theirs. Checkpoints saved elsewhere still say whether the log is the same.",
        path.display()
    )]
    LogKeyChanged { path: PathBuf, was: String },
    #[error(
        "{}: the file {}; it was written again from the newest commit.",
        path.display(), if *missing { "was missing" } else { "was an older version" }
    )]
    RecordFromGit { path: PathBuf, missing: bool },
    #[error(
        "{}: it was edited by hand; the edit was accepted and committed.",
        path.display()
    )]
    RecordEdited { path: PathBuf },
    #[error(
        "{}: IT WAS EDITED BY HAND, AND AN EDIT NEVER GRANTS ANYTHING. {} The edited file is in the history. If nobody of \
            you did that, find out who can write into the state folder.",
        path.display(), some(refused)
    )]
    RecordEditRefused { path: PathBuf, refused: Vec<String> },
    #[error(
        "{}: the newest commit's version is not signed with this gateway's key; an older one that is was used.",
        path.display()
    )]
    CommitUnsigned { path: PathBuf },
    #[error(
        "{}: A DECISION WITHOUT ITS ENTRY IS VOID. {} Find out how it came into the state folder.",
        path.display(), some(void)
    )]
    DecisionVoid { path: PathBuf, void: Vec<String> },
    #[error("The state in {} was accepted as it is: {records} records are signed with this gateway's key from now on.", path.display())]
    StateSigned { path: PathBuf, records: usize },
    #[error(
        "{}: this gateway doesn't know the fields {}; they stay in the history, but are removed from the \
            record when it changes.",
        path.display(), list(fields)
    )]
    FieldsNotCarried { path: PathBuf, fields: Vec<String> },
    #[error(
        "{}: this gateway doesn't know the fields {}; they are left unchanged.",
        path.display(), list(fields)
    )]
    FieldsCarried { path: PathBuf, fields: Vec<String> },
    #[error(
        "{}: migrated from schema version {from} to the current one; the old form stays in the history.",
        path.display()
    )]
    RecordMigrated { path: PathBuf, from: u32 },
    #[error(
        "Entry {number} of the journal holds a record of session {} that can't be read ({}); the previous \
            version is used. If a newer gateway wrote it, start that one.",
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
            Self::HistoryGone { .. }
                | Self::HistorySetAside { .. }
                | Self::JournalEndDamaged { .. }
                | Self::GrantsDamaged { .. }
                | Self::JournalEntriesUnsigned { .. }
                | Self::LedgerUnsigned { .. }
                | Self::RecordEditRefused { .. }
                | Self::DecisionVoid { .. }
                | Self::CommitUnsigned { .. }
                | Self::LogKeyChanged { .. }
                | Self::Audit(
                    AuditFault::ShorterThanCheckpoint { .. }
                        | AuditFault::NotTheLogOfCheckpoint { .. }
                        | AuditFault::Foreign { .. }
                )
        )
    }
}

/// A few sentences, and how many more.
fn some(sentences: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = sentences.iter().take(SHOWN).map(|sentence| one_line(sentence)).collect::<Vec<_>>().join(" ");
    match sentences.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} And {more} more."),
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
