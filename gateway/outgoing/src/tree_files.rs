//! The files of a tree as one list, and a list as a tree.

use crate::OutgoingFault;
use git2::{Index, IndexEntry, IndexTime, Oid, Repository, Tree};
use std::collections::BTreeMap;

pub(crate) const EXECUTABLE: u32 = 0o100_755;
pub(crate) const PLAIN: u32 = 0o100_644;
pub(crate) const LINK: u32 = 0o120_000;
/// A submodule: a commit of another repository.
pub(crate) const MODULE: u32 = 0o160_000;
const FOLDER: i32 = 0o040_000;

/// Folders in folders.
pub(crate) const DEPTH: usize = 200;

const MAX_FILES: usize = 1_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TreeFile {
    pub(crate) mode: u32,
    pub(crate) id: Oid,
}

/// By path.
pub(crate) type Files = BTreeMap<Vec<u8>, TreeFile>;

pub(crate) fn of_commit(repository: &Repository, commit: Oid) -> Result<Files, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("read the commits", &error);
    let tree = repository.find_commit(commit).and_then(|commit| commit.tree()).map_err(told)?;
    let mut files = Files::new();
    collect(repository, &tree, b"", DEPTH, &mut files)?;
    Ok(files)
}

fn collect(
    repository: &Repository,
    tree: &Tree<'_>,
    below: &[u8],
    depth: usize,
    files: &mut Files,
) -> Result<(), OutgoingFault> {
    let too_much = |what: &str| OutgoingFault::TooMuch(format!("The work has {what}."));
    let depth = depth.checked_sub(1).ok_or_else(|| too_much("folders that are nested too deep"))?;
    for entry in tree {
        let path = [below, entry.name_bytes()].concat();
        if entry.filemode() == FOLDER {
            let inner = repository.find_tree(entry.id());
            let inner = inner.map_err(|error| OutgoingFault::git("read the commits", &error))?;
            collect(repository, &inner, &[&path[..], b"/"].concat(), depth, files)?;
            continue;
        }
        files.insert(path, TreeFile { mode: known(entry.filemode()), id: entry.id() });
        if files.len() > MAX_FILES {
            return Err(too_much("more files than are looked at"));
        }
    }
    Ok(())
}

/// Odd modes of old repositories are plain files.
fn known(mode: i32) -> u32 {
    match mode.cast_unsigned() {
        mode @ (LINK | MODULE) => mode,
        mode if mode & 0o100 != 0 => EXECUTABLE,
        _ => PLAIN,
    }
}

pub(crate) fn written(repository: &Repository, files: &Files) -> Result<Oid, git2::Error> {
    let mut index = Index::new()?;
    let epoch = IndexTime::new(0, 0);
    for (path, file) in files {
        index.add(&IndexEntry {
            ctime: epoch,
            mtime: epoch,
            dev: 0,
            ino: 0,
            mode: file.mode,
            uid: 0,
            gid: 0,
            file_size: 0,
            id: file.id,
            flags: 0,
            flags_extended: 0,
            path: path.clone(),
        })?;
    }
    index.write_tree_to(repository)
}

/// Whether any of the files lies below the folder.
pub(crate) fn any_below(files: &Files, folder: &[u8]) -> bool {
    let start = [folder, b"/"].concat();
    files.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
}
