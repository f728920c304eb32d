//! The builders folder and the paths in it. Names are checked before they become paths, and what stands on the disk is
//! looked at before it is used: a link that leads out of the folder is never followed.

use super::disk;
use crate::sessions::workspaces::WorkspaceFault;
use gateway_domain::PlaceName;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the mirrors of repositories are; no workspace can have such a name.
const MIRRORS: &str = ".mirrors";

/// Workspaces of one folder that are looked at; more than that is a mistake somewhere.
const MAX_WORKSPACES: usize = 10_000;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, WorkspaceFault> {
        std::fs::create_dir_all(path).map_err(|error| disk("make", path, &error))?;
        let root = path.canonicalize().map_err(|error| disk("find", path, &error))?;
        Ok(Self { root })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn of(&self, name: &PlaceName) -> PathBuf {
        self.root.join(name.as_str())
    }

    pub(super) fn repos(&self, name: &PlaceName) -> PathBuf {
        self.of(name).join("repos")
    }

    pub(super) fn tree(&self, name: &PlaceName, repository: &PlaceName) -> PathBuf {
        self.repos(name).join(repository.as_str())
    }

    pub(super) fn mirror(&self, name: &str) -> PathBuf {
        self.root.join(MIRRORS).join(format!("{name}.git"))
    }

    /// All mirrors there are.
    pub(super) fn mirrors(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.join(MIRRORS)).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "git"))
            .collect()
    }

    /// A workspace with a repository in it. Its folder and what is on the way there must be real folders.
    pub(super) fn has_workspace(&self, name: &PlaceName) -> Result<bool, WorkspaceFault> {
        Ok(real_folder(&self.of(name))? && real_folder(&self.repos(name))?)
    }

    pub(super) fn has_tree(&self, name: &PlaceName, repository: &PlaceName) -> Result<bool, WorkspaceFault> {
        Ok(self.has_workspace(name)? && real_folder(&self.tree(name, repository))?)
    }

    /// `Shop` and `shop` are one folder on some volumes.
    pub(super) fn check_case(&self, name: &PlaceName) -> Result<(), WorkspaceFault> {
        let other = self.names()?.into_iter().find(|known| known != name && known.folded() == name.folded());
        match other {
            None => Ok(()),
            Some(other) => {
                Err(WorkspaceFault::Taken { name: name.clone(), by: format!("workspace {other}") })
            }
        }
    }

    /// A folder that the gateway did not make is not touched.
    pub(super) fn check_free(&self, name: &PlaceName) -> Result<(), WorkspaceFault> {
        let path = self.of(name);
        let entries = if real_folder(&path)? { std::fs::read_dir(&path) } else { return Ok(()) };
        // Whoever was killed before the claim was whole left its draft.
        let mut left = entries
            .map_err(|error| disk("read", &path, &error))?
            .filter(|entry| !entry.as_ref().is_ok_and(|entry| entry.file_name() == super::claim::DRAFT));
        match left.next() {
            None => Ok(()),
            Some(_) => Err(WorkspaceFault::Taken {
                name: name.clone(),
                by: format!("other files in {}", path.display()),
            }),
        }
    }

    /// All workspaces, by name.
    pub(super) fn names(&self) -> Result<Vec<PlaceName>, WorkspaceFault> {
        names_in(&self.root)
    }

    /// The repositories of a workspace.
    pub(super) fn repositories(&self, name: &PlaceName) -> Result<Vec<PlaceName>, WorkspaceFault> {
        if self.has_workspace(name)? { names_in(&self.repos(name)) } else { Ok(vec![]) }
    }

    /// Removes a workspace's folder. Links in it are removed, not followed.
    pub(super) fn erase(&self, name: &PlaceName) -> Result<(), WorkspaceFault> {
        let path = self.of(name);
        let removed = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => std::fs::remove_dir_all(&path),
            Ok(_) => std::fs::remove_file(&path),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(disk("remove", &path, &error)),
            _ => Ok(()),
        }
    }
}

/// False when there is nothing; an error when there is something else than a folder of its own.
fn real_folder(path: &Path) -> Result<bool, WorkspaceFault> {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(WorkspaceFault::Unsafe(format!(
            "{} is not a folder (perhaps a link that leads elsewhere); remove it and try again.",
            path.display()
        ))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk("look at", path, &error)),
    }
}

/// Folders with a plain name; anything else there is not ours.
fn names_in(path: &Path) -> Result<Vec<PlaceName>, WorkspaceFault> {
    let entries = std::fs::read_dir(path).map_err(|error| disk("read", path, &error))?;
    let folders = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = folders.filter_map(|entry| PlaceName::parse(entry.file_name().to_str()?).ok());
    let mut names: Vec<_> = names.take(MAX_WORKSPACES).collect();
    names.sort();
    Ok(names)
}
