//! Which workspaces there are, what each takes on disk and holds alone, and their removal.

use super::claim::Claim;
use super::sizes::{Size, size};
use super::{Place, beside, git};
use crate::sessions::ports::{WorkspaceFault, WorkspaceView};
use gateway_domain::{PlaceName, Remark};
use jiff::Timestamp;

pub(super) fn list(place: &Place) -> Result<Vec<WorkspaceView>, WorkspaceFault> {
    let names = place.folder.names()?;
    names.into_iter().filter_map(|name| view(place, name).transpose()).collect()
}

/// One that cannot be looked at is told as such; the others are listed all the same.
fn view(place: &Place, name: PlaceName) -> Result<Option<WorkspaceView>, WorkspaceFault> {
    if !place.folder.has_workspace(&name).unwrap_or(true) {
        return Ok(None);
    }
    let repositories = place.repositories(&name).unwrap_or_default();
    let losses = losses(place, &name);
    let directory = place.folder.of(&name);
    let Size { bytes, at_least } = size(&directory);
    let made_at = Claim::read(place, &name).ok().flatten().map(|claim| claim.made_at);
    Ok(Some(WorkspaceView { name, directory, repositories, bytes, at_least, made_at, losses }))
}

/// All that is only there. What cannot be looked at is told as such, for it may be something.
fn losses(place: &Place, name: &PlaceName) -> Vec<String> {
    let told = |fault: WorkspaceFault| vec![fault.to_string()];
    let repositories = match place.repositories(name) {
        Ok(repositories) => repositories,
        Err(fault) => return told(fault),
    };
    let mut all = vec![];
    for repository in &repositories {
        let spot = git::Spot { place, workspace: name, repository };
        all.extend(git::losses(spot).unwrap_or_else(told));
    }
    all.extend(
        beside::losses(place, name, &repositories).map_or_else(told, |loss| loss.into_iter().collect()),
    );
    all
}

/// What is only there is named first; with consent it is kept, and the folder goes.
pub(super) fn remove(
    place: &Place,
    name: &PlaceName,
    confirmed: bool,
    now: Timestamp,
) -> Result<Vec<Remark>, WorkspaceFault> {
    if !place.folder.has_workspace(name)? {
        return Err(WorkspaceFault::Unknown(name.clone()));
    }
    let losses = losses(place, name);
    if !losses.is_empty() && !confirmed {
        return Err(WorkspaceFault::WouldLose(losses));
    }
    let mut told = kept(place, name, now)?;
    place.folder.erase(name)?;
    place.private.forget(name);
    told.push(Remark::info(format!("Workspace {name} is removed.")));
    Ok(told)
}

fn kept(place: &Place, name: &PlaceName, now: Timestamp) -> Result<Vec<Remark>, WorkspaceFault> {
    let (stamp, mut told) = (git::stamp(now), vec![]);
    let repositories = place.repositories(name)?;
    for repository in &repositories {
        let spot = git::Spot { place, workspace: name, repository };
        told.extend(or_told(git::keep_before_removal(spot, &stamp), repository.as_str())?);
    }
    let beside = beside::clear(place, name, &repositories, &stamp).map(|line| line.into_iter().collect());
    told.extend(or_told(beside, "what lies beside the repositories")?);
    Ok(told)
}

/// Git data that leads elsewhere, or is damaged: a person said that it may go.
fn or_told(kept: Result<Vec<String>, WorkspaceFault>, what: &str) -> Result<Vec<Remark>, WorkspaceFault> {
    match kept {
        Ok(lines) => Ok(lines.into_iter().map(Remark::warning).collect()),
        Err(WorkspaceFault::DiskFull(why)) => Err(WorkspaceFault::DiskFull(why)),
        Err(fault) => Ok(vec![Remark::warning(format!("Nothing of {what} could be kept: {fault}"))]),
    }
}
