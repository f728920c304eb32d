//! The folder that only the gateway has: mirrors of repositories, what was kept of work that was cleaned away, and
//! notes on each workspace. No pod sees it, so what is found there is what the gateway put there.

use super::disk;
use crate::sessions::ports::WorkspaceFault;
use gateway_domain::SafeName;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells scratch folders of one process apart.
static SCRATCHES: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Debug)]
pub(super) struct Private {
    root: PathBuf,
}

impl Private {
    /// It must lie apart from the folder that agents see.
    pub(super) fn open(path: &Path, seen_by_agents: &Path) -> Result<Self, WorkspaceFault> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| disk("make", path, &error))?;
        let root = path.canonicalize().map_err(|error| disk("find", path, &error))?;
        if root.starts_with(seen_by_agents) || seen_by_agents.starts_with(&root) {
            return Err(WorkspaceFault::Unsafe(format!(
                "The mirrors ({}) are in the same folder as the workspaces ({}), where agents could write to \
                    them. Set GATEWAY_MIRRORS to a folder that only the gateway can access.",
                root.display(),
                seen_by_agents.display()
            )));
        }
        let closed = std::fs::set_permissions(&root, std::fs::Permissions::from_mode(0o700));
        closed.map_err(|error| disk("close", &root, &error))?;
        let private = Self { root };
        for folder in ["mirrors", "kept", "notes", "scratch"] {
            private.made(folder)?;
        }
        let ignored = private.root.join(".gitignore");
        if !ignored.exists() {
            // It may lie in a folder that is under git, such as the state's.
            std::fs::write(&ignored, "*\n").map_err(|error| disk("write", &ignored, &error))?;
        }
        Ok(private)
    }

    fn made(&self, name: &str) -> Result<PathBuf, WorkspaceFault> {
        let path = self.root.join(name);
        std::fs::create_dir_all(&path).map_err(|error| disk("make", &path, &error))?;
        Ok(path)
    }

    pub(super) fn mirror(&self, label: &str) -> PathBuf {
        self.root.join("mirrors").join(format!("{label}.git"))
    }

    /// The repository with the rescue branches of that mirror's workspaces.
    pub(super) fn kept(&self, label: &str) -> PathBuf {
        self.root.join("kept").join(format!("{label}.git"))
    }

    /// Where files go that lay beside the repositories of a workspace.
    pub(super) fn kept_files(&self, name: &str) -> PathBuf {
        self.root.join("kept").join("files").join(name)
    }

    /// Whose workspace it is, and how far it has come.
    pub(super) fn claim(&self, workspace: &SafeName) -> PathBuf {
        self.root.join("notes").join(format!("{workspace}.yaml"))
    }

    /// What was laid into a repository of a workspace.
    pub(super) fn laid(&self, workspace: &SafeName, repository: &SafeName) -> PathBuf {
        self.laid_in(workspace).join(format!("{repository}.yaml"))
    }

    /// The index as it was when the files were laid: it tells which of them are untouched.
    pub(super) fn index(&self, workspace: &SafeName, repository: &SafeName) -> PathBuf {
        self.laid_in(workspace).join(format!("{repository}.index"))
    }

    fn laid_in(&self, workspace: &SafeName) -> PathBuf {
        self.root.join("notes").join(format!("{workspace}+repositories"))
    }

    /// The workspace is gone. What was kept of it stays.
    pub(super) fn forget(&self, workspace: &SafeName) {
        // What remains belongs to no folder, and is written anew with the next workspace of that name.
        let _ = std::fs::remove_file(self.claim(workspace));
        let _ = std::fs::remove_dir_all(self.laid_in(workspace));
    }

    pub(super) fn scratch(&self) -> Result<Scratch, WorkspaceFault> {
        let number = SCRATCHES.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("scratch").join(format!("{}-{number}", std::process::id()));
        // A process of that number may have been killed here before.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).map_err(|error| disk("make", &path, &error))?;
        Ok(Scratch(path))
    }

    /// What a gateway that was killed left half done.
    pub(super) fn sweep(&self) {
        let left = std::fs::read_dir(self.root.join("scratch")).into_iter().flatten().flatten();
        for entry in left {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// A folder for as long as something is done.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
