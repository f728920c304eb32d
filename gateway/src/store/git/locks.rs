//! Lock files that a git command left behind when it was killed.
//!
//! Nothing tells whether a lock file is still wanted, only its age does. Age is measured against the file
//! system's own clock (the time of a file made just now), so that neither a clock that jumps nor one that
//! differs between machines matters.

use crate::store::disk::TEMPORARY;
use crate::store::notice::Notice;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// References, HEAD and configuration are locked for milliseconds.
const STALE: Duration = Duration::from_secs(5);
/// The index is locked while a person writes a commit message. Our commits do not need it.
const STALE_INDEX: Duration = Duration::from_secs(600);

/// Removes stale locks; what cannot be removed is found again by whoever needs the lock.
pub(super) fn clear_stale(git_dir: &Path) -> Vec<Notice> {
    let locks = find(git_dir);
    if locks.is_empty() {
        return vec![];
    }
    let Some(now) = file_system_time(git_dir) else { return vec![] };
    let stale = locks.into_iter().filter(|lock| is_stale(lock, now));
    let removed = stale.filter(|lock| fs::remove_file(lock).is_ok());
    removed.map(|path| Notice::StaleLockRemoved { path }).collect()
}

fn find(git_dir: &Path) -> Vec<PathBuf> {
    let directories = [git_dir.to_owned(), git_dir.join("refs/heads"), git_dir.join("refs/rescue")];
    let entries = directories.iter().filter_map(|directory| fs::read_dir(directory).ok()).flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "lock")).collect()
}

fn is_stale(lock: &Path, now: SystemTime) -> bool {
    let limit = if lock.ends_with("index.lock") { STALE_INDEX } else { STALE };
    let modified = fs::metadata(lock).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| now.duration_since(modified).is_ok_and(|age| age > limit))
}

fn file_system_time(directory: &Path) -> Option<SystemTime> {
    let probe = directory.join(format!("{TEMPORARY}clock"));
    fs::write(&probe, []).ok()?;
    let modified = fs::metadata(&probe).and_then(|metadata| metadata.modified()).ok();
    // A probe that stays is overwritten by the next one.
    let _ = fs::remove_file(&probe);
    modified
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{File, FileTimes};

    fn lock(path: &Path, age: Duration) {
        let file = File::create(path).unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_times(FileTimes::new().set_modified(now - age)).unwrap();
    }

    #[test]
    fn only_locks_older_than_any_command_takes_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let git = dir.path();
        fs::create_dir_all(git.join("refs/heads")).unwrap();
        lock(&git.join("index.lock"), Duration::from_secs(60));
        lock(&git.join("HEAD.lock"), Duration::from_secs(60));
        lock(&git.join("refs/heads/state.lock"), Duration::from_secs(1));
        let notices = clear_stale(git);
        assert_eq!(notices, [Notice::StaleLockRemoved { path: git.join("HEAD.lock") }]);
        lock(&git.join("index.lock"), Duration::from_secs(601));
        assert_eq!(clear_stale(git), [Notice::StaleLockRemoved { path: git.join("index.lock") }]);
        assert!(git.join("refs/heads/state.lock").exists());
    }
}
