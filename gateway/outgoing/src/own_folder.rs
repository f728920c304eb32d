//! The folder that only the gateway has: a mirror of each forge repository, and a repository of its own for each run, which
//! has what the agent made besides. No pod sees it, so what is found there is what the gateway put there.

use crate::OutgoingFault;
use gateway_domain::SafeName;
use git2::{Repository, RepositoryInitOptions};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Tells scratch folders of one process apart.
static SCRATCHES: AtomicU64 = AtomicU64::new(0);

/// One for the process: it takes away what one before it left half done.
#[derive(Clone, Debug)]
pub struct Outgoing {
    root: PathBuf,
    /// One fetch at a time into each mirror.
    fetching: Arc<Mutex<HashMap<PathBuf, Arc<tokio::sync::Mutex<()>>>>>,
}

impl Outgoing {
    /// It must lie apart from the folder that agents see.
    pub fn open(path: &Path, seen_by_agents: &Path) -> Result<Self, OutgoingFault> {
        let told = |error: std::io::Error| OutgoingFault::disk("open the folder for what leaves", &error);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(told)?;
        let root = path.canonicalize().map_err(told)?;
        let agents = seen_by_agents.canonicalize().unwrap_or_else(|_| seen_by_agents.to_owned());
        if root.starts_with(&agents) || agents.starts_with(&root) {
            return Err(OutgoingFault::Unsafe(format!(
                "The folder for what leaves ({}) overlaps with that of the workspaces ({}), where agents could write to it.",
                root.display(),
                agents.display()
            )));
        }
        std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o700)).map_err(told)?;
        let _ = std::fs::remove_dir_all(root.join("scratch"));
        for folder in ["mirrors", "runs", "scratch"] {
            std::fs::create_dir_all(root.join(folder)).map_err(told)?;
        }
        // It may lie in a folder that is under git, such as the state's.
        std::fs::write(root.join(".gitignore"), "*\n").map_err(told)?;
        let own = Self { root, fetching: Arc::default() };
        own.unlock_all();
        Ok(own)
    }

    /// The repository of one run. What the mirror has it doesn't have again.
    pub fn store(&self, address: &str, run: &SafeName) -> Result<Store, OutgoingFault> {
        let label = label(address);
        let mirror = self.root.join("mirrors").join(format!("{label}.git"));
        let place = self.root.join("runs").join(format!("{run}+{label}.git"));
        made(&mirror, None)?;
        made(&place, Some(&mirror))?;
        let mut fetching = self.fetching.lock().unwrap_or_else(PoisonError::into_inner);
        let one_fetch = fetching.entry(mirror.clone()).or_default().clone();
        Ok(Store { mirror, place, scratch: self.root.join("scratch"), one_fetch })
    }

    /// The run has ended. The mirror stays.
    pub fn forget(&self, run: &SafeName) -> Result<(), OutgoingFault> {
        let told = |error: std::io::Error| OutgoingFault::disk("remove what a run left", &error);
        let start = format!("{run}+");
        for entry in std::fs::read_dir(self.root.join("runs")).map_err(told)? {
            let entry = entry.map_err(told)?;
            if entry.file_name().to_string_lossy().starts_with(&start) {
                std::fs::remove_dir_all(entry.path()).map_err(told)?;
            }
        }
        Ok(())
    }

    fn unlock_all(&self) {
        let all = ["mirrors", "runs"].map(|folder| std::fs::read_dir(self.root.join(folder)));
        all.into_iter().flatten().flatten().flatten().for_each(|entry| unlock(&entry.path()));
    }
}

#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) mirror: PathBuf,
    pub(crate) place: PathBuf,
    scratch: PathBuf,
    pub(crate) one_fetch: Arc<tokio::sync::Mutex<()>>,
}

impl Store {
    pub(crate) fn open(&self) -> Result<Repository, OutgoingFault> {
        Repository::open_bare(&self.place)
            .map_err(|error| OutgoingFault::git("open the run's repository", &error))
    }

