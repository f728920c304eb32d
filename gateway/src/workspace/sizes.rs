//! How much of the disk a folder takes.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Entries that are looked at for one workspace: a list should not take minutes.
const MAX_ENTRIES: usize = 500_000;

/// What `stat` counts blocks in, whatever the file system's own are.
const BLOCK: u64 = 512;

pub(super) struct Size {
    pub(super) bytes: u64,
    /// The count was given up.
    pub(super) at_least: bool,
}

/// Links count as themselves, whatever they lead to.
pub(super) fn size(folder: &Path) -> Size {
    let (mut bytes, mut seen, mut open) = (0, 0, vec![PathBuf::from(folder)]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > MAX_ENTRIES {
                return Size { bytes, at_least: true };
            }
            let Ok(found) = entry.metadata() else { continue };
            bytes += found.blocks() * BLOCK;
            if found.is_dir() {
                open.push(entry.path());
            }
        }
    }
    Size { bytes, at_least: false }
}
