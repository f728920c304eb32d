//! Which workspaces there are, what each takes on disk and holds alone, and their removal.

use super::claim::Claim;
use super::sizes::{Size, size};
use super::{Folders, beside, git};
use crate::sessions::ports::{WorkspaceFault, WorkspaceView};
use gateway_domain::{ProgressLine, SafeName};
use jiff::Timestamp;

pub(super) fn list(folders: &Folders) -> Result<Vec<WorkspaceView>, WorkspaceFault> {
    let names = folders.folder.names()?;
    names.into_iter().filter_map(|name| view(folders, name).transpose()).collect()
}

/// One that cannot be looked at is told as such; the others are listed all the same.
fn view(folders: &Folders, name: SafeName) -> Result<Option<WorkspaceView>, WorkspaceFault> {
    if !folders.folder.has_workspace(&name).unwrap_or(true) {
        return Ok(None);
    }
    let repositories = folders.repositories(&name).unwrap_or_default();
    let losses = losses(folders, &name);
    let directory = folders.folder.of(&name);
    let Size { bytes, at_least } = size(&directory);
    let made_at = Claim::read(folders, &name).ok().flatten().map(|claim| claim.made_at);
    Ok(Some(WorkspaceView { name, directory, repositories, bytes, at_least, made_at, losses }))
}

/// All that is only there. What cannot be looked at is told as such, for it may be something.
fn losses(folders: &Folders, name: &SafeName) -> Vec<String> {
    let told = |fault: WorkspaceFault| vec![fault.to_string()];
    let repositories = match folders.repositories(name) {
        Ok(repositories) => repositories,
        Err(fault) => return told(fault),
    };
    let mut all = vec![];
    for repository in &repositories {
        let spot = git::Spot { folders, workspace: name, repository };
        all.extend(git::losses(spot).unwrap_or_else(told));
    }
    all.extend(
        beside::losses(folders, name, &repositories).map_or_else(told, |loss| loss.into_iter().collect()),
    );
    all
}

/// What is only there is named first; with consent it is kept, and the folder goes.
pub(super) fn remove(
    folders: &Folders,
    name: &SafeName,
    confirmed: bool,
    now: Timestamp,
) -> Result<Vec<ProgressLine>, WorkspaceFault> {
    if !folders.folder.has_workspace(name)? {
        return Err(WorkspaceFault::Unknown(name.clone()));
    }
    let losses = losses(folders, name);
    if !losses.is_empty() && !confirmed {
        return Err(WorkspaceFault::WouldLose(losses));
    }
    let mut told = kept(folders, name, now)?;
    folders.folder.erase(name)?;
    folders.private.forget(name);
    told.push(ProgressLine::info(format!("Workspace {name} removed.")));
    Ok(told)
}

fn kept(folders: &Folders, name: &SafeName, now: Timestamp) -> Result<Vec<ProgressLine>, WorkspaceFault> {
    let (stamp, mut told) = (git::stamp(now), vec![]);
    let repositories = folders.repositories(name)?;
    for repository in &repositories {
        let spot = git::Spot { folders, workspace: name, repository };
        told.extend(or_told(git::keep_before_removal(spot, &stamp), repository.as_str())?);
    }
    let beside = beside::clear(folders, name, &repositories, &stamp).map(|line| line.into_iter().collect());
    told.extend(or_told(beside, "the files beside the repositories")?);
    Ok(told)
}

/// Git data that leads elsewhere, or is damaged: a person said that it may go.
fn or_told(
    kept: Result<Vec<String>, WorkspaceFault>,
    what: &str,
) -> Result<Vec<ProgressLine>, WorkspaceFault> {
    match kept {
        Ok(lines) => Ok(lines.into_iter().map(ProgressLine::warning).collect()),
        Err(WorkspaceFault::DiskFull(why)) => Err(WorkspaceFault::DiskFull(why)),
        Err(fault) => Ok(vec![ProgressLine::warning(format!("Couldn't save {what}: {fault}"))]),
    }
}
