//! A copy of the files that a session works on, all its repositories together.

use super::claim::Claim;
use super::{Folders, disk, git};
use crate::sessions::ports::{CopyLimits, WorkspaceCopy, WorkspaceFault};
use gateway_domain::SafeName;
use std::path::Path;

/// With several repositories, each has its own folder in the copy, as where the session works.
pub(super) fn to(
    folders: &Folders,
    name: &SafeName,
    into: &Path,
    limits: CopyLimits,
) -> Result<WorkspaceCopy, WorkspaceFault> {
    let repositories = folders.repositories(name)?;
    if repositories.is_empty() {
        return Err(WorkspaceFault::Unknown(name.clone()));
    }
    let wanted = Claim::read(folders, name)?.map_or_else(|| repositories.clone(), |claim| claim.repositories);
    let mut copy = WorkspaceCopy::default();
    for repository in &repositories {
        let spot = git::Spot { folders, workspace: name, repository };
        let below = if wanted.len() > 1 { into.join(repository.as_str()) } else { into.to_owned() };
        std::fs::create_dir_all(&below).map_err(|error| disk("make", &below, &error))?;
        if git::copy_out(spot, &below, limits, &mut copy)?.is_none() {
            return Err(WorkspaceFault::Failed(format!(
                "{repository} is not under git, so nobody can say which of its files belong to the work."
            )));
        }
    }
    if wanted.len() > 1 {
        copy.folders = repositories;
    }
    Ok(copy)
}
