//! Workspaces as clones: each repository from its mirror, on a branch of the session's own.

use super::{Place, Workshop, beside, blocking, git};
use crate::sessions::ports::{RepositorySource, Tell, WorkspaceFault, WorkspaceSpec};
use gateway_domain::{PlaceName, Remark};

impl Workshop {
    /// Returns the branch.
    pub(super) async fn by_git(
        &self,
        place: &Place,
        spec: &WorkspaceSpec,
        reused: bool,
        tell: &Tell<'_>,
    ) -> Result<Option<String>, WorkspaceFault> {
        if spec.repositories.is_empty() {
            return Err(WorkspaceFault::NoSuchRepository("Name a repository to work on.".to_owned()));
        }
        place.folder.make_repos(&spec.name)?;
        for source in &spec.repositories {
            tell(Remark::info(format!("Fetching {}.", source.name)));
            self.tree(place, spec, source, tell).await?;
        }
        if reused {
            self.clear_beside(place, spec, tell).await?;
        }
        let branch = git::session_branch(&spec.name);
        let told = if reused { "is cleaned" } else { "is made" };
        tell(Remark::info(format!("Workspace {} {told}, on branch {branch}.", spec.name)));
        Ok(Some(branch))
    }

    async fn tree(
        &self,
        place: &Place,
        spec: &WorkspaceSpec,
        source: &RepositorySource,
        tell: &Tell<'_>,
    ) -> Result<(), WorkspaceFault> {
        let mirrored = self.mirrored(place, source).await?;
        // While the mirror is copied no fetch may put its packs together.
        let _one = self.lock(&mirrored.label).await;
        let (place, workspace, source) = (place.clone(), spec.name.clone(), source.clone());
        let stamp = git::stamp(self.clock.now());
        let kept = blocking(move || {
            let spot = git::Spot { place: &place, workspace: &workspace, repository: &source.name };
            git::renew(spot, &source, &mirrored, &stamp)
        });
        kept.await?.into_iter().for_each(|line| tell(Remark::warning(line)));
        Ok(())
    }

    /// What else the last session left: repositories that this one does not want, and files beside them.
    async fn clear_beside(
        &self,
        place: &Place,
        spec: &WorkspaceSpec,
        tell: &Tell<'_>,
    ) -> Result<(), WorkspaceFault> {
        let (place, name, stamp) = (place.clone(), spec.name.clone(), git::stamp(self.clock.now()));
        let wanted: Vec<PlaceName> = spec.repositories.iter().map(|source| source.name.clone()).collect();
        let kept = blocking(move || {
            let mut told = vec![];
            for other in place.repositories(&name)?.iter().filter(|other| !wanted.contains(other)) {
                let spot = git::Spot { place: &place, workspace: &name, repository: other };
                told.extend(git::take_away(spot, &stamp)?);
            }
            told.extend(beside::clear(&place, &name, &wanted, &stamp)?);
            Ok(told)
        });
        kept.await?.into_iter().for_each(|line| tell(Remark::warning(line)));
        Ok(())
    }

    /// Leaves nothing of a workspace that did not come to be.
    pub(super) async fn clear(&self, place: &Place, spec: &WorkspaceSpec) -> Result<(), WorkspaceFault> {
        let (place, name) = (place.clone(), spec.name.clone());
        blocking(move || {
            place.folder.erase(&name)?;
            place.private.forget(&name);
            Ok(())
        })
        .await
    }
}
