//! What a session changed in its workspace, all its repositories together.

use super::claim::Claim;
use super::{Folders, git};
use crate::sessions::ports::WorkspaceFault;
use bridge_protocol::FileChange;
use gateway_domain::SafeName;

/// Paths are seen from where the session works: with several repositories, each begins with its repository.
pub(super) fn of(folders: &Folders, name: &SafeName) -> Result<Vec<FileChange>, WorkspaceFault> {
    let repositories = folders.repositories(name)?;
    if repositories.is_empty() {
        return Err(WorkspaceFault::Unknown(name.clone()));
    }
    let wanted = Claim::read(folders, name)?.map_or_else(|| repositories.clone(), |claim| claim.repositories);
    let mut all = vec![];
    for repository in &repositories {
        let spot = git::Spot { folders, workspace: name, repository };
        let changes = git::diff(spot)?.unwrap_or_default();
        let below = if wanted.len() > 1 { format!("{repository}/") } else { String::new() };
        all.extend(
            changes
                .into_iter()
                .map(|change| FileChange { path: format!("{below}{}", change.path), ..change }),
        );
    }
    Ok(all)
}
