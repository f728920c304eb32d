//! "All but these folders" for a kernel that only knows what is allowed: whatever lies beside the ways to the denied
//! paths is allowed, entry by entry.

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// An entry that is allowed, as it is held open: what somebody puts in its place later is another one.
pub(crate) struct Entry {
    pub(crate) handle: OwnedFd,
    pub(crate) is_folder: bool,
}

/// Opens without following a link, and without reading.
pub(crate) fn hold(path: &Path) -> io::Result<Entry> {
    Ok(hold_at(CWD, path.as_os_str())?)
}

/// Everything but the denied paths and what is below them. What cannot be looked into is not allowed either.
pub(crate) fn beside(denied: &[PathBuf], mut allow: impl FnMut(Entry) -> io::Result<()>) -> io::Result<()> {
    let root = openat(CWD, "/", OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    walk(&root, Path::new("/"), denied, &mut allow)
}

fn walk(
    folder: &OwnedFd,
    path: &Path,
    denied: &[PathBuf],
    allow: &mut impl FnMut(Entry) -> io::Result<()>,
) -> io::Result<()> {
    for entry in Dir::read_from(folder)? {
        let name = entry?.file_name().to_owned();
        let name = OsStr::from_bytes(name.to_bytes());
        let below = path.join(name);
        if matches!(name.as_bytes(), b"." | b"..") || denied.contains(&below) {
            continue;
        }
        if denied.iter().any(|denied| denied.starts_with(&below)) {
            if let Some(way) = enter(folder, name) {
                walk(&way, &below, denied, allow)?;
            }
        } else if let Some(entry) = seen(folder, name) {
            allow(entry)?;
        }
    }
    Ok(())
}

fn enter(folder: &OwnedFd, name: &OsStr) -> Option<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(folder, name, flags, Mode::empty()).ok()
}

/// A link is not allowed by itself: what it leads to has its own entry. What went meanwhile is nothing.
fn seen(folder: &OwnedFd, name: &OsStr) -> Option<Entry> {
    hold_at(folder, name).ok()
}

fn hold_at(folder: impl rustix::fd::AsFd, name: &OsStr) -> rustix::io::Result<Entry> {
    let handle = openat(folder, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let kind = FileType::from_raw_mode(statat(&handle, "", AtFlags::EMPTY_PATH)?.st_mode);
    if kind == FileType::Symlink {
        return Err(rustix::io::Errno::LOOP);
    }
    Ok(Entry { handle, is_folder: kind == FileType::Directory })
}

#[cfg(test)]
mod tests {
    use super::beside;
    use std::collections::BTreeSet;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    fn allowed(denied: &[PathBuf]) -> BTreeSet<PathBuf> {
        let mut all = BTreeSet::new();
        beside(denied, |entry| {
            all.insert(std::fs::read_link(format!("/proc/self/fd/{}", entry.handle.as_raw_fd()))?);
            Ok(())
        })
        .unwrap();
        all
    }

    #[test]
    fn what_lies_beside_the_way_is_allowed_and_nothing_on_it() {
        // REQ-GATE-07
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/secret")).unwrap();
        std::fs::create_dir_all(root.join("b")).unwrap();
        std::fs::write(root.join("a/plain"), "").unwrap();
        symlink(root.join("a/secret"), root.join("shortcut")).unwrap();
        // One that is not there yet: what comes to be in its folder later is not allowed.
        let all = allowed(&[root.join("a/secret"), root.join("later/token")]);
        let here: Vec<_> = all.iter().filter(|path| path.starts_with(&root)).collect();
        assert_eq!(here, [&root.join("a/plain"), &root.join("b")]);
        assert!(!all.iter().any(|path| root.starts_with(path)), "nothing above it: {all:?}");
        assert!(all.contains(&PathBuf::from("/proc")));
    }
}
