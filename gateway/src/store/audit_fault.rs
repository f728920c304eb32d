//! What a check of the audit log finds: one sentence each, with the place and the remedy.

use std::path::PathBuf;

/// What is wrong with the audit log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    #[error("{}, line {line}: not a valid audit entry ({reason}); it was changed or damaged. \
        {REMEDY}", path.display())]
    NotAnEntry { path: PathBuf, line: usize, reason: String },
    #[error("{}, line {line}: entry {n} was changed: it doesn't match its hash. {REMEDY}", path.display())]
    Changed { path: PathBuf, line: usize, n: u64 },
    #[error(
        "{}, line {line}: entry {n} does not follow the one before it; an entry was removed, inserted or moved \
         here. {REMEDY}", path.display()
    )]
    NotChained { path: PathBuf, line: usize, n: u64 },
    #[error("{} is missing: its entries were removed. {REMEDY}", path.display())]
    FileMissing { path: PathBuf },
    #[error(
        "The log ends with entry {found}, but commit {commit} names entry {expected}; entries were cut from \
            its end. {REMEDY}"
    )]
    Cut { found: u64, expected: u64, commit: String },
    #[error("Entry {n} is not the one that commit {commit} names; the log was rewritten. {REMEDY}")]
    Rewritten { n: u64, commit: String },
    #[error(
        "The state has no history, so it can't be checked whether some of the log's {entries} entries were \
            cut from its end or rewritten. Restore `.git` from a backup."
    )]
    NoHistory { entries: usize },
    #[error(
        "The history cannot be read ({reason}), so it can't be checked whether entries were cut from \
            the log's end. `gateway state verify` says what to do about the history."
    )]
    NoCommit { reason: String },
    #[error(
        "{}: the log's signed checkpoint is missing, although the history has one. {REMEDY}",
        path.display()
    )]
    HeadMissing { path: PathBuf },
    #[error(
        "From some entry on the log is signed by {to}, and {from} did not sign that. Either its root secret was lost or replaced \
            without it, or someone wrote the log again with another key. Compare the log with a checkpoint that was saved elsewhere."
    )]
    KeyNotHandedOver { from: String, to: String },
    #[error("What the witness {witness} countersigned last proves nothing: {reason}.")]
    NotWitnessed { witness: String, reason: String },
    #[error("In {place}: {reason}.")]
    NotInBucket { place: String, reason: String },
    #[error("{name} can't be used as a checkpoint: {reason}.")]
    NotACheckpoint { name: String, reason: String },
    #[error(
        "The log has {found} entries, but {name} covers {expected}; entries were cut from its end. \
            {REMEDY}"
    )]
    ShorterThanCheckpoint { name: String, found: u64, expected: u64 },
    #[error(
        "The log's first {size} entries are not the ones that {name} covers; an entry was changed, removed, \
            inserted or moved, or the log was rewritten. {REMEDY}"
    )]
    NotTheLogOfCheckpoint { name: String, size: u64 },
    #[error(
        "Entry {n} claims that a text was removed from it, and no entry `purged text` says so: someone changed it. {REMEDY}"
    )]
    PurgedByNobody { n: u64 },
    #[error(
        "A purge was broken off: entry {by} says that a text was removed from entry {n}, and it wasn't. Run the same \
            `gateway state purge` again."
    )]
    PurgeBrokenOff { n: u64, by: u64 },
    #[error(
        "The entries that a text was removed from aren't as entry {by} says: someone changed them since, or a purge was \
            broken off. Run the same `gateway state purge` again; if this stays, someone changed them."
    )]
    PurgedOtherwise { by: u64 },
    #[error(
        "Nobody with this log's key wrote the entries {lines}: someone added them by hand while no gateway ran. What they say counts \
            for nothing. Find out who can write into the state folder."
    )]
    Foreign { lines: String },
    #[error(
        "Entry {by} says that a text was removed from other entries, and no signed checkpoint covers it: someone who can't sign \
            added it. {REMEDY}"
    )]
    PurgeNotSigned { by: u64 },
}

const REMEDY: &str = "`git log -p -- audit` in the state folder shows what it was.";
