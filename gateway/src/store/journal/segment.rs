//! The journal's files: `{first number:020}-{fencing number:010}.journal`, read back after a crash.
//!
//! Every opening starts a file of its own, so two gateways never append to one. An entry counts unless a
//! file of a higher fencing number starts at or below its number: then its writer had been taken over, and
//! the entry was never confirmed (see [`crate::store::lock`]).

use super::entry::Entry;
use super::frame::{self, Frame, Scan};
use super::unsigned;
use crate::store::disk::read_plain;
use crate::store::layout::MAX_NUMBER;
use crate::store::notice::Notice;
use crate::store::state_keys::{Proof, StateKeys, Trust};
use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".journal";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) first: u64,
    pub(crate) fence: u64,
}

impl Name {
    pub(crate) fn file_name(self) -> String {
        format!("{:020}-{:010}{SUFFIX}", self.first, self.fence)
    }

    fn parse(file_name: &str) -> Option<Self> {
        let (first, fence) = file_name.strip_suffix(SUFFIX)?.split_once('-')?;
        let name = Self { first: first.parse().ok()?, fence: fence.parse().ok()? };
        // Nobody could count on from higher ones.
        (name.first.max(name.fence) <= MAX_NUMBER).then_some(name)
    }
}

#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) name: Name,
    pub(crate) path: PathBuf,
    bytes: Vec<u8>,
    scan: Scan,
}

impl Segment {
    /// The highest number in the file, or the one before its first.
    pub(crate) fn last(&self) -> u64 {
        self.scan.frames.last().map_or(self.name.first.saturating_sub(1), |frame| frame.number)
    }

    pub(crate) fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn frames(&self) -> impl Iterator<Item = &Frame> {
        self.scan.frames.iter()
    }

    pub(crate) fn is_signed_by(&self, keys: &StateKeys) -> bool {
        let trust = Trust::new(Some(keys.clone()), false);
        self.frames().all(|frame| frame.proof(&self.bytes, &trust) == Proof::Signed)
    }

    /// What the file holds now.
    pub(crate) fn set_bytes(&mut self, bytes: Vec<u8>) {
        (self.scan, self.bytes) = (frame::scan(&bytes), bytes);
    }

    /// A newline ends an entry: with one in it, the end that cannot be read is no half-written entry.
    fn torn_was_whole(&self) -> bool {
        self.torn().is_some_and(|torn| self.bytes[torn].contains(&b'\n'))
    }

    fn torn(&self) -> Option<Range<usize>> {
        (self.scan.end < self.bytes.len()).then_some(self.scan.end..self.bytes.len())
    }
}

/// All files in the order in which they were begun. A directory that is not there yet holds none.
pub(crate) fn read_all(directory: &Path) -> io::Result<Vec<Segment>> {
    let names = list(directory)?;
    names.into_iter().map(|name| read(name, directory.join(name.file_name()))).collect()
}

/// Those that are still there: beside a running gateway, which removes what git covers.
pub(crate) fn read_there(directory: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = vec![];
    for name in list(directory)? {
        match read(name, directory.join(name.file_name())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            other => segments.push(other?),
        }
    }
    Ok(segments)
}

pub(crate) fn list(directory: &Path) -> io::Result<Vec<Name>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        other => other?,
    };
    let mut names = vec![];
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_str().and_then(Name::parse);
        names.extend(name.filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file())));
    }
    names.sort();
    Ok(names)
}

/// What lies there and is no file of the journal. It is not touched.
pub(crate) fn strangers(directory: &Path) -> io::Result<Vec<Notice>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        other => other?,
    };
    let mut notices = vec![];
    for entry in entries {
        let entry = entry?;
        let named = entry.file_name().to_str().and_then(Name::parse).is_some();
        if !named || !entry.file_type()?.is_file() {
            notices.push(Notice::JournalStranger { path: entry.path() });
        }
    }
    Ok(notices)
}

pub(crate) fn read(name: Name, path: PathBuf) -> io::Result<Segment> {
    // It was a plain file a moment ago.
    let bytes = read_plain(&path)?.unwrap_or_default();
    let scan = frame::scan(&bytes);
    Ok(Segment { name, path, bytes, scan })
}

