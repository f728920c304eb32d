//! The audit log: lines of JSON in git, each with the hash of the one before.
//!
//! An entry is durable when the journal has it; the checkpoint chains it to the others in the journal's
//! order and writes it into `audit/`. Each commit names the newest entry, so a log that was cut shorter than
//! a commit says is found.

use super::layout::Layout;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file is full at this size: every commit with a new entry writes the file again.
const FILE_BYTES: usize = 64 << 10;
/// What the first entry has for the hash of the one before.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Begins the line of a commit message that names the newest entry.
pub(super) const TRAILER: &str = "Audit: ";

/// An entry that the journal has.
#[derive(Debug)]
pub(super) struct AuditDraft {
    pub(super) session: String,
    pub(super) at: Timestamp,
    pub(super) entry: Box<RawValue>,
}

/// One line, without its hash.
#[derive(Serialize)]
struct Body<'a> {
    n: u64,
    change: u64,
    at: Timestamp,
    session: &'a str,
    entry: &'a RawValue,
    prev: &'a str,
}

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditLine {
    /// Counts from 1 without a gap.
    pub n: u64,
    /// The journal's number of the entry.
    pub change: u64,
    pub at: Timestamp,
    pub session: String,
    pub entry: Box<RawValue>,
    pub prev: String,
    pub hash: String,
}

impl AuditLine {
    fn expected_hash(&self) -> Option<String> {
        let Self { n, change, at, session, entry, prev, hash: _ } = self;
        let body = Body { n: *n, change: *change, at: *at, session, entry, prev };
        serde_json::to_vec(&body).ok().map(|bytes| hex::encode(Sha256::digest(bytes)))
    }
}

/// The newest entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) n: u64,
    pub(super) change: u64,
    pub(super) hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self { n: 0, change: 0, hash: GENESIS.to_owned() }
    }
}

impl Head {
    /// How a commit message names it.
    pub(super) fn trailer(&self) -> String {
        format!("{TRAILER}{} {}", self.n, self.hash)
    }

    /// Reads the trailer of a commit message.
    pub(super) fn named_in(message: &str) -> Option<(u64, &str)> {
        let line = message.lines().find_map(|line| line.strip_prefix(TRAILER))?;
        let (n, hash) = line.split_once(' ')?;
        Some((n.parse().ok()?, hash))
    }
}

/// The end of the log, to which entries are added.
#[derive(Debug, Default)]
pub(super) struct AuditLog {
    head: Head,
    file: u64,
    text: String,
}

impl AuditLog {
    /// Reads the newest file. Damage there is for [`verify`] to tell: it is left as it is, and the chain goes
    /// on in a new file from the last line that can be read.
    pub(super) fn open(layout: &Layout) -> io::Result<Self> {
        let Some(file) = files(&layout.audit())?.pop() else { return Ok(Self { file: 1, ..Self::default() }) };
        let bytes = fs::read(layout.at(&path_of(file)))?;
        let text = String::from_utf8_lossy(&bytes);
        let newest = text.lines().rev().find_map(|line| serde_json::from_str::<AuditLine>(line).ok());
        let head = newest.map_or_else(Head::default, |AuditLine { n, change, hash, .. }| Head { n, change, hash });
        let whole = text.ends_with(&format!("\"hash\":\"{}\"}}\n", head.hash)) && text.len() == bytes.len();
        match whole {
            true => Ok(Self { head, file, text: text.into_owned() }),
            false => Ok(Self { head, file: file + 1, text: String::new() }),
        }
    }

    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// Chains the entries that are not in the log yet; returns the files as they become.
    pub(super) fn extended(&self, drafts: &[(u64, AuditDraft)]) -> serde_json::Result<Extended> {
        let mut extended = Extended { head: self.head.clone(), file: self.file, text: self.text.clone(), files: vec![] };
        for (change, draft) in drafts {
            // Found again in the journal after a crash.
            if *change > extended.head.change {
                extended.add(*change, draft)?;
            }
        }
        if extended.text.len() > self.text.len() || extended.file > self.file {
            extended.files.push((path_of(extended.file), extended.text.clone()));
        }
        Ok(extended)
    }

    pub(super) fn accept(&mut self, extended: Extended) {
        let Extended { head, file, text, files: _ } = extended;
        *self = Self { head, file, text };
    }
}

