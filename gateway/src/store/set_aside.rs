//! Sessions whose record is damaged: set aside until a person restores them.

use crate::store::git::LogEntry;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

/// A session whose record cannot be used. It is left alone until somebody restores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unrecoverable {
    pub session: String,
    pub path: PathBuf,
    /// Where and why, as a sentence.
    pub reason: String,
    /// The newest commit with a version that can be used.
    pub last_good: Option<LogEntry>,
}

impl fmt::Display for Unrecoverable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, path, reason, last_good } = self;
        write!(f, "Session {session} is set aside: {}, {reason}. ", path.display())?;
        match last_good {
            Some(LogEntry { commit, at, .. }) => write!(
                f,
                "Repair the file, or restore the last good version, from {at}: `gateway state restore \
                    {session} {commit}`."
            ),
            None => write!(f, "Repair the file, or find a version with `gateway state log {session}`."),
        }
    }
}
