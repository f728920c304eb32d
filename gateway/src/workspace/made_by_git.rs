//! Workspaces as clones: each repository from its mirror, on a branch of the session's own.

use super::{Folders, Workshop, beside, blocking, git};
use crate::sessions::ports::{OnProgress, RepositorySource, WorkspaceFault, WorkspaceSpec};
use gateway_domain::{ProgressLine, SafeName};

impl Workshop {
    /// Returns the branch.
    pub(super) async fn by_git(
        &self,
        folders: &Folders,
        spec: &WorkspaceSpec,
        reused: bool,
        tell: &OnProgress<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        if spec.repositories.is_empty() {
            return Err(WorkspaceFault::NoSuchRepository("Choose a repository to work on.".to_owned()));
        }
        folders.folder.make_repos(&spec.name)?;
        for source in &spec.repositories {
            tell(ProgressLine::info(format!("Fetching {}.", source.name)));
            self.tree(folders, spec, source, tell).await?;
        }
        if reused {
            self.clear_beside(folders, spec, tell).await?;
        }
        let branch = git::session_branch(&spec.name);
        let told = if reused { "cleaned up and ready" } else { "ready" };
        tell(ProgressLine::info(format!("Workspace “{}” {told} on branch {branch}.", spec.name)));
        Ok(Some(branch))
    }

    async fn tree(
        &self,
        folders: &Folders,
        spec: &WorkspaceSpec,
        source: &RepositorySource,
        tell: &OnProgress<'_>,
    ) -> Result<(), WorkspaceFault> {
        let mirrored = self.mirrored(folders, source).await?;
        // While the mirror is copied no fetch may put its packs together.
        let _one = self.lock(&mirrored.label).await;
        let (folders, workspace, source) = (folders.clone(), spec.name.clone(), source.clone());
        let stamp = git::stamp(self.clock.now());
        let kept = blocking(move || {
            let spot = git::Spot { folders: &folders, workspace: &workspace, repository: &source.name };
            git::renew(spot, &source, &mirrored, &stamp)
        });
        kept.await?.into_iter().for_each(|line| tell(ProgressLine::warning(line)));
        Ok(())
    }

    /// What else the last session left: repositories that this one does not want, and files beside them.
    async fn clear_beside(
        &self,
        folders: &Folders,
        spec: &WorkspaceSpec,
        tell: &OnProgress<'_>,
    ) -> Result<(), WorkspaceFault> {
        let (folders, name, stamp) = (folders.clone(), spec.name.clone(), git::stamp(self.clock.now()));
        let wanted: Vec<SafeName> = spec.repositories.iter().map(|source| source.name.clone()).collect();
        let kept = blocking(move || {
            let mut told = vec![];
            for other in folders.repositories(&name)?.iter().filter(|other| !wanted.contains(other)) {
                let spot = git::Spot { folders: &folders, workspace: &name, repository: other };
                told.extend(git::take_away(spot, &stamp)?);
            }
            told.extend(beside::clear(&folders, &name, &wanted, &stamp)?);
            Ok(told)
        });
        kept.await?.into_iter().for_each(|line| tell(ProgressLine::warning(line)));
        Ok(())
    }

    /// Leaves nothing of a workspace that did not come to be.
    pub(super) async fn clear(&self, folders: &Folders, spec: &WorkspaceSpec) -> Result<(), WorkspaceFault> {
        let (folders, name) = (folders.clone(), spec.name.clone());
        blocking(move || {
            folders.folder.erase(&name)?;
            folders.private.forget(&name);
            Ok(())
        })
        .await
    }
}