/// The log with entries added, not yet on the disk.
#[derive(Debug)]
pub(super) struct Extended {
    pub(super) head: Head,
    file: u64,
    text: String,
    /// Paths inside the repository and their new content.
    pub(super) files: Vec<(String, String)>,
}

impl Extended {
    fn add(&mut self, change: u64, draft: &AuditDraft) -> serde_json::Result<()> {
        if self.text.len() >= FILE_BYTES {
            self.files.push((path_of(self.file), std::mem::take(&mut self.text)));
            self.file += 1;
        }
        let n = self.head.n + 1;
        let AuditDraft { session, at, entry } = draft;
        let body = Body { n, change, at: *at, session, entry, prev: &self.head.hash };
        let hash = hex::encode(Sha256::digest(serde_json::to_vec(&body)?));
        let prev = std::mem::replace(&mut self.head.hash, hash.clone());
        let (session, entry) = (session.clone(), entry.clone());
        let line = AuditLine { n, change, at: *at, session, entry, prev, hash };
        self.text.push_str(&serde_json::to_string(&line)?);
        self.text.push('\n');
        (self.head.n, self.head.change) = (n, change);
        Ok(())
    }
}

/// What is wrong with the audit log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    #[error("{}, line {line}: it is no audit entry ({reason}); an entry was changed or damaged.", path.display())]
    NotAnEntry { path: PathBuf, line: usize, reason: String },
    #[error("{}, line {line}: entry {n} does not fit its own hash; it was changed.", path.display())]
    Changed { path: PathBuf, line: usize, n: u64 },
    #[error(
        "{}, line {line}: entry {n} does not follow the one before it; an entry was removed, inserted or moved \
         here.", path.display()
    )]
    NotChained { path: PathBuf, line: usize, n: u64 },
    #[error("{} is missing; its entries were removed.", path.display())]
    FileMissing { path: PathBuf },
    #[error(
        "The log ends with entry {found}, but commit {commit} names entry {expected}; entries were removed from \
         its end. `git log -- audit` in the state directory shows where."
    )]
    Cut { found: u64, expected: u64, commit: String },
    #[error("Entry {n} is not the one that commit {commit} names; the log was written anew.")]
    Rewritten { n: u64, commit: String },
}

/// Follows the chain through all files.
pub(super) fn verify(layout: &Layout) -> io::Result<(Vec<AuditLine>, Vec<AuditFault>)> {
    let (mut lines, mut faults): (Vec<AuditLine>, _) = (vec![], vec![]);
    let mut head = Head::default();
    let numbers = files(&layout.audit())?;
    for number in 1..=numbers.last().copied().unwrap_or(0) {
        let path = layout.at(&path_of(number));
        if !numbers.contains(&number) {
            faults.push(AuditFault::FileMissing { path });
            continue;
        }
        for (index, text) in fs::read_to_string(&path)?.lines().enumerate() {
            match check(text, &head, &path, index + 1) {
                (Some(line), fault) => {
                    head = Head { n: line.n, change: line.change, hash: line.hash.clone() };
                    lines.push(line);
                    faults.extend(fault);
                }
                (None, fault) => faults.extend(fault),
            }
        }
    }
    Ok((lines, faults))
}

fn check(text: &str, head: &Head, path: &Path, line: usize) -> (Option<AuditLine>, Option<AuditFault>) {
    let path = path.to_owned();
    let entry: AuditLine = match serde_json::from_str(text) {
        Ok(entry) => entry,
        Err(error) => {
            return (None, Some(AuditFault::NotAnEntry { path, line, reason: error.to_string() }));
        }
    };
    let n = entry.n;
    let fault = if entry.expected_hash().as_deref() != Some(&entry.hash) {
        Some(AuditFault::Changed { path, line, n })
    } else if entry.prev != head.hash || n != head.n + 1 {
        Some(AuditFault::NotChained { path, line, n })
    } else {
        None
    };
    (Some(entry), fault)
}

fn files(directory: &Path) -> io::Result<Vec<u64>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        other => other?,
    };
    let mut numbers = vec![];
    for entry in entries {
        let name = entry?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.strip_suffix(".jsonl")?.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn path_of(number: u64) -> String {
    format!("audit/{number:06}.jsonl")
}
