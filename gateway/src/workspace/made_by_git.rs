//! Workspaces as worktrees: each repository from its mirror, on a branch of the session's own.

use super::folder::Folder;
use super::{Workshop, blocking, disk, git};
use crate::sessions::workspaces::{RepositorySource, Tell, WorkspaceFault, WorkspaceOrder};
use gateway_domain::Remark;

impl Workshop {
    /// Returns the branch.
    pub(super) async fn by_git(
        &self,
        folder: &Folder,
        order: &WorkspaceOrder,
        reused: bool,
        tell: &Tell<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        if order.repositories.is_empty() {
            return Err(WorkspaceFault::NoSuchRepository("Name a repository to work on.".to_owned()));
        }
        let repos = folder.repos(&order.name);
        std::fs::create_dir_all(&repos).map_err(|error| disk("make", &repos, &error))?;
        for source in &order.repositories {
            tell(Remark::info(format!("Fetching {}.", source.name)));
            self.tree(folder, order, source, tell).await?;
        }
        let branch = git::session_branch(&order.name);
        let told = if reused { "is cleaned" } else { "is made" };
        tell(Remark::info(format!("Workspace {} {told}, on branch {branch}.", order.name)));
        Ok(Some(branch))
    }

    async fn tree(
        &self,
        folder: &Folder,
        order: &WorkspaceOrder,
        source: &RepositorySource,
        tell: &Tell<'_>,
    ) -> Result<(), WorkspaceFault> {
        let mirrored = self.mirrored(folder, source).await?;
        // Git takes locks in the mirror while a worktree is added.
        let _one = self.lock(&mirrored.path.to_string_lossy()).await;
        let (folder, order, source) = (folder.clone(), order.clone(), source.clone());
        let stamp = git::stamp(self.clock.now());
        let kept = blocking(move || {
            let path = folder.tree(&order.name, &source.name);
            let tree = git::Tree {
                workspace: &order.name,
                source: &source,
                mirror: &mirrored.path,
                base: mirrored.base,
                path,
            };
            match folder.has_tree(&order.name, &source.name)? {
                true => tree.renew(folder.root(), &stamp),
                false => tree.add().map(|()| vec![]),
            }
        });
        kept.await?.into_iter().for_each(|line| tell(Remark::warning(line)));
        Ok(())
    }

    /// Leaves nothing of a workspace that did not come to be.
    pub(super) async fn clear(&self, folder: &Folder, order: &WorkspaceOrder) -> Result<(), WorkspaceFault> {
        let (folder, name) = (folder.clone(), order.name.clone());
        blocking(move || {
            folder.erase(&name)?;
            git::forget(&folder, &name);
            Ok(())
        })
        .await
    }
}
