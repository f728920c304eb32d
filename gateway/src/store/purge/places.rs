//! Every file below the state folder, and what a purge may do to it.

use super::unwanted::Unwanted;
use crate::store::disk::read_plain;
use crate::store::layout::{Layout, RECORD_SUFFIX};
use git2::Repository;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Lines of the audit log.
    Audit,
    Record,
    /// Loses the text, and stays.
    Wipe,
    /// A file of a message is what somebody else made: it goes whole, or not at all.
    Remove,
    /// A history that was set aside, mostly because it is damaged: nobody could write it anew.
    RemoveHistory,
    /// Looked at, and left: the gateway's own secrets, and files of others.
    Leave,
}

#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    pub(super) treatment: Treatment,
}

/// Folders that the gateway keeps, but for the history.
const KEPT: [&str; 10] = [
    "archive",
    "audit",
    "damaged",
    "dead-letters",
    "files",
    "journal",
    "ledger",
    "private",
    "schema",
    "sessions",
];

/// In an order that does not change. The history is not among them.
pub(super) fn all(layout: &Layout) -> Result<Vec<Place>, (PathBuf, io::Error)> {
    let mut found = vec![];
    walk(layout.root(), layout, &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// Folders beside those that the gateway keeps.
pub(super) fn of_others(layout: &Layout) -> io::Result<Vec<String>> {
    let mut others = vec![];
    for entry in fs::read_dir(layout.root())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_ours = KEPT.contains(&name.as_str()) || name == ".git";
        if entry.path().is_dir() && !is_ours {
            others.push(name);
        }
    }
    others.sort_unstable();
    Ok(others)
}

fn walk(folder: &Path, layout: &Layout, found: &mut Vec<Place>) -> Result<(), (PathBuf, io::Error)> {
    let failed = |source| (folder.to_owned(), source);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let inside = path.strip_prefix(layout.root()).unwrap_or(&path);
        let is_folder = path.is_dir() && !path.is_symlink();
        // Workspaces may lie there too, and are others'; the history is written anew.
        if is_folder && folder == layout.root() && !KEPT.iter().any(|kept| inside == Path::new(kept)) {
            continue;
        }
        match treatment(inside, is_folder) {
            None => walk(&path, layout, found)?,
            Some(treatment) => found.push(Place { path, treatment }),
        }
    }
    Ok(())
}

/// None for a folder that is looked into.
fn treatment(inside: &Path, is_folder: bool) -> Option<Treatment> {
    let name = inside.file_name().unwrap_or_default().to_string_lossy();
    let mut parts = inside.iter().filter_map(|part| part.to_str());
    let top = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if is_folder {
        return (top.0 == "damaged" && name.starts_with("git-")).then_some(Treatment::RemoveHistory);
    }
    Some(match top {
        ("audit", _) if name.ends_with(".jsonl") => Treatment::Audit,
        ("sessions" | "archive", _) if name.ends_with(RECORD_SUFFIX) => Treatment::Record,
        ("sessions" | "archive" | "journal" | "ledger" | "damaged" | "dead-letters", _)
        | ("private", "typed") => Treatment::Wipe,
        ("files", _) => Treatment::Remove,
        _ => Treatment::Leave,
    })
}

/// What is in a plain file. A folder, a pipe, or what went away meanwhile has nothing.
pub(super) fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match read_plain(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        other => other,
    }
}

/// Whether a history that was set aside has the text, or can't be read to the end.
pub(super) fn history_has(git_dir: &Path, text: &Unwanted) -> bool {
    let Ok(repository) = Repository::open(git_dir) else { return true };
    let Ok(odb) = repository.odb() else { return true };
    let mut objects = vec![];
    let listed = odb.foreach(|object| {
        objects.push(*object);
        true
    });
    let has_it = |object| match odb.read(object) {
        Ok(object) => text.is_in(object.data()),
        Err(_) => true,
    };
    listed.is_err() || objects.into_iter().any(has_it)
}
