//! How files were when the gateway laid them: size, times and inode. A file of which all that is the same was not
//! touched, and need not be read. The list is the gateway's own copy of the index, which no agent can write.

use super::commit_files::{EXECUTABLE, KeptFile, PLAIN};
use git2::{Index, IndexEntry, IndexTime};
use rustix::fs::Stat;
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

#[derive(Debug, Default)]
pub(super) struct Stamps(HashMap<Vec<u8>, (Stamp, KeptFile)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    size: u32,
    inode: u32,
    modified: (i32, u32),
    changed: (i32, u32),
}

impl Stamps {
    /// Without a list every file is read.
    pub(super) fn read(index: &Path) -> Self {
        let written = std::fs::metadata(index).map(|about| (about.mtime(), about.mtime_nsec()));
        let (Ok(index), Ok(written)) = (Index::open(index), written) else { return Self::default() };
        // One of the very moment in which the list was written may have been changed in it.
        let is_sure = |entry: &IndexEntry| {
            let modified = (i64::from(entry.mtime.seconds()), i64::from(entry.mtime.nanoseconds()));
            entry.mtime.seconds() != 0 && modified < written
        };
        let of = |entry: IndexEntry| {
            (entry.path.clone(), (of_entry(&entry), KeptFile { mode: entry.mode, id: entry.id }))
        };
        Self(index.iter().filter(is_sure).map(of).collect())
    }

    pub(super) fn untouched(&self, path: &[u8], now: &Stat) -> Option<KeptFile> {
        let (then, kept) = self.0.get(path)?;
        let executable = now.st_mode & 0o100 != 0;
        let same_mode = match kept.mode {
            EXECUTABLE => executable,
            PLAIN => !executable,
            _ => true,
        };
        (same_mode && *then == of_stat(now)).then_some(*kept)
    }
}

fn of_entry(entry: &IndexEntry) -> Stamp {
    let time = |time: IndexTime| (time.seconds(), time.nanoseconds());
    Stamp { size: entry.file_size, inode: entry.ino, modified: time(entry.mtime), changed: time(entry.ctime) }
}

/// The index keeps 32 bits of each, as git does.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn of_stat(stat: &Stat) -> Stamp {
    Stamp {
        size: stat.st_size as u32,
        inode: stat.st_ino as u32,
        modified: (stat.st_mtime as i32, stat.st_mtime_nsec as u32),
        changed: (stat.st_ctime as i32, stat.st_ctime_nsec as u32),
    }
}

pub(super) fn entry(path: Vec<u8>, KeptFile { mode, id }: KeptFile, stat: Option<&Stat>) -> IndexEntry {
    let stamp = stat.map_or(Stamp { size: 0, inode: 0, modified: (0, 0), changed: (0, 0) }, of_stat);
    let time = |(seconds, nanoseconds)| IndexTime::new(seconds, nanoseconds);
    #[allow(clippy::cast_possible_truncation)]
    let device = stat.map_or(0, |stat| stat.st_dev as u32);
    IndexEntry {
        ctime: time(stamp.changed),
        mtime: time(stamp.modified),
        dev: device,
        ino: stamp.inode,
        mode,
        uid: stat.map_or(0, |stat| stat.st_uid),
        gid: stat.map_or(0, |stat| stat.st_gid),
        file_size: stamp.size,
        id,
        flags: 0,
        flags_extended: 0,
        path,
    }
}
