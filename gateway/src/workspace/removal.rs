//! Which workspaces there are, what each takes on disk and holds alone, and their removal.

use super::claim::Claim;
use super::folder::Folder;
use super::git;
use super::sizes::{Size, size};
use crate::sessions::workspaces::{WorkspaceFault, WorkspaceView};
use gateway_domain::{PlaceName, Remark};
use jiff::Timestamp;

pub(super) fn list(folder: &Folder) -> Result<Vec<WorkspaceView>, WorkspaceFault> {
    let names = folder.names()?;
    names.into_iter().filter_map(|name| view(folder, name).transpose()).collect()
}

/// One that cannot be looked at is told as such; the others are listed all the same.
fn view(folder: &Folder, name: PlaceName) -> Result<Option<WorkspaceView>, WorkspaceFault> {
    if !folder.has_workspace(&name).unwrap_or(true) {
        return Ok(None);
    }
    let repositories = folder.repositories(&name).unwrap_or_default();
    let losses = losses(folder, &name).unwrap_or_else(|fault| vec![fault.to_string()]);
    let directory = folder.of(&name);
    let Size { bytes, at_least } = size(&directory);
    let made_at = Claim::read(folder, &name).ok().flatten().map(|claim| claim.made_at);
    Ok(Some(WorkspaceView { name, directory, repositories, bytes, at_least, made_at, losses }))
}

fn losses(folder: &Folder, name: &PlaceName) -> Result<Vec<String>, WorkspaceFault> {
    let mut all = vec![];
    for repository in folder.repositories(name)? {
        all.extend(git::losses(&folder.tree(name, &repository), folder.root(), &repository)?);
    }
    Ok(all)
}

/// What is only there is named first; with consent commits are kept in the mirror, and the folder goes.
pub(super) fn remove(
    folder: &Folder,
    name: &PlaceName,
    confirmed: bool,
    now: Timestamp,
) -> Result<Vec<Remark>, WorkspaceFault> {
    if !folder.has_workspace(name)? {
        return Err(WorkspaceFault::Unknown(name.clone()));
    }
    let losses = losses(folder, name);
    let mut told = vec![];
    match losses {
        Ok(losses) if losses.is_empty() => {}
        Ok(losses) if !confirmed => return Err(WorkspaceFault::WouldLose(losses)),
        Err(fault) if !confirmed => return Err(WorkspaceFault::WouldLose(vec![fault.to_string()])),
        _ => told.extend(kept(folder, name, now)?),
    }
    folder.erase(name)?;
    git::forget(folder, name);
    told.push(Remark::info(format!("Workspace {name} is removed.")));
    Ok(told)
}

fn kept(folder: &Folder, name: &PlaceName, now: Timestamp) -> Result<Vec<Remark>, WorkspaceFault> {
    let rescue = git::rescue_branch(name, &git::stamp(now));
    let mut told = vec![];
    for repository in folder.repositories(name)? {
        let path = folder.tree(name, &repository);
        match git::keep_before_removal(&path, folder.root(), &repository, &rescue) {
            Ok(lines) => told.extend(lines.into_iter().map(Remark::warning)),
            // Git data that leads elsewhere, or is damaged: a person said that it may go.
            Err(WorkspaceFault::DiskFull(why)) => return Err(WorkspaceFault::DiskFull(why)),
            Err(fault) => {
                told.push(Remark::warning(format!("Nothing of {repository} could be kept: {fault}")))
            }
        }
    }
    Ok(told)
}
