//! The few file operations that the store's promises rest on, behind a trait: a test can hand in a disk
//! that fills up, tears a write or dies, without a fork in the production code.

use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) trait Disk: Send + Sync + 'static {
    /// Makes a file that did not exist.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Opens a file for writing at its end.
    fn append_to(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes names that were added to or removed from a directory durable.
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
}

pub(super) trait DiskFile: Send {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when everything written is on the medium.
    fn sync(&mut self) -> io::Result<()>;
    fn truncate(&mut self, length: u64) -> io::Result<()>;
}

/// The operating system's file system.
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().append(true).create_new(true).open(path)?))
    }

    fn append_to(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().append(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }
}

/// Whether a replaced file must be on the medium when [`replace`] returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// Content and name are synced.
    Synced,
    /// The name changes atomically, but a power cut may lose it: somebody else still has the content.
    Later,
}

/// Names of half-written files; a crash may leave some, and opening the store clears them away.
pub(super) const TEMPORARY: &str = ".tmp-";

/// Writes a file so that a reader sees the old content or the new, never a mixture.
pub(super) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let temporary = temporary_beside(path);
    let written =
        write_temporary(disk, &temporary, bytes, durability).and_then(|()| disk.rename(&temporary, path));
    if let Err(error) = written {
        // The half-written file takes room that a full disk needs; failing to remove it changes nothing.
        let _ = disk.remove(&temporary);
        return Err(error);
    }
    match (durability, path.parent()) {
        (Durability::Synced, Some(parent)) => disk.sync_dir(parent),
        _ => Ok(()),
    }
}

fn write_temporary(
    disk: &dyn Disk,
    temporary: &Path,
    bytes: &[u8],
    durability: Durability,
) -> io::Result<()> {
    let mut file = match disk.create(temporary) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            disk.remove(temporary)?;
            disk.create(temporary)?
        }
        other => other?,
    };
    file.write(bytes)?;
    match durability {
        Durability::Synced => file.sync(),
        Durability::Later => Ok(()),
    }
}

fn temporary_beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{TEMPORARY}{name}"))
}

/// Opens a plain file to read. `None` is for a folder, a pipe, a device, or a link that leads in a circle: whoever opened a
/// pipe as a file would wait for ever.
pub(super) fn open_plain(path: &Path) -> io::Result<Option<File>> {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let odd = [Errno::LOOP, Errno::NXIO].map(|errno| Some(errno.raw_os_error()));
    match OpenOptions::new().read(true).custom_flags(nonblocking).open(path) {
        Err(error) if odd.contains(&error.raw_os_error()) => Ok(None),
        opened => {
            let file = opened?;
            Ok(file.metadata()?.is_file().then_some(file))
        }
    }
}

/// Whether the reason lies in this one file. A disk that is full, or broken, fails for all.
pub(super) fn is_of_one_file(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::IsADirectory
            | ErrorKind::NotADirectory
            | ErrorKind::DirectoryNotEmpty
            | ErrorKind::AlreadyExists
            | ErrorKind::PermissionDenied
            | ErrorKind::InvalidFilename
            | ErrorKind::InvalidInput
    )
}

/// What is in a plain file.
pub(super) fn read_plain(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(mut file) = open_plain(path)? else { return Ok(None) };
    let mut bytes = vec![];
    file.read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// Makes a directory and its parents; one that exists is fine.
pub(super) fn ensure_dir(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leftover_of_a_crash_does_not_stop_the_next_write() {
        // REQ-STATE-02
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.yaml");
        fs::write(dir.path().join(".tmp-a.yaml"), "half").unwrap();
        replace(&RealDisk, &path, b"one", Durability::Synced).unwrap();
        replace(&RealDisk, &path, b"two", Durability::Later).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
