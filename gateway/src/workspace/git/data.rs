//! Finds the git data of a folder that an agent works in. Neither git nor libgit2 opens it: its settings, hooks and
//! attributes are the agent's, and may name programs. Only its references and objects are read, as plain files.

use crate::sessions::ports::WorkspaceFault;
use crate::workspace::beneath::Beneath;
use crate::workspace::folder::Folder;
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// A pointer to git data elsewhere is one path.
pub(super) const MAX_POINTER: u64 = 8 * 1024;

pub(super) const DOT_GIT: &str = ".git";

#[derive(Debug)]
pub(super) struct GitData {
    /// With `HEAD` and the index.
    pub(super) own: Beneath,
    /// With references and objects.
    pub(super) common: Beneath,
    /// The folder's name where others share it, as worktrees of an earlier version do: `web-1a2b3c4d.git`.
    pub(super) shared: Option<String>,
}

/// The git data of the folder at `path`, none when there is none.
pub(super) fn find(tree: &Beneath, path: &Path, folder: &Folder) -> Result<Option<GitData>, WorkspaceFault> {
    let looked = match tree.kind(DOT_GIT) {
        Ok(None) => return Ok(None),
        Ok(Some(FileType::Directory)) => of_its_own(tree),
        Ok(Some(FileType::RegularFile)) => elsewhere(tree, path, folder),
        Ok(Some(_)) => Err(io::Error::other("`.git` is neither a folder nor a file")),
        Err(error) => Err(error),
    };
    looked.map(Some).map_err(|error| {
        WorkspaceFault::Unsafe(format!(
            "The git data of {} is not where it should be ({error}); remove the workspace and create it again.",
            path.display()
        ))
    })
}

fn of_its_own(tree: &Beneath) -> io::Result<GitData> {
    let own = tree.folder(DOT_GIT)?;
    if own.kind("commondir")?.is_some() {
        return Err(io::Error::other("`.git/commondir` points to another repository"));
    }
    Ok(GitData { own, common: tree.folder(DOT_GIT)?, shared: None })
}

/// A worktree of a repository that must lie in the builders folder too.
fn elsewhere(tree: &Beneath, path: &Path, folder: &Folder) -> io::Result<GitData> {
    let text = tree.read(DOT_GIT, MAX_POINTER)?;
    let pointer = text.strip_prefix(b"gitdir: ").ok_or_else(|| io::Error::other("`.git` names no folder"))?;
    let at = joined(path, pointer);
    let own = within(&at, folder)?;
    let common_at = match own.kind("commondir")? {
        None => at,
        Some(_) => joined(&at, &own.read("commondir", MAX_POINTER)?),
    };
    let common = within(&common_at, folder)?;
    let shared = common_at.file_name().map(|name| name.to_string_lossy().into_owned());
    Ok(GitData { own, common, shared })
}

/// By words only: what is on the disk is looked at when it is opened.
fn joined(from: &Path, pointer: &[u8]) -> PathBuf {
    let mut at = PathBuf::new();
    for part in from.join(OsStr::from_bytes(pointer.trim_ascii_end())).components() {
        match part {
            Component::ParentDir => drop(at.pop()),
            Component::CurDir => {}
            part => at.push(part),
        }
    }
    at
}

fn within(path: &Path, folder: &Folder) -> io::Result<Beneath> {
    let below =
        path.strip_prefix(folder.path()).map_err(|_| io::Error::other(format!("at {}", path.display())))?;
    folder.held().below(below)
}
