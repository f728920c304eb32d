//! Compares a folder that an agent works in with a commit.

use super::commit_files::{EXECUTABLE, Files, KeptFile, LINK, MODULE, PLAIN, any_below, is_wanted};
use super::data::DOT_GIT;
use super::ignored::Ignored;
use super::stamps::Stamps;
use crate::workspace::beneath::{Beneath, Entry};
use git2::{ObjectType, Oid, Repository};
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;

/// Larger files go to the disk in pieces.
const IN_MEMORY: u64 = 16 * 1024 * 1024;

/// Changed files that are looked at, all together. What is larger was not written by hand, and would fill the disk that the
/// gateway's own promises are on.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;

const DEPTH: usize = 200;

pub(super) struct Look<'a> {
    pub(super) tree: &'a Beneath,
    /// Where contents go; an object of this repository is as good as the file.
    pub(super) into: &'a Repository,
    /// What is compared with.
    pub(super) commit: &'a Files,
    /// Which files are as they were laid.
    pub(super) stamps: &'a Stamps,
    pub(super) ignored: &'a Ignored,
    pub(super) sparse: &'a [String],
}

#[derive(Debug, Default)]
pub(super) struct TreeState {
    /// All files that belong to the work, as they are now.
    pub(super) files: Files,
    /// Those of them that differ from the commit, and those that are missing.
    pub(super) changed: Vec<Vec<u8>>,
    /// Repositories in the repository: their own git data is not looked at.
    pub(super) nested: Vec<Vec<u8>>,
    /// Of the files that had to be read.
    bytes: u64,
}

impl Look<'_> {
    pub(super) fn over(&self) -> io::Result<TreeState> {
        let mut found = TreeState::default();
        self.folder(self.tree, b"", DEPTH, &mut found)?;
        for (path, kept) in self.commit {
            match found.files.get(path) {
                Some(now) if now == kept => {}
                Some(_) => found.changed.push(path.clone()),
                // A submodule has no files of this repository's.
                None if kept.mode == MODULE => drop(found.files.insert(path.clone(), *kept)),
                None if !is_wanted(path, self.sparse) => drop(found.files.insert(path.clone(), *kept)),
                None => found.changed.push(path.clone()),
            }
        }
        let new = found.files.keys().filter(|path| !self.commit.contains_key(*path)).cloned();
        found.changed.extend(new.collect::<Vec<_>>());
        Ok(found)
    }

    fn folder(&self, folder: &Beneath, below: &[u8], depth: usize, found: &mut TreeState) -> io::Result<()> {
        let depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("folders are nested too deep"))?;
        for entry in folder.entries()? {
            let name = entry.name.as_bytes();
            if name.eq_ignore_ascii_case(DOT_GIT.as_bytes()) {
                if !below.is_empty() {
                    found.nested.push(below[..below.len() - 1].to_vec());
                }
                continue;
            }
            let path = [below, name].concat();
            match entry.kind {
                FileType::Directory => self.inner(folder, &entry, path, depth, found)?,
                FileType::RegularFile | FileType::Symlink => self.file(folder, &entry, path, found)?,
                // Pipes and the like are nothing that git keeps.
                _ => {}
            }
        }
        Ok(())
    }

    fn inner(
        &self,
        folder: &Beneath,
        entry: &Entry,
        path: Vec<u8>,
        depth: usize,
        found: &mut TreeState,
    ) -> io::Result<()> {
        if self.commit.get(&path).is_some_and(|kept| kept.mode == MODULE) {
            if !folder.folder(&entry.name)?.entries()?.is_empty() {
                found.nested.push(path);
            }
            return Ok(());
        }
        if !any_below(self.commit, &path) && self.ignored.has(&path, true) {
            return Ok(());
        }
        match folder.folder(&entry.name) {
            Ok(inner) => self.folder(&inner, &[&path[..], b"/"].concat(), depth, found),
            // It is another thing by now.
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn file(&self, folder: &Beneath, entry: &Entry, path: Vec<u8>, found: &mut TreeState) -> io::Result<()> {
        if let Some(kept) = self.stamps.untouched(&path, &entry.stat) {
            found.files.insert(path, kept);
            return Ok(());
        }
        if !self.commit.contains_key(&path) && self.ignored.has(&path, false) {
            return Ok(());
        }
        let read = match entry.kind {
            FileType::Symlink => folder.leads_to(&entry.name).and_then(|to| self.kept(&to, LINK)),
            _ => self.content(folder, &entry.name, &mut found.bytes),
        };
        match read {
            Ok(kept) => drop(found.files.insert(path, kept)),
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn content(&self, folder: &Beneath, name: &OsStr, bytes: &mut u64) -> io::Result<KeptFile> {
        let mut file = folder.file(name)?;
        let about = file.metadata()?;
        *bytes = bytes.saturating_add(about.len());
        if *bytes > MAX_BYTES {
            return Err(io::Error::other(
                "more than 2 GiB of files have changed; move some of them elsewhere first",
            ));
        }
        let is_executable = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o100 != 0;
        let mode = if is_executable { EXECUTABLE } else { PLAIN };
        if about.len() > IN_MEMORY {
            let mut writer = self.into.blob_writer(None).map_err(io::Error::other)?;
            // It may grow while it is read.
            io::copy(&mut (&mut file).take(about.len()), &mut writer)?;
            return Ok(KeptFile { mode, id: writer.commit().map_err(io::Error::other)? });
        }
        let mut bytes = vec![];
        file.take(IN_MEMORY * 2).read_to_end(&mut bytes)?;
        self.kept(&bytes, mode)
    }

    /// What the commit has under this hash need not be written again.
    fn kept(&self, bytes: &[u8], mode: u32) -> io::Result<KeptFile> {
        let id = Oid::hash_object(ObjectType::Blob, bytes).map_err(io::Error::other)?;
        let odb = self.into.odb().map_err(io::Error::other)?;
        if !odb.exists_ext(id, git2::OdbLookupFlags::NO_REFRESH) {
            odb.write(ObjectType::Blob, bytes).map_err(io::Error::other)?;
        }
        Ok(KeptFile { mode, id })
    }
}

/// Removed or swapped since it was listed.
fn is_gone(error: &io::Error) -> bool {
    let link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    link || matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidInput
    )
}
