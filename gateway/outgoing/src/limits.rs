//! How much is taken from an agent's folder, and for how long.

use crate::OutgoingFault;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
pub struct Limits {
    /// New objects together, unpacked; and files of the working tree that are read.
    pub bytes: u64,
    /// New commits, folders and files.
    pub objects: usize,
    /// Files that differ from the merge base.
    pub changed_files: usize,
    /// Files and folders of the working tree that are looked at.
    pub seen_files: usize,
    /// The agent's own commits.
    pub commits: usize,
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 2 * 1024 * 1024 * 1024,
            objects: 500_000,
            changed_files: 20_000,
            seen_files: 1_000_000,
            commits: 1_000,
            time: Duration::from_secs(120),
        }
    }
}

/// What is left of the limits while something is done.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limits: Limits,
    until: Instant,
    bytes: u64,
    /// Of the working tree's files: they are counted again once they are objects.
    file_bytes: u64,
    objects: usize,
    seen: usize,
}

impl Budget {
    pub(crate) fn of(limits: &Limits) -> Self {
        let until = Instant::now() + limits.time;
        Self { limits: limits.clone(), until, bytes: 0, file_bytes: 0, objects: 0, seen: 0 }
    }

    pub(crate) fn take_bytes(&mut self, bytes: u64) -> Result<(), OutgoingFault> {
        self.bytes = self.bytes.saturating_add(bytes);
        self.not_above(self.bytes)
    }

    pub(crate) fn take_file_bytes(&mut self, bytes: u64) -> Result<(), OutgoingFault> {
        self.file_bytes = self.file_bytes.saturating_add(bytes);
        self.not_above(self.file_bytes)
    }

    fn not_above(&self, bytes: u64) -> Result<(), OutgoingFault> {
        match bytes > self.limits.bytes {
            true => Err(OutgoingFault::TooMuch(format!(
                "The work has more than {} of new files, which is more than can be delivered. Move large files elsewhere \
                 first.",
                size(self.limits.bytes)
            ))),
            false => self.in_time(),
        }
    }

    pub(crate) fn take_object(&mut self) -> Result<(), OutgoingFault> {
        self.objects += 1;
        match self.objects > self.limits.objects {
            true => Err(OutgoingFault::TooMuch(format!(
                "The work has more than {} new commits, folders and files, which is more than can be delivered.",
                self.limits.objects
            ))),
            false => self.in_time(),
        }
    }

    pub(crate) fn see_file(&mut self) -> Result<(), OutgoingFault> {
        self.seen += 1;
        match self.seen > self.limits.seen_files {
            true => Err(OutgoingFault::TooMuch(format!(
                "The workspace has more than {} files that git doesn't ignore, which is more than are looked at.",
                self.limits.seen_files
            ))),
            false => self.in_time(),
        }
    }

    pub(crate) fn until(&self) -> Instant {
        self.until
    }

    pub(crate) fn in_time(&self) -> Result<(), OutgoingFault> {
        match Instant::now() > self.until {
            true => Err(OutgoingFault::TimedOut(format!(
                "Looking at the work took longer than {} seconds, so nothing was delivered.",
                self.limits.time.as_secs()
            ))),
            false => Ok(()),
        }
    }
}

fn size(bytes: u64) -> String {
    const GIB: u64 = 1024 * 1024 * 1024;
    const MIB: u64 = 1024 * 1024;
    match bytes {
        bytes if bytes >= GIB && bytes % GIB == 0 => format!("{} GiB", bytes / GIB),
        bytes if bytes >= MIB => format!("{} MiB", bytes / MIB),
        bytes => format!("{bytes} bytes"),
    }
}
