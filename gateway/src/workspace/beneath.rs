//! A folder that somebody else may write to while we look at it. It is held open, everything in it is reached from
//! there by one plain name at a time, and no link is followed: whatever is swapped meanwhile, nothing outside is read,
//! written or removed.

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, Stat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path};

/// Folders in folders; more is an attack, or a mistake.
const DEPTH: usize = 200;

/// Attempts to find a name that is free.
const NAMES: usize = 10_000;

/// What is looked for in a folder is a folder, and no link to one.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[derive(Debug)]
pub(super) struct Beneath(OwnedFd);

/// One thing in a folder.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: OsString,
    pub(super) kind: FileType,
    pub(super) stat: Stat,
}

impl Beneath {
    /// The path's last part must be a folder and no link.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(fs::open(path, FOLDER, Mode::empty())?))
    }

    pub(super) fn folder(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        Ok(Self(fs::openat(&self.0, plain(name.as_ref())?, FOLDER, Mode::empty())?))
    }

    /// Several folders down.
    pub(super) fn below(&self, path: &Path) -> io::Result<Self> {
        let mut at = Self(self.0.try_clone()?);
        for part in path.components() {
            let Component::Normal(name) = part else { return Err(not_plain(path.as_os_str())) };
            at = at.folder(name)?;
        }
        Ok(at)
    }

    /// The folder, made if it is not there.
    pub(super) fn make_folder(&self, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let name = name.as_ref();
        match fs::mkdirat(&self.0, plain(name)?, Mode::from_raw_mode(0o777)) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error.into()),
            _ => self.folder(name),
        }
    }

    /// A plain file to read. A pipe or a device would keep whoever reads it for ever.
    pub(super) fn file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let name = name.as_ref();
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(fs::openat(&self.0, plain(name)?, flags, Mode::empty())?);
        match file.metadata()?.is_file() {
            true => Ok(file),
            false => Err(io::Error::new(ErrorKind::InvalidInput, "it is not a plain file")),
        }
    }

    pub(super) fn read(&self, name: impl AsRef<OsStr>, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![];
        self.file(name)?.take(most + 1).read_to_end(&mut bytes)?;
        match bytes.len() as u64 > most {
            true => Err(io::Error::new(ErrorKind::FileTooLarge, "it is larger than it should be")),
            false => Ok(bytes),
        }
    }

    /// A new file. Something that is there already is an error.
    pub(super) fn create(&self, name: impl AsRef<OsStr>, executable: bool) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(if executable { 0o777 } else { 0o666 });
        Ok(File::from(fs::openat(&self.0, plain(name.as_ref())?, flags, mode)?))
    }

    pub(super) fn write(&self, name: impl AsRef<OsStr>, bytes: &[u8]) -> io::Result<()> {
        self.create(name, false)?.write_all(bytes)
    }

    /// In place of whatever is there.
    pub(super) fn replace(&self, name: impl AsRef<OsStr>, bytes: &[u8]) -> io::Result<()> {
        let name = name.as_ref();
        let mut draft = name.to_owned();
        draft.push(".gateway-draft");
        self.remove(&draft)?;
        self.write(&draft, bytes)?;
        Ok(fs::renameat(&self.0, plain(&draft)?, &self.0, plain(name)?)?)
    }

    pub(super) fn link(&self, name: impl AsRef<OsStr>, to: &[u8]) -> io::Result<()> {
        Ok(fs::symlinkat(OsStr::from_bytes(to), &self.0, plain(name.as_ref())?)?)
    }

    /// Where a link leads; it is not followed.
    pub(super) fn leads_to(&self, name: impl AsRef<OsStr>) -> io::Result<Vec<u8>> {
        Ok(fs::readlinkat(&self.0, plain(name.as_ref())?, vec![])?.into_bytes())
    }

    pub(super) fn stat(&self, name: impl AsRef<OsStr>) -> io::Result<Stat> {
        Ok(fs::statat(&self.0, plain(name.as_ref())?, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// What is under that name; none when nothing is.
    pub(super) fn kind(&self, name: impl AsRef<OsStr>) -> io::Result<Option<FileType>> {
        match self.stat(name) {
            Ok(stat) => Ok(Some(FileType::from_raw_mode(stat.st_mode))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All that is in it, by name. What goes away meanwhile is left out.
    pub(super) fn entries(&self) -> io::Result<Vec<Entry>> {
        let mut names = vec![];
        for entry in fs::Dir::read_from(&self.0)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
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

    /// Removes what is under that name with all that is in it. Links go, not what they lead to. However deep folders lie in
    /// each other, few are held open: one that is deeper is moved up first.
    pub(super) fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        let mut names = vec![name.as_ref().to_owned()];
        while let Some(name) = names.last() {
            match self.remove_within(name, DEPTH)? {
                None => drop(names.pop()),
                Some((folder, deep)) => {
                    let aside = self.free_name(names.len())?;
                    fs::renameat(&folder.0, plain(&deep)?, &self.0, plain(&aside)?)?;
                    names.push(aside);
                }
            }
        }
        Ok(())
    }

    fn free_name(&self, from: usize) -> io::Result<OsString> {
        for number in from..from + NAMES {
            let name = OsString::from(format!(".gateway-removing-{number}"));
            if self.kind(&name)?.is_none() {
                return Ok(name);
            }
        }
        Err(io::Error::other("the names for what is being removed are all taken"))
    }

    /// Returns a folder that lies too deep to be gone into, by the folder that it is in and its name.
    fn remove_within(&self, name: &OsStr, depth: usize) -> io::Result<Option<(Self, OsString)>> {
        match self.kind(name)? {
            None => return Ok(None),
            Some(FileType::Directory) => {}
            Some(_) => return Ok(fs::unlinkat(&self.0, plain(name)?, AtFlags::empty()).map(|()| None)?),
        }
        let Some(depth) = depth.checked_sub(1) else {
            return Ok(Some((Self(self.0.try_clone()?), name.to_owned())));
        };
        let folder = self.folder(name)?;
        for entry in folder.entries()? {
            if let Some(deep) = folder.remove_within(&entry.name, depth)? {
                return Ok(Some(deep));
            }
        }
        self.remove_empty(name).map(|()| None)
    }

    pub(super) fn remove_empty(&self, name: &OsStr) -> io::Result<()> {
        match fs::unlinkat(&self.0, plain(name)?, AtFlags::REMOVEDIR) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => Ok(done?),
        }
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
