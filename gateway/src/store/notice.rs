//! What the store found and put right, or could not: one sentence each, naming file, place and remedy.

use std::fmt;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    JournalTorn { path: PathBuf, offset: usize, bytes: usize },
    JournalDamaged { path: PathBuf, offset: usize, bytes: usize },
    JournalEntryUnknown { path: PathBuf, offset: usize, number: u64, reason: String },
    JournalEntriesTooLate { path: PathBuf, entries: usize },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::JournalTorn { path, offset, bytes } => write!(
                f,
                "{}, byte {offset}: the last entry was being written when the gateway ended ({bytes} bytes). \
                 It was never confirmed and is cut off; nothing is to be done.",
                path.display()
            ),
            Self::JournalDamaged { path, offset, bytes } => write!(
                f,
                "{}, byte {offset}: {bytes} bytes are damaged; every entry before and after is used. \
                 Check the volume; `gateway state verify` tells whether a session misses a change.",
                path.display()
            ),
            Self::JournalEntryUnknown { path, offset, number, reason } => write!(
                f,
                "{}, byte {offset}: entry {number} is whole but not understood ({reason}); it was left out. \
                 If a newer gateway wrote it, start that one.",
                path.display()
            ),
            Self::JournalEntriesTooLate { path, entries } => write!(
                f,
                "{}: {entries} entries were written by a gateway that had already been taken over. \
                 They were never confirmed and are left out; make sure that only one gateway runs.",
                path.display()
            ),
        }
    }
}
