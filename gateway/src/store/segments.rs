//! The journal's closed files: kept until git covers them, then removed.

use super::disk::Disk;
use super::locked;
use super::segment::Segment;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The files that are closed and wait until git covers them.
#[derive(Clone, Default)]
pub(super) struct Segments(Arc<Mutex<Vec<Closed>>>);

#[derive(Clone, Debug)]
pub(super) struct Closed {
    pub(super) path: PathBuf,
    pub(super) last: u64,
    pub(super) bytes: u64,
}

impl From<&Segment> for Closed {
    fn from(segment: &Segment) -> Self {
        let (path, last) = (segment.path.clone(), segment.last());
        Self { path, last, bytes: segment.length() }
    }
}

impl Segments {
    pub(super) fn new(closed: Vec<Closed>) -> Self {
        Self(Arc::new(Mutex::new(closed)))
    }

    pub(super) fn push(&self, closed: Closed) {
        locked(&self.0).push(closed);
    }

    pub(super) fn bytes(&self) -> u64 {
        locked(&self.0).iter().map(|closed| closed.bytes).sum()
    }

    /// The files whose every entry is numbered `committed` or lower.
    pub(super) fn covered(&self, committed: u64) -> Vec<Closed> {
        locked(&self.0).iter().filter(|closed| closed.last <= committed).cloned().collect()
    }

    /// Removes files. The caller has made sure that everything in them is on the disk elsewhere.
    pub(super) fn retire(&self, disk: &dyn Disk, closed: &[Closed]) -> io::Result<()> {
        for file in closed {
            disk.remove(&file.path)?;
            locked(&self.0).retain(|other| other.path != file.path);
        }
        Ok(())
    }
}
