//! A worktree of a mirror, on the branch of a session.

use super::check_out::lay;
use super::clean::is_spare;
use super::{failed, session_branch};
use crate::sessions::workspaces::{RepositorySource, WorkspaceFault};
use crate::workspace::folder::Folder;
use gateway_domain::PlaceName;
use git2::{BranchType, Commit, Repository, Signature, WorktreeAddOptions, WorktreePruneOptions};
use std::path::{Path, PathBuf};

/// Who commits what the gateway itself keeps.
pub(super) fn signature() -> Result<Signature<'static>, git2::Error> {
    Signature::now("opencode-gateway", "gateway@localhost")
}

/// A worktree that is to be.
pub(in crate::workspace) struct Tree<'a> {
    pub(in crate::workspace) workspace: &'a PlaceName,
    pub(in crate::workspace) source: &'a RepositorySource,
    pub(in crate::workspace) mirror: &'a Path,
    pub(in crate::workspace) base: git2::Oid,
    pub(in crate::workspace) path: PathBuf,
}

impl Tree<'_> {
    pub(in crate::workspace) fn add(&self) -> Result<(), WorkspaceFault> {
        let mirror = self.open()?;
        let branch = session_branch(self.workspace);
        self.clear_way(&mirror, &branch)?;
        if let Err(error) = self.laid(&mirror, &branch) {
            return Err(failed("make the worktree", &self.source.name, &error));
        }
        Ok(())
    }

    pub(super) fn open(&self) -> Result<Repository, WorkspaceFault> {
        Repository::open_bare(self.mirror)
            .map_err(|error| failed("open the mirror", &self.source.name, &error))
    }

    /// A branch of that name with work of somebody's stays; one that adds nothing is left over.
    fn clear_way(&self, mirror: &Repository, branch: &str) -> Result<(), WorkspaceFault> {
        let Ok(mut found) = mirror.find_branch(branch, BranchType::Local) else { return Ok(()) };
        let spare = found.get().peel_to_commit().is_ok_and(|tip| is_spare(mirror, tip.id()));
        let gone = match spare {
            true => found.delete(),
            false => Err(git2::Error::from_str("it has commits of its own")),
        };
        gone.map_err(|_| WorkspaceFault::BranchExists {
            repository: self.source.name.clone(),
            branch: branch.to_owned(),
        })
    }

    fn laid(&self, mirror: &Repository, branch: &str) -> Result<(), git2::Error> {
        let base = mirror.find_commit(self.base)?;
        let first = if self.source.sparse.is_empty() { base.clone() } else { empty(mirror)? };
        let made = mirror.branch(branch, &first, true)?.into_reference();
        let mut options = WorktreeAddOptions::new();
        options.reference(Some(&made));
        mirror.worktree(&label(self.workspace, &self.source.name), &self.path, Some(&options))?;
        if !self.source.sparse.is_empty() {
            mirror.reference(&format!("refs/heads/{branch}"), base.id(), true, "begin")?;
            let tree = Repository::open(&self.path)?;
            let base = tree.find_commit(self.base)?;
            lay(&tree, &base, &self.source.sparse)?;
        }
        Ok(())
    }
}

/// A commit without files: the worktree begins with it, and gets only the wanted folders then.
fn empty(mirror: &Repository) -> Result<Commit<'_>, git2::Error> {
    let tree = mirror.find_tree(mirror.treebuilder(None)?.write()?)?;
    let who = Signature::new("opencode-gateway", "gateway@localhost", &git2::Time::new(0, 0))?;
    let commit = mirror.commit(None, &who, &who, "Nothing checked out yet", &tree, &[])?;
    mirror.find_commit(commit)
}

/// What the mirror calls the worktree. Neither name can hold the sign between them.
fn label(workspace: &PlaceName, repository: &PlaceName) -> String {
    format!("{workspace}+{repository}")
}

/// Takes the worktrees of a workspace off all mirrors, and the branches that add nothing.
pub(in crate::workspace) fn forget(folder: &Folder, workspace: &PlaceName) {
    for path in folder.mirrors() {
        let Ok(mirror) = Repository::open_bare(&path) else { continue };
        let start = format!("{workspace}+");
        let names = mirror.worktrees().map(|names| {
            names
                .iter()
                .flatten()
                .flatten()
                .filter(|name| name.starts_with(&start))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        });
        for name in names.unwrap_or_default() {
            let mut options = WorktreePruneOptions::new();
            options.valid(true).locked(true);
            let pruned = mirror.find_worktree(&name).and_then(|tree| tree.prune(Some(&mut options)));
            if let Err(error) = pruned {
                tracing::warn!(%error, worktree = name, "a mirror keeps a worktree that is gone");
            }
        }
        if let Ok(mut branch) = mirror.find_branch(&session_branch(workspace), BranchType::Local)
            && let Ok(tip) = branch.get().peel_to_commit()
            && is_spare(&mirror, tip.id())
        {
            // It stays when somebody has it checked out elsewhere.
            let _ = branch.delete();
        }
    }
}
