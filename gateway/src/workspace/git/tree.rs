//! A repository of a workspace, from its making to its end.

use super::examined::{Examined, Spot};
use super::laid::Laid;
use super::mirror::Mirrored;
use super::plant::Seed;
use super::refs::Refs;
use super::{data, rescue_branch};
use crate::sessions::ports::{RepositorySource, WorkspaceFault};
use crate::workspace::beneath::Beneath;
use crate::workspace::{Folders, beside, disk};
use gateway_domain::SafeName;
use std::path::Path;

/// Whether that folder of a workspace is a repository at all. One whose git data cannot be looked at is.
pub(in crate::workspace) fn is_repository(
    folders: &Folders,
    workspace: &SafeName,
    repository: &SafeName,
) -> bool {
    let spot = Spot { folders, workspace, repository };
    let has_data = |tree: Beneath| tree.kind(data::DOT_GIT).map_or(true, |kind| kind.is_some());
    spot.laid().is_some() || spot.hold().map_or(true, |tree| tree.is_some_and(has_data))
}

/// A new one.
fn lay_new(spot: Spot<'_>, source: &RepositorySource, mirrored: &Mirrored) -> Result<(), WorkspaceFault> {
    let tree = spot.folders.folder.make_tree(spot.workspace, spot.repository)?;
    Seed { spot, source, label: &mirrored.label, base: mirrored.base }.plant(&tree)
}

/// One that is there is brought to the newest commit. Returns what was kept, as sentences. Its git data is made anew, so
/// that no hook or setting of the last session is there for the next.
pub(in crate::workspace) fn renew(
    spot: Spot<'_>,
    source: &RepositorySource,
    mirrored: &Mirrored,
    stamp: &str,
) -> Result<Vec<String>, WorkspaceFault> {
    let Some(tree) = spot.hold()? else { return lay_new(spot, source, mirrored).map(|()| vec![]) };
    let told = match Examined::new(spot, tree)? {
        Some(mut examined) => {
            let told = examined.keep(&rescue_branch(spot.workspace, stamp))?;
            examined.sweep()?;
            told
        }
        None => files_kept(spot, stamp)?,
    };
    lay_new(spot, source, mirrored)?;
    Ok(told)
}

/// Files that are under no git: all of them are kept as they are, and go.
fn files_kept(spot: Spot<'_>, stamp: &str) -> Result<Vec<String>, WorkspaceFault> {
    let Some(repos) = spot.folders.folder.hold_repos(spot.workspace)? else { return Ok(vec![]) };
    let into = spot.folders.private.kept_files(&format!("{}-{stamp}", spot.workspace));
    let name = spot.repository.as_str();
    let files = beside::keep(&repos, Path::new(name), &into)?;
    repos.remove(name).map_err(|error| disk("remove", &spot.path(), &error))?;
    let told = format!("{name}: its files were not under git; they were saved in {}.", into.display());
    Ok(if files == 0 { vec![] } else { vec![told] })
}

/// The same for a repository that a command made: it stays on its branch, at its last commit.
pub(in crate::workspace) fn clean_in_place(
    spot: Spot<'_>,
    stamp: &str,
) -> Result<Vec<String>, WorkspaceFault> {
    let examined = spot.hold()?.map(|tree| Examined::new(spot, tree)).transpose()?.flatten();
    let Some(mut examined) = examined else {
        return Ok(vec![format!(
            "{} is not under git, so its files were left as they are.",
            spot.repository
        )]);
    };
    if examined.found.changed.is_empty() && examined.found.nested.is_empty() {
        return Ok(vec![]);
    }
    let told = examined.keep(&rescue_branch(spot.workspace, stamp))?;
    examined.restore()?;
    note_base(spot)?;
    Ok(told)
}

/// Notes where a session begins whose workspace a command made.
pub(in crate::workspace) fn note_base(spot: Spot<'_>) -> Result<(), WorkspaceFault> {
    let Some(tree) = spot.hold()? else { return Ok(()) };
    let Some(data) = data::find(&tree, &spot.path(), &spot.folders.folder)? else { return Ok(()) };
    let Some(head) = Refs::read(&data).ok().and_then(|refs| refs.head) else { return Ok(()) };
    let label = format!("{}-by-command", spot.repository);
    Laid::new(&label, head, &[]).write(&spot.folders.private, spot.workspace, spot.repository)
}

/// What would be gone with it, as sentences.
pub(in crate::workspace) fn losses(spot: Spot<'_>) -> Result<Vec<String>, WorkspaceFault> {
    let Some(tree) = spot.hold()? else { return Ok(vec![]) };
    match Examined::new(spot, tree)? {
        Some(mut examined) => examined.losses(),
        None => Ok(vec![format!("{}: its files are not under git", spot.repository)]),
    }
}

/// A repository that the next session does not want: kept, and gone.
pub(in crate::workspace) fn take_away(spot: Spot<'_>, stamp: &str) -> Result<Vec<String>, WorkspaceFault> {
    let told = keep_before_removal(spot, stamp)?;
    if let Some(repos) = spot.folders.folder.hold_repos(spot.workspace)? {
        let removed = repos.remove(spot.repository.as_str());
        removed.map_err(|error| disk("remove", &spot.path(), &error))?;
    }
    spot.forget();
    Ok(told)
}

/// Before it goes, what is only there is kept.
pub(in crate::workspace) fn keep_before_removal(
    spot: Spot<'_>,
    stamp: &str,
) -> Result<Vec<String>, WorkspaceFault> {
    let Some(tree) = spot.hold()? else { return Ok(vec![]) };
    match Examined::new(spot, tree)? {
        Some(mut examined) => examined.keep(&rescue_branch(spot.workspace, stamp)),
        None => files_kept(spot, stamp),
    }
}
