//! Lays the files of a commit into a worktree: all of them, or some folders only.

use git2::build::CheckoutBuilder;
use git2::{Commit, IndexEntryExtendedFlag, IndexEntryFlag, Repository, Status, StatusOptions};
use std::collections::BTreeSet;

/// Everything as in the commit; what is not in it goes, but what git ignores stays (it was built there).
pub(super) fn lay(
    repository: &Repository,
    commit: &Commit<'_>,
    sparse: &[String],
) -> Result<(), git2::Error> {
    repository.cleanup_state()?;
    if sparse.is_empty() {
        let mut options = CheckoutBuilder::new();
        options.force().remove_untracked(true);
        return repository.checkout_tree(commit.as_object(), Some(&mut options));
    }
    remove_untracked(repository)?;
    let mut index = repository.index()?;
    index.read_tree(&commit.tree()?)?;
    let entries: Vec<_> = index.iter().collect();
    for mut entry in entries {
        if !is_wanted(&entry.path, sparse) {
            // As git's own sparse checkout marks them: in the commit, not in the folder, and that is no change.
            entry.flags |= IndexEntryFlag::EXTENDED.bits();
            entry.flags_extended |= IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
            index.add(&entry)?;
        }
    }
    index.write()?;
    let mut options = CheckoutBuilder::new();
    options.force().disable_pathspec_match(true).update_index(false);
    let wanted: Vec<_> =
        index.iter().filter(|entry| is_wanted(&entry.path, sparse)).map(|entry| entry.path).collect();
    for path in &wanted {
        options.path(path.as_slice());
    }
    if wanted.is_empty() { Ok(()) } else { repository.checkout_index(Some(&mut index), Some(&mut options)) }
}

/// Files at the top are always there, as in git's own cone mode.
fn is_wanted(path: &[u8], sparse: &[String]) -> bool {
    let below = |folder: &String| {
        let folder = folder.trim_matches('/').as_bytes();
        path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
    };
    !path.contains(&b'/') || sparse.iter().any(below)
}

/// Paths that differ from the last commit, also new ones, without what is ignored or left out on purpose.
pub(super) fn changed(repository: &Repository) -> Result<Vec<(Vec<u8>, Status)>, git2::Error> {
    let mut options = StatusOptions::new();
    options
        .include_untracked(true)
        .recurse_untracked_dirs(true)
        .include_ignored(false)
        .exclude_submodules(true);
    let left_out = left_out(repository)?;
    let all = repository.statuses(Some(&mut options))?;
    let changed = all.iter().map(|entry| (entry.path_bytes().to_vec(), entry.status()));
    Ok(changed.filter(|(path, status)| !status.is_wt_deleted() || !left_out.contains(path)).collect())
}

fn left_out(repository: &Repository) -> Result<BTreeSet<Vec<u8>>, git2::Error> {
    let skip = IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
    let index = repository.index()?;
    Ok(index.iter().filter(|entry| entry.flags_extended & skip != 0).map(|entry| entry.path).collect())
}

fn remove_untracked(repository: &Repository) -> Result<(), git2::Error> {
    let Some(folder) = repository.workdir() else { return Ok(()) };
    for (path, status) in changed(repository)? {
        if status.is_wt_new()
            && let Ok(path) = std::str::from_utf8(&path)
            && let Err(error) = std::fs::remove_file(folder.join(path))
        {
            return Err(git2::Error::from_str(&format!("{path} cannot be removed: {error}")));
        }
    }
    Ok(())
}
