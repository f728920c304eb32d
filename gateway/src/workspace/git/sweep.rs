//! Takes away what a session left in a repository, once it is kept. What git ignores stays: it was built there.

use super::commit_files::{Files, any_below};
use super::data::DOT_GIT;
use super::examined::Examined;
use super::lay;
use super::{failed, index};
use crate::sessions::ports::WorkspaceFault;
use crate::workspace::beneath::Beneath;
use crate::workspace::disk;
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const DEPTH: usize = 200;

impl Examined<'_> {
    /// All of it, git data included.
    pub(super) fn sweep(&self) -> Result<(), WorkspaceFault> {
        let swept = self.emptied(&self.tree, b"", DEPTH).and_then(|()| self.tree.remove(DOT_GIT));
        swept.map_err(|error| disk("clean", &self.spot.path(), &error))
    }

    fn emptied(&self, folder: &Beneath, below: &[u8], depth: usize) -> io::Result<()> {
        let depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("folders are nested too deep"))?;
        for entry in folder.entries()? {
            let path = [below, entry.name.as_bytes()].concat();
            if path == DOT_GIT.as_bytes() {
                continue;
            }
            let is_folder = entry.kind == FileType::Directory;
            if self.stays(&path, is_folder) {
                continue;
            }
            let is_nested = self.found.nested.contains(&path);
            if is_folder && !is_nested {
                let inner = folder.folder(&entry.name)?;
                self.emptied(&inner, &[&path[..], b"/"].concat(), depth)?;
                if inner.entries()?.is_empty() {
                    folder.remove_empty(&entry.name)?;
                }
            } else {
                folder.remove(&entry.name)?;
            }
        }
        Ok(())
    }

    fn stays(&self, path: &[u8], is_folder: bool) -> bool {
        let tracked = |files: &Files| files.contains_key(path) || is_folder && any_below(files, path);
        !tracked(&self.head_files) && !tracked(&self.found.files) && self.ignored.has(path, is_folder)
    }

    /// As its last commit has it, on the branch that it is on: a command made it, and knows what else is there.
    pub(super) fn restore(&self) -> Result<(), WorkspaceFault> {
        let told = |error: git2::Error| failed("clean the files", self.spot.repository, &error);
        for path in &self.found.changed {
            self.put_back(path).map_err(|error| disk("clean", &self.spot.path(), &error))?;
        }
        let Some(data) = &self.data else { return Ok(()) };
        let scratch = self.spot.folders.private.scratch()?;
        let entries = index::written(&self.head_files).map_err(told)?;
        let listed = lay::listed(&scratch.path().join("index"), entries.iter()).map_err(told)?;
        data.own
            .replace("index", &listed)
            .map_err(|error| disk("write the index of", &self.spot.path(), &error))
    }

    fn put_back(&self, path: &[u8]) -> io::Result<()> {
        let (below, name) = lay::parted(path);
        let name = OsStr::from_bytes(name);
        match self.head_files.get(path) {
            Some(kept) => {
                let folder = lay::made(&self.tree, below)?;
                lay::one(self.repository(), &folder, name, *kept).map(drop)
            }
            None => match self.tree.below(Path::new(OsStr::from_bytes(below))) {
                Ok(folder) => folder.remove(name),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            },
        }
    }
}
