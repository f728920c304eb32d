//! What differs between the commit that a session began at and its files as they are now: its commits, and what it has
//! not committed.

use super::examined::{Examined, Spot};
use super::failed;
use crate::sessions::ports::WorkspaceFault;
use bridge_protocol::FileChange;
use git2::{DiffFindOptions, DiffOptions, Patch};

/// Files that are told; a session that touches more has moved a folder, and nobody reads them one by one.
const MAX_FILES: usize = 2_000;

/// Longest patch of one file, and of all.
const MAX_PATCH: usize = 1024 * 1024;
const MAX_PATCHES: usize = 6 * 1024 * 1024;

/// None when the files are not under git.
pub(in crate::workspace) fn diff(spot: Spot<'_>) -> Result<Option<Vec<FileChange>>, WorkspaceFault> {
    let Some(tree) = spot.hold()? else { return Ok(None) };
    let Some(mut examined) = Examined::new(spot, tree)? else { return Ok(None) };
    if let Some(base) = examined.base {
        examined.borrowed.bring(base)?;
    }
    examined.changes().map(Some).map_err(|error| failed("compare the files", spot.repository, &error))
}

impl Examined<'_> {
    fn changes(&self) -> Result<Vec<FileChange>, git2::Error> {
        let repository = self.repository();
        let before = self.base.or(self.head).map(|id| repository.find_commit(id)?.tree()).transpose()?;
        let after = repository.find_tree(self.snapshot()?)?;
        let mut options = DiffOptions::new();
        options.ignore_submodules(true);
        let mut diff = repository.diff_tree_to_tree(before.as_ref(), Some(&after), Some(&mut options))?;
        diff.find_similar(Some(DiffFindOptions::new().renames(true)))?;
        let (mut changes, mut room) = (vec![], MAX_PATCHES);
        for n in 0..diff.deltas().len().min(MAX_FILES) {
            changes.extend(change(&diff, n, &mut room)?);
        }
        Ok(changes)
    }
}

fn change(diff: &git2::Diff<'_>, n: usize, room: &mut usize) -> Result<Option<FileChange>, git2::Error> {
    let Some(delta) = diff.get_delta(n) else { return Ok(None) };
    let path = delta.new_file().path_bytes().or_else(|| delta.old_file().path_bytes()).unwrap_or_default();
    let path = String::from_utf8_lossy(path).into_owned();
    // A binary file has no lines.
    let Some(mut patch) = Patch::from_diff(diff, n)? else {
        return Ok(Some(FileChange { path, additions: None, deletions: None, patch: None }));
    };
    let (_, additions, deletions) = patch.line_stats()?;
    let text = String::from_utf8_lossy(&patch.to_buf()?).into_owned();
    let is_short = text.len() <= MAX_PATCH.min(*room);
    if is_short {
        *room -= text.len();
    }
    let number = |n: usize| u64::try_from(n).ok();
    Ok(Some(FileChange {
        path,
        additions: number(additions),
        deletions: number(deletions),
        patch: is_short.then_some(text),
    }))
}