    pub(crate) fn scratch(&self) -> Result<Scratch, OutgoingFault> {
        let number = SCRATCHES.fetch_add(1, Ordering::Relaxed);
        let path = self.scratch.join(format!("{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).map_err(|error| OutgoingFault::disk("make room", &error))?;
        Ok(Scratch(path))
    }

    /// A file of a commit; nothing where it isn't there, is longer, or is something else than a file.
    pub fn file(&self, commit: &str, path: &str, most: usize) -> Option<Vec<u8>> {
        let repository = self.open().ok()?;
        let tree = repository.revparse_single(commit).ok()?.peel_to_tree().ok()?;
        let blob = tree.get_path(Path::new(path)).ok()?.to_object(&repository).ok()?.peel_to_blob().ok()?;
        (blob.size() <= most).then(|| blob.content().to_vec())
    }

    /// The patch from one tree or commit of it to another, for people and as evidence; at most so many bytes.
    pub fn patch(&self, from: &str, to: &str, most: usize) -> Result<String, OutgoingFault> {
        let told = |error: git2::Error| OutgoingFault::git("compare the files", &error);
        let repository = self.open()?;
        let tree = |name: &str| repository.revparse_single(name)?.peel_to_tree();
        let (from, to) = (tree(from).map_err(told)?, tree(to).map_err(told)?);
        let mut diff = repository.diff_tree_to_tree(Some(&from), Some(&to), None).map_err(told)?;
        diff.find_similar(None).map_err(told)?;
        let mut patch = vec![];
        let printed = diff.print(git2::DiffFormat::Patch, |_, _, line| {
            if matches!(line.origin(), '+' | '-' | ' ') {
                patch.push(u8::try_from(line.origin()).unwrap_or(b' '));
            }
            patch.extend_from_slice(line.content());
            patch.len() <= most
        });
        match printed {
            Err(error) if patch.len() <= most => Err(told(error)),
            _ => {
                patch.truncate(most);
                Ok(String::from_utf8_lossy(&patch).into_owned())
            }
        }
    }
}

/// Paths that differ between two trees or commits of a store: the newer name of what was moved, and the older one too.
pub fn changed_paths(store: &Store, from: &str, to: &str) -> Result<Vec<String>, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("compare the files", &error);
    let repository = store.open()?;
    let tree = |name: &str| repository.revparse_single(name)?.peel_to_tree();
    let (from, to) = (tree(from).map_err(told)?, tree(to).map_err(told)?);
    let diff = repository.diff_tree_to_tree(Some(&from), Some(&to), None).map_err(told)?;
    let named =
        |file: git2::DiffFile<'_>| file.path_bytes().map(|path| String::from_utf8_lossy(path).into_owned());
    let all = diff.deltas().flat_map(|delta| [named(delta.old_file()), named(delta.new_file())]);
    let mut paths: Vec<String> = all.flatten().collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// A folder for as long as something is done.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A name for people, and one that no other address has.
fn label(address: &str) -> String {
    let end = address.trim_end_matches('/').trim_end_matches(".git").rsplit('/').next().unwrap_or_default();
    let name: String = end.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let digest = hex::encode(Sha256::digest(address.as_bytes()));
    format!("{name}-{}", &digest[..16])
}

pub(crate) fn made(place: &Path, borrows: Option<&Path>) -> Result<Repository, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("make a repository for what leaves", &error);
    // Templates of the machine may have hooks.
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false).no_reinit(false).initial_head("gateway");
    let repository = match place.join("HEAD").is_file() {
        true => Repository::open_bare(place),
        false => Repository::init_opts(place, &options),
    };
    let repository = repository.map_err(told)?;
    if let Some(mirror) = borrows {
        let objects = format!("{}\n", mirror.join("objects").display());
        std::fs::create_dir_all(place.join("objects/info"))
            .and_then(|()| std::fs::write(place.join("objects/info/alternates"), objects))
            .map_err(|error| OutgoingFault::disk("make a repository for what leaves", &error))?;
        return Repository::open_bare(place).map_err(told);
    }
    Ok(repository)
}

/// A git that was killed leaves its locks, and nobody else works in there.
pub(crate) fn unlock(repository: &Path) {
    let mut open = vec![repository.to_owned(), repository.join("refs"), repository.join("objects/pack")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            if path.is_dir() && folder.starts_with(repository.join("refs")) {
                open.push(path);
            } else if name.ends_with(".lock") || name.starts_with("tmp_") {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}
