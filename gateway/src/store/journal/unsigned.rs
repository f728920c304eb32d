//! Entries of the journal that no gateway with our key wrote: kept as evidence, or signed where they are taken over.

use super::frame;
use super::segment::{Segment, copy_of};
use crate::store::disk::{Disk, Durability, replace};
use crate::store::notice::Notice;
use crate::store::state_keys::{StateKeys, Trust};
use std::fs;
use std::io;

/// What is to be said about entries that are not believed.
pub(crate) fn notice(segment: &Segment, trust: &Trust) -> Option<Notice> {
    let mut unsigned = segment.frames().filter(|frame| !trust.believes(frame.proof(segment.bytes(), trust)));
    let first = unsigned.next()?;
    let (path, line) = (segment.path.clone(), frame::line(segment.bytes(), first.start));
    let copy = copy_of(&path, segment.bytes());
    Some(Notice::JournalEntriesUnsigned { path, line, entries: 1 + unsigned.count(), copy })
}

/// The file goes once git covers its numbers; whoever looks into it later finds a copy.
pub(crate) fn keep_copies(segments: &[Segment], trust: &Trust) -> io::Result<()> {
    for segment in segments.iter().filter(|segment| notice(segment, trust).is_some()) {
        let copy = copy_of(&segment.path, segment.bytes());
        fs::create_dir_all(copy.parent().unwrap_or(&copy))?;
        fs::write(copy, segment.bytes())?;
    }
    Ok(())
}

/// Writes each file anew with all of its entries signed. What lies between them stays as it is.
pub(crate) fn sign(segments: &mut [Segment], disk: &dyn Disk, keys: &StateKeys) -> io::Result<()> {
    for segment in segments.iter_mut().filter(|segment| !segment.is_signed_by(keys)) {
        let bytes = signed(segment, keys);
        replace(disk, &segment.path, &bytes, Durability::Synced)?;
        segment.set_bytes(bytes);
    }
    Ok(())
}

fn signed(segment: &Segment, keys: &StateKeys) -> Vec<u8> {
    let (old, mut new, mut end) = (segment.bytes(), vec![], 0);
    for entry in segment.frames() {
        new.extend_from_slice(&old[end..entry.start]);
        frame::encode(&mut new, entry.number, &old[entry.payload.clone()], Some(keys));
        end = entry.payload.end + 1;
    }
    new.extend_from_slice(&old[end.min(old.len())..]);
    new
}
