//! The journal's closed files: kept until git covers them, then removed.

use super::segment::Segment;
use crate::store::disk::Disk;
use crate::store::locking::locked;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The files that are closed and wait until git covers them.
#[derive(Clone, Default)]
pub(crate) struct ClosedSegments(Arc<Mutex<Vec<ClosedSegment>>>);

#[derive(Clone, Debug)]
pub(crate) struct ClosedSegment {
    pub(crate) path: PathBuf,
    pub(crate) last: u64,
    pub(crate) bytes: u64,
}

impl From<&Segment> for ClosedSegment {
    fn from(segment: &Segment) -> Self {
        let (path, last) = (segment.path.clone(), segment.last());
        Self { path, last, bytes: segment.length() }
    }
}

impl ClosedSegments {
    pub(crate) fn new(closed: Vec<ClosedSegment>) -> Self {
        Self(Arc::new(Mutex::new(closed)))
    }

    pub(crate) fn push(&self, closed: ClosedSegment) {
        locked(&self.0).push(closed);
    }

    pub(crate) fn bytes(&self) -> u64 {
        locked(&self.0).iter().map(|closed| closed.bytes).sum()
    }

    /// The files whose every entry is numbered `committed` or lower.
    pub(crate) fn covered(&self, committed: u64) -> Vec<ClosedSegment> {
        locked(&self.0).iter().filter(|closed| closed.last <= committed).cloned().collect()
    }

    /// Removes files. The caller has made sure that everything in them is on the disk elsewhere.
    pub(crate) fn retire(&self, disk: &dyn Disk, closed: &[ClosedSegment]) -> io::Result<()> {
        for file in closed {
            disk.remove(&file.path)?;
            locked(&self.0).retain(|other| other.path != file.path);
        }
        Ok(())
    }
}
