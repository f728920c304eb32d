//! Git's index: kept in step so that a person's `git status` and `git commit` in the state directory mean what
//! they say. Our own commits do not need it, so a locked index only waits for the next round.

use super::{GitError, History};
use git2::{Index, IndexEntry, IndexTime, Oid};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const REGULAR_FILE: u32 = 0o100_644;

impl History {
    /// Enters files as they lie on the disk; None takes one out.
    pub(crate) fn update_index(&self, changed: &BTreeMap<String, Option<Oid>>) -> Result<(), GitError> {
        let failed = self.failed("update the index");
        let mut index = self.open_index().map_err(&failed)?;
        for (path, blob) in changed {
            let entry = blob.and_then(|blob| entry(&self.root, path, blob));
            match entry {
                Some(entry) => index.add(&entry).map_err(&failed)?,
                None if index.get_path(Path::new(path), 0).is_some() => {
                    index.remove(Path::new(path), 0).map_err(&failed)?;
                }
                None => {}
            }
        }
        index.write().map_err(&failed)
    }

    /// Not the repository's own: that one would read every fresh file again.
    fn open_index(&self) -> Result<Index, git2::Error> {
        let path = self.git_dir().join("index");
        let mut index = Index::open(&path)?;
        if !path.exists()
            && let Ok(repository) = self.open()
            && let Ok(tip) = repository.refname_to_id(&self.branch)
        {
            index.read_tree(&repository.find_commit(tip)?.tree()?)?;
        }
        Ok(index)
    }
}

fn entry(root: &Path, path: &str, blob: Oid) -> Option<IndexEntry> {
    let metadata = fs::metadata(root.join(path)).ok()?;
    Some(IndexEntry {
        ctime: time(metadata.ctime(), metadata.ctime_nsec()),
        mtime: time(metadata.mtime(), metadata.mtime_nsec()),
        // The format has 32 bits for each.
        dev: metadata.dev() as u32,
        ino: metadata.ino() as u32,
        mode: REGULAR_FILE,
        uid: metadata.uid(),
        gid: metadata.gid(),
        file_size: metadata.size() as u32,
        id: blob,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    })
}

/// The format's times have 32 bits.
fn time(seconds: i64, nanoseconds: i64) -> IndexTime {
    IndexTime::new(seconds as i32, nanoseconds as u32)
}