/// The entries that count, in order, each with its number; and what is to be said about the others.
pub(crate) fn entries<'a>(segments: &'a [Segment], trust: &Trust) -> (Vec<(u64, Entry<'a>)>, Vec<Notice>) {
    let (mut entries, mut notices) = (vec![], vec![]);
    for (index, segment) in segments.iter().enumerate() {
        let limit = taken_over_at(segment.name, segments);
        let mut late = 0_usize;
        for frame in segment.frames() {
            if !trust.believes(frame.proof(&segment.bytes, trust)) {
                continue;
            }
            if frame.number >= limit {
                late += 1;
                continue;
            }
            match serde_json::from_slice(&segment.bytes[frame.payload.clone()]) {
                Ok(entry) => entries.push((frame.number, entry)),
                Err(error) => notices.push(Notice::JournalEntryUnknown {
                    path: segment.path.clone(),
                    line: frame::line(&segment.bytes, frame.payload.start),
                    number: frame.number,
                    reason: error.to_string(),
                }),
            }
        }
        if late > 0 {
            notices.push(Notice::JournalEntriesTooLate { path: segment.path.clone(), entries: late });
        }
        notices.extend(unsigned::notice(segment, trust));
        notices.extend(damage(segment, index + 1 == segments.len()));
    }
    entries.sort_by_key(|(number, _)| *number);
    (entries, notices)
}

/// The number from which on a writer with a higher fencing number wrote.
fn taken_over_at(name: Name, segments: &[Segment]) -> u64 {
    let later = segments.iter().filter(|other| other.name.fence > name.fence);
    later.map(|other| other.name.first).min().unwrap_or(u64::MAX)
}

fn damage(segment: &Segment, newest: bool) -> Vec<Notice> {
    let damaged = |stretch: &Range<usize>| Notice::JournalDamaged {
        path: segment.path.clone(),
        line: frame::line(&segment.bytes, stretch.start),
        bytes: stretch.len(),
    };
    let mut notices: Vec<_> = segment.scan.damage.iter().map(damaged).collect();
    if let Some(torn) = segment.torn() {
        let line = frame::line(&segment.bytes, torn.start);
        let (path, bytes) = (segment.path.clone(), torn.len());
        notices.push(match (newest, segment.torn_was_whole()) {
            (false, _) => damaged(&torn),
            (true, true) => {
                Notice::JournalEndDamaged { line, bytes, copy: copy_of(&path, &segment.bytes[torn]), path }
            }
            (true, false) => Notice::JournalTorn { path, line, bytes },
        });
    }
    notices
}

/// Where a damaged end is kept: under its own checksum, so that nothing is overwritten.
pub(crate) fn copy_of(path: &Path, end: &[u8]) -> PathBuf {
    let (folder, name) = (path.parent().and_then(Path::parent), path.file_name().unwrap_or_default());
    let name = format!("{}.{:08x}", name.to_string_lossy(), crc32fast::hash(end));
    folder.unwrap_or(path).join("damaged").join(name)
}

/// What may have been confirmed is evidence; what was only being written is not.
pub(crate) fn keep_torn_end(segments: &[Segment]) -> io::Result<()> {
    let Some(newest) = segments.last().filter(|newest| newest.torn_was_whole()) else { return Ok(()) };
    let Some(torn) = newest.torn() else { return Ok(()) };
    let (end, copy) = (&newest.bytes[torn.clone()], copy_of(&newest.path, &newest.bytes[torn]));
    fs::create_dir_all(copy.parent().unwrap_or(&copy))?;
    fs::write(copy, end)
}

/// Cuts the torn end off the newest file; everything before it is untouched.
pub(crate) fn cut_torn_end(segments: &mut [Segment]) -> io::Result<()> {
    let Some(newest) = segments.last_mut() else { return Ok(()) };
    let Some(torn) = newest.torn() else { return Ok(()) };
    let file = fs::OpenOptions::new().write(true).open(&newest.path)?;
    file.set_len(torn.start as u64)?;
    file.sync_all()?;
    newest.bytes.truncate(torn.start);
    Ok(())
}
