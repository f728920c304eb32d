//! A folder that somebody else may write to while we read it. It is held open, everything in it is reached from there by
//! one plain name at a time, and no link is followed: whatever is swapped meanwhile, nothing outside is read.

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};

/// What is looked for in a folder is a folder, and no link to one.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[derive(Debug)]
pub(crate) struct HeldFolder(OwnedFd);

/// One thing in a folder.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    pub(crate) kind: FileType,
    pub(crate) stat: Stat,
}

impl HeldFolder {
    /// The path's last part must be a folder and no link.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(fs::open(path, FOLDER, Mode::empty())?))
    }

    pub(crate) fn folder(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        Ok(Self(fs::openat(&self.0, plain(name.as_ref())?, FOLDER, Mode::empty())?))
    }

    /// Several folders down.
    pub(crate) fn below(&self, path: &Path) -> io::Result<Self> {
        let mut at = Self(self.0.try_clone()?);
        for part in path.components() {
            let Component::Normal(name) = part else { return Err(not_plain(path.as_os_str())) };
            at = at.folder(name)?;
        }
        Ok(at)
    }

    /// A plain file. A pipe or a device would keep whoever reads it for ever.
    pub(crate) fn file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let name = name.as_ref();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(fs::openat(&self.0, plain(name)?, flags, Mode::empty())?);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::new(ErrorKind::InvalidInput, "it is not a plain file")),
        }
    }

    pub(crate) fn read(&self, name: impl AsRef<OsStr>, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![];
        self.file(name)?.take(most + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > most {
            true => Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than it should be")),
            false => Ok(bytes),
        }
    }

    /// None when there is no such file.
    pub(crate) fn read_if_there(&self, name: impl AsRef<OsStr>, most: u64) -> io::Result<Option<Vec<u8>>> {
        match self.read(name, most) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }

    /// Where a link leads; it is not followed.
    pub(crate) fn leads_to(&self, name: impl AsRef<OsStr>) -> io::Result<Vec<u8>> {
        Ok(fs::readlinkat(&self.0, plain(name.as_ref())?, vec![])?.into_bytes())
    }

    fn stat(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(fs::statat(&self.0, plain(name)?, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// What is under that name; none when nothing is.
    pub(crate) fn kind(&self, name: impl AsRef<OsStr>) -> io::Result<Option<FileType>> {
        match self.stat(name.as_ref()) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All that is in it, by name. What goes away meanwhile is left out.
    pub(crate) fn entries(&self, most: usize) -> io::Result<Vec<Entry>> {
        let mut names = vec![];
        for entry in fs::Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
            if names.len() > most {
                return Err(io::Error::new(
                    ErrorKind::FileTooLarge,
                    format!("a folder has more than {most} files"),
                ));
            }
        }
        names.sort();
        let look = |name: OsString| match self.stat(&name) {
            Ok(stat) => Some(Ok(Entry { name, kind: FileType::from_raw_mode(stat.st_mode), stat })),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => Some(Err(error)),
        };
        names.into_iter().filter_map(look).collect()
    }
}

/// One part of a path that stays where it is.
fn plain(name: &OsStr) -> io::Result<&OsStr> {
    let bytes = name.as_bytes();
    let leads_on =
        bytes.is_empty() || bytes == b"." || bytes == b".." || bytes.contains(&b'/') || bytes.contains(&0);
    if leads_on { Err(not_plain(name)) } else { Ok(name) }
}

fn not_plain(name: &OsStr) -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, format!("{name:?} is not a plain name"))
}

/// Removed, or swapped for something else since it was listed.
pub(crate) fn is_gone(error: &io::Error) -> bool {
    let link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    link || matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput)
}
