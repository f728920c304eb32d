//! One writer at a time: a lock file held with `flock`, and a fencing number in it.
//!
//! The number rises at each take-over. A writer looks at it after its entries are on the disk and before it
//! confirms them: whoever took over read the journal after raising the number, so it has seen every entry
//! that was ever confirmed, even if the lock itself failed (a network file system that forgets locks).

use crate::clock::Clock;
use crate::store::layout::MAX_NUMBER;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Digits of the number: fixed, so that it is changed in place in one small write.
const DIGITS: usize = 20;
/// Longest part of the lock file that is read to tell who holds it.
const MAX_DESCRIPTION: u64 = 1024;

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "Could not lock the state directory: {} is held by {holder}. Stop that gateway, or wait until it has \
            stopped.",
        path.display()
    )]
    Held { path: PathBuf, holder: String },
    #[error("Could not take the lock file {}; check that the volume is mounted and writable.", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// Why this gateway may not write any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockLost {
    #[error(
        "Another gateway took over the state directory with fencing number {theirs} (this one has {ours}); \
            this one stopped writing. Restart it if it should take over."
    )]
    Superseded { ours: u64, theirs: u64 },
    #[error(
        "The lock file {} was removed or replaced, so the state directory is no longer locked; this gateway \
            stopped writing. Restart it.", path.display()
    )]
    Removed { path: PathBuf },
    #[error("The lock file {} can't be read ({reason}); this gateway stopped writing. Restart it.", path.display())]
    Unreadable { path: PathBuf, reason: String },
}

/// What to do when somebody else seems to hold the lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakeOver {
    #[default]
    WhenFree,
    /// A lease elsewhere (in a cluster) says that this gateway is the one.
    Always,
}

/// The held lock; the number is given up by nobody, the lock when this is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    inode: u64,
    fence: u64,
}

impl Lock {
    /// `seen` is the highest number known from elsewhere (journal files), should the lock file be gone.
    pub(super) fn take(
        path: &Path,
        holder: &str,
        seen: u64,
        take_over: TakeOver,
        clock: &dyn Clock,
    ) -> Result<Self, LockError> {
        let failed = |source| LockError::File { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if take_over == TakeOver::Always => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held { path: path.to_owned(), holder: describe(path) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        // A number that no gateway counts to was written by somebody else, and is not counted on from.
        let there = read_number(&file).filter(|number| *number <= MAX_NUMBER).unwrap_or(0);
        let fence = there.max(seen) + 1;
        raise(&file, fence, &format!("{holder}, since {}", clock.now())).map_err(failed)?;
        let inode = file.metadata().map_err(failed)?.ino();
        Ok(Self { file, path: path.to_owned(), inode, fence })
    }

    pub(super) fn fence(&self) -> u64 {
        self.fence
    }

    /// Whether this gateway is still the one that writes. About a microsecond.
    pub(super) fn check(&self) -> Result<(), LockLost> {
        let path = || self.path.clone();
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.ino() == self.inode => {}
            Ok(_) => return Err(LockLost::Removed { path: path() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(LockLost::Removed { path: path() });
            }
            Err(error) => return Err(LockLost::Unreadable { path: path(), reason: error.to_string() }),
        }
        match read_number(&self.file) {
            Some(theirs) if theirs > self.fence => Err(LockLost::Superseded { ours: self.fence, theirs }),
            Some(_) => Ok(()),
            None => Err(LockLost::Unreadable { path: path(), reason: "it has no number".to_owned() }),
        }
    }
}

fn read_number(file: &File) -> Option<u64> {
    let mut digits = [0; DIGITS];
    file.read_exact_at(&mut digits, 0).ok()?;
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// Writes the number in place, never by a new file: others look at this very inode.
fn raise(file: &File, fence: u64, holder: &str) -> io::Result<()> {
    let content = format!("{fence:0DIGITS$}\nheld by {holder}\n");
    file.write_all_at(content.as_bytes(), 0)?;
    file.set_len(content.len() as u64)?;
    file.sync_all()
}

/// Who holds the lock, if somebody does. Looks, and takes nothing.
pub(super) fn holder(path: &Path) -> Option<String> {
    let file = File::open(path).ok()?;
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)).then(|| describe(path))
}

fn describe(path: &Path) -> String {
    let text = File::open(path).ok().and_then(|file| {
        let mut bytes = vec![];
        io::Read::read_to_end(&mut io::Read::take(file, MAX_DESCRIPTION), &mut bytes).ok()?;
        String::from_utf8(bytes).ok()
    });
    let holder = text.as_deref().and_then(|text| text.lines().nth(1)?.strip_prefix("held by "));
    holder.unwrap_or("another process").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn take(path: &Path, take_over: TakeOver) -> Result<Lock, LockError> {
        Lock::take(path, "codev-0", 0, take_over, &SystemClock)
    }

    #[test]
    fn a_second_gateway_is_refused_and_told_who_holds_it() {
        // REQ-STATE-05
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let first = take(&path, TakeOver::WhenFree).unwrap();
        let refused = take(&path, TakeOver::WhenFree).unwrap_err().to_string();
        assert!(refused.contains("is held by codev-0, since 2"), "{refused}");
        assert!(holder(&path).is_some_and(|holder| holder.starts_with("codev-0, since 2")));
        drop(first);
        assert_eq!(holder(&path), None);
        assert_eq!(take(&path, TakeOver::WhenFree).unwrap().fence(), 2);
    }

    #[test]
    fn whoever_was_taken_over_learns_it() {
        // REQ-STATE-05
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let old = take(&path, TakeOver::WhenFree).unwrap();
        old.check().unwrap();
        let new = take(&path, TakeOver::Always).unwrap();
        assert_eq!(old.check(), Err(LockLost::Superseded { ours: 1, theirs: 2 }));
        new.check().unwrap();
    }

    #[test]
    fn a_removed_lock_file_stops_the_writer_and_the_number_still_rises() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let old = take(&path, TakeOver::WhenFree).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(old.check(), Err(LockLost::Removed { path: path.clone() }));
        let new = Lock::take(&path, "codev-1", 41, TakeOver::WhenFree, &SystemClock).unwrap();
        assert_eq!(new.fence(), 42);
        assert_eq!(old.check(), Err(LockLost::Removed { path }));
    }

    #[test]
    fn a_garbled_number_is_replaced_by_one_that_is_higher_than_all_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        fs::write(&path, "not a number at all, but long enough").unwrap();
        let lock = Lock::take(&path, "codev-0", 8, TakeOver::WhenFree, &SystemClock).unwrap();
        assert_eq!(lock.fence(), 9);
        assert!(fs::read_to_string(&path).unwrap().starts_with("00000000000000000009\nheld by codev-0"));
    }
}
