//! The files of a commit: their paths, kinds and contents, all of them or those of some folders.

use git2::{Oid, Repository, Tree};
use std::collections::BTreeMap;

pub(super) const EXECUTABLE: u32 = 0o100_755;
pub(super) const PLAIN: u32 = 0o100_644;
pub(super) const LINK: u32 = 0o120_000;
/// A submodule: a commit of another repository.
pub(super) const MODULE: u32 = 0o160_000;
const FOLDER: i32 = 0o040_000;

/// Folders in folders.
const DEPTH: usize = 200;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeptFile {
    pub(super) mode: u32,
    pub(super) id: Oid,
}

/// By path. A name that would lead out of its folder, or into git's data, is an error.
pub(super) type Files = BTreeMap<Vec<u8>, KeptFile>;

pub(super) fn of_tree(repository: &Repository, tree: &Tree<'_>) -> Result<Files, git2::Error> {
    let mut files = Files::new();
    collect(repository, tree, b"", DEPTH, &mut files)?;
    Ok(files)
}

fn collect(
    repository: &Repository,
    tree: &Tree<'_>,
    below: &[u8],
    depth: usize,
    files: &mut Files,
) -> Result<(), git2::Error> {
    let depth = depth.checked_sub(1).ok_or_else(|| git2::Error::from_str("folders are nested too deep"))?;
    for entry in tree {
        let name = checked(entry.name_bytes())?;
        let path = [below, name].concat();
        match entry.filemode() {
            FOLDER => {
                let inner = repository.find_tree(entry.id())?;
                collect(repository, &inner, &[&path[..], b"/"].concat(), depth, files)?;
            }
            mode => {
                files.insert(path, KeptFile { mode: known(mode), id: entry.id() });
            }
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

fn checked(name: &[u8]) -> Result<&[u8], git2::Error> {
    let odd = name.is_empty()
        || name == b"."
        || name == b".."
        || name.contains(&b'/')
        || name.eq_ignore_ascii_case(b".git");
    if odd { Err(git2::Error::from_str("a path in it points outside its folder")) } else { Ok(name) }
}

/// Files at the top are always there, as in git's own cone mode.
pub(super) fn is_wanted(path: &[u8], sparse: &[String]) -> bool {
    let below = |folder: &String| {
        let folder = folder.trim_matches('/').as_bytes();
        path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
    };
    sparse.is_empty() || !path.contains(&b'/') || sparse.iter().any(below)
}

/// Whether any of the files lies below the folder.
pub(super) fn any_below(files: &Files, folder: &[u8]) -> bool {
    let start = [folder, b"/"].concat();
    files.range(start.clone()..).next().is_some_and(|(path, _)| path.starts_with(&start))
}
