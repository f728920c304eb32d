//! The builders folder and what is in it. Agents write there, so names are checked before they become paths, and
//! everything is reached by way of [`Beneath`]: a link that leads out of the folder is never followed.

use super::beneath::Beneath;
use super::claim::OLD_FILES;
use super::disk;
use crate::sessions::ports::WorkspaceFault;
use gateway_domain::SafeName;
use rustix::fs::FileType;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Workspaces of one folder that are looked at; more than that is a mistake somewhere.
const MAX_WORKSPACES: usize = 10_000;

const REPOS: &str = "repos";

#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    held: Arc<Beneath>,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, WorkspaceFault> {
        std::fs::create_dir_all(path).map_err(|error| disk("make", path, &error))?;
        // The folder itself may lie where agents write, and be swapped for a link to something of ours.
        let held = Beneath::open(path).map_err(|error| not_a_folder(path, &error))?;
        let path = path.canonicalize().map_err(|error| disk("find", path, &error))?;
        Ok(Self { path, held: Arc::new(held) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn held(&self) -> &Beneath {
        &self.held
    }

    pub(super) fn of(&self, name: &SafeName) -> PathBuf {
        self.path.join(name.as_str())
    }

    pub(super) fn repos(&self, name: &SafeName) -> PathBuf {
        self.of(name).join(REPOS)
    }

    pub(super) fn tree(&self, name: &SafeName, repository: &SafeName) -> PathBuf {
        self.repos(name).join(repository.as_str())
    }

    /// A workspace's folder, if it is there.
    pub(super) fn hold(&self, name: &SafeName) -> Result<Option<Beneath>, WorkspaceFault> {
        found(self.held.folder(name.as_str()), &self.of(name))
    }

    /// The folder of its repositories.
    pub(super) fn hold_repos(&self, name: &SafeName) -> Result<Option<Beneath>, WorkspaceFault> {
        let Some(home) = self.hold(name)? else { return Ok(None) };
        found(home.folder(REPOS), &self.repos(name))
    }

    pub(super) fn hold_tree(
        &self,
        name: &SafeName,
        repository: &SafeName,
    ) -> Result<Option<Beneath>, WorkspaceFault> {
        let Some(repos) = self.hold_repos(name)? else { return Ok(None) };
        found(repos.folder(repository.as_str()), &self.tree(name, repository))
    }

    /// The same, made where it is not there.
    pub(super) fn make_tree(
        &self,
        name: &SafeName,
        repository: &SafeName,
    ) -> Result<Beneath, WorkspaceFault> {
        let made = self.make_repos(name)?.make_folder(repository.as_str());
        made.map_err(|error| disk("make", &self.tree(name, repository), &error))
    }

    pub(super) fn make_repos(&self, name: &SafeName) -> Result<Beneath, WorkspaceFault> {
        let made = self.held.make_folder(name.as_str()).and_then(|home| home.make_folder(REPOS));
        made.map_err(|error| disk("make", &self.repos(name), &error))
    }

    /// A workspace with a folder for its repositories in it.
    pub(super) fn has_workspace(&self, name: &SafeName) -> Result<bool, WorkspaceFault> {
        Ok(self.hold_repos(name)?.is_some())
    }

    pub(super) fn is_there(&self, name: &SafeName) -> Result<bool, WorkspaceFault> {
        Ok(self.hold(name)?.is_some())
    }

    /// `Shop` and `shop` are one folder on some volumes.
    pub(super) fn check_case(&self, name: &SafeName) -> Result<(), WorkspaceFault> {
        let other = self.names()?.into_iter().find(|known| known != name && known.folded() == name.folded());
        match other {
            None => Ok(()),
            Some(other) => {
                Err(WorkspaceFault::Taken { name: name.clone(), by: format!("workspace {other}") })
            }
        }
    }

    /// A folder that the gateway did not make is not touched.
    pub(super) fn check_free(&self, name: &SafeName) -> Result<(), WorkspaceFault> {
        let Some(home) = self.hold(name)? else { return Ok(()) };
        let entries = home.entries().map_err(|error| disk("read", &self.of(name), &error))?;
        // Whoever was killed before the claim was whole left its draft.
        match entries.iter().any(|entry| !OLD_FILES.iter().any(|old| entry.name == **old)) {
            false => Ok(()),
            true => {
                let by = format!("other files in {}", self.of(name).display());
                Err(WorkspaceFault::Taken { name: name.clone(), by })
            }
        }
    }

    /// All workspaces, by name.
    pub(super) fn names(&self) -> Result<Vec<SafeName>, WorkspaceFault> {
        names_in(&self.held).map_err(|error| disk("read", &self.path, &error))
    }

    /// The folders among its repositories that can be repositories.
    pub(super) fn repositories(&self, name: &SafeName) -> Result<Vec<SafeName>, WorkspaceFault> {
        let Some(repos) = self.hold_repos(name)? else { return Ok(vec![]) };
        names_in(&repos).map_err(|error| disk("read", &self.repos(name), &error))
    }

    /// Removes a workspace's folder. Links in it are removed, not followed.
    pub(super) fn erase(&self, name: &SafeName) -> Result<(), WorkspaceFault> {
        self.held.remove(name.as_str()).map_err(|error| disk("remove", &self.of(name), &error))
    }
}

/// None when there is nothing; a fault when there is something else than a folder of its own.
fn found(opened: io::Result<Beneath>, path: &Path) -> Result<Option<Beneath>, WorkspaceFault> {
    match opened {
        Ok(held) => Ok(Some(held)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(not_a_folder(path, &error)),
    }
}

fn not_a_folder(path: &Path, error: &io::Error) -> WorkspaceFault {
    let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    match error.kind() {
        kind if is_link || kind == ErrorKind::NotADirectory => WorkspaceFault::Unsafe(format!(
            "{} is not a folder (it may be a link). Remove it, or use the folder that it points to, and try again.",
            path.display()
        )),
        _ => disk("open", path, error),
    }
}

/// Folders with a plain name; anything else there is not ours.
fn names_in(folder: &Beneath) -> io::Result<Vec<SafeName>> {
    let folders = folder.entries()?.into_iter().filter(|entry| entry.kind == FileType::Directory);
    let names = folders.filter_map(|entry| SafeName::parse(entry.name.to_str()?).ok());
    let mut names: Vec<_> = names.take(MAX_WORKSPACES).collect();
    names.sort();
    Ok(names)
}
