//! Indexes that are made of what the gateway knows.

use super::commit_files::Files;
use super::stamps::entry;
use git2::{Index, IndexEntry, IndexEntryExtendedFlag, IndexEntryFlag};

/// All of them, without a word on how they look on a disk: git looks then.
pub(super) fn written(files: &Files) -> Result<Index, git2::Error> {
    let mut index = Index::new()?;
    for (path, kept) in files {
        index.add(&entry(path.clone(), *kept, None))?;
    }
    Ok(index)
}

/// As git's own sparse checkout marks them: in the commit, not in the folder, and that is no change.
pub(super) fn left_out(mut entry: IndexEntry) -> IndexEntry {
    entry.flags |= IndexEntryFlag::EXTENDED.bits();
    entry.flags_extended |= IndexEntryExtendedFlag::SKIP_WORKTREE.bits();
    entry
}
