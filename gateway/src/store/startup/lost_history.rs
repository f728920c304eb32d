//! The history at the start: there, gone, or damaged.
//!
//! Records and journal hold all that was promised; the history only tells how it came to be. So a gateway starts without
//! it, says so loudly, and throws nothing away: what is damaged is moved to `damaged/`, from where a backup or a person
//! with git may bring it back.

use super::OpenError;
use super::choose_version::ChooseError;
use crate::store::disk::ensure_dir;
use crate::store::errors::chain;
use crate::store::git::{GitError, History, ReadError, Snapshot};
use crate::store::journal::segment::{self, Segment};
use crate::store::layout::Layout;
use crate::store::notice::Notice;
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};

/// The repository, put in order. One that cannot be opened is set aside.
pub(crate) fn prepare(history: &History, layout: &Layout, now: Timestamp) -> Result<Vec<Notice>, OpenError> {
    match history.prepare() {
        Err(error) if error.is_damage() => {
            let mut notices = vec![set_aside(layout, &chain(&error), now)?];
            notices.extend(history.prepare()?);
            Ok(notices)
        }
        other => Ok(other?),
    }
}

/// Moves the history to where it can be looked at; a new one begins.
pub(crate) fn set_aside(layout: &Layout, reason: &str, now: Timestamp) -> Result<Notice, OpenError> {
    let (from, to) = (layout.at(".git"), free_name(layout, now));
    let moved = ensure_dir(&layout.damaged()).and_then(|()| std::fs::rename(&from, &to));
    moved.map_err(|source| OpenError::File {
        doing: "set the damaged history aside from",
        path: from,
        source,
    })?;
    Ok(Notice::HistorySetAside { path: to, reason: reason.to_owned() })
}

/// Two in one second are told apart.
fn free_name(layout: &Layout, now: Timestamp) -> PathBuf {
    let name = |n: u32| layout.damaged().join(format!("git-{}-{n}", now.as_second()));
    (1..).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(0))
}

/// The newest commit, with everything below it that a start or a commit needs.
pub(crate) fn newest(history: &History) -> Result<Option<Snapshot>, ReadError> {
    match history.snapshot() {
        Ok(snapshot) => {
            // A commit writes on top of these trees.
            snapshot.files("archive")?;
            Ok(Some(snapshot))
        }
        Err(ReadError::Empty { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there was a history that is not there any more. A state that was just begun has none by right: its
/// repository was made before anything else, and its journal still has the first entry.
pub(crate) fn is_gone(
    layout: &Layout,
    repository: bool,
    tip: bool,
    segments: &[Segment],
) -> io::Result<bool> {
    if tip {
        return Ok(false);
    }
    let kept = has_files(&layout.sessions())? || has_files(&layout.audit())?;
    let has_begun = segments.iter().any(|segment| segment.length() > 0);
    let was_committed = segments.first().is_some_and(|segment| segment.name.first > 1);
    Ok(if repository { kept && was_committed } else { kept || has_begun || was_committed })
}

/// The same for a state that is only looked at.
pub(crate) fn is_gone_from(layout: &Layout, tip: bool) -> io::Result<bool> {
    is_gone(layout, layout.at(".git").exists(), tip, &segment::read_there(&layout.journal())?)
}

fn has_files(directory: &Path) -> io::Result<bool> {
    match std::fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().transpose()?.is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl OpenError {
    /// The history is damaged, and the rest of the state is not known to be.
    pub(crate) fn is_damaged_history(&self) -> bool {
        match self {
            Self::Git(error)
            | Self::Read(ReadError::Git(error))
            | Self::Choose(ChooseError::Git(ReadError::Git(error))) => error.is_damage(),
            _ => false,
        }
    }
}

impl GitError {
    /// Not merely locked, somebody else's, or on a disk that does not answer.
    fn is_damage(&self) -> bool {
        use git2::{ErrorClass, ErrorCode};
        let (Self::Open { source, .. } | Self::Failed { source, .. }) = self else { return false };
        let passing = matches!(source.code(), ErrorCode::Locked | ErrorCode::Owner | ErrorCode::User);
        let outside = matches!(source.class(), ErrorClass::Os | ErrorClass::NoMemory | ErrorClass::Thread);
        !passing && !outside
    }
}
