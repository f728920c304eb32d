//! The audit log: lines of JSON in git, each with the hash of the one before (the domain's chain).
//!
//! An entry is durable when the journal has it; the checkpoint chains it to the others in the journal's
//! order and writes it into `audit/`. Each commit names the newest entry, so a log that was cut shorter than
//! a commit says is found.

use crate::store::layout::{Layout, MAX_NUMBER};
use gateway_domain::{AuditEntry, ChainedEntry, GENESIS, chain};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A file is full at this size: every commit with a new entry writes the file again.
const FILE_BYTES: usize = 64 << 10;
/// Begins the line of a commit message that names the newest entry.
const TRAILER: &str = "Audit: ";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// The journal's number of the entry.
    pub change: u64,
    #[serde(flatten)]
    pub link: ChainedEntry,
}

/// The newest entry, as a commit message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) n: u64,
    pub(super) change: u64,
    pub(super) hash: String,
}

impl Head {
    pub(super) fn of(last: Option<&AuditLine>) -> Self {
        let Some(AuditLine { change, link }) = last else {
            return Self { n: 0, change: 0, hash: GENESIS.to_owned() };
        };
        Self { n: link.number, change: *change, hash: link.hash.clone() }
    }

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
#[derive(Debug)]
pub(super) struct AuditLog {
    last: Option<AuditLine>,
    file: u64,
    text: String,
}

impl AuditLog {
    /// Reads the newest file. Damage there is for [`verify`] to tell: it is left as it is, and the chain goes
    /// on in a new file from the last line that can be read.
    pub(super) fn open(layout: &Layout) -> io::Result<Self> {
        let Some(file) = files(&layout.audit())?.pop() else {
            return Ok(Self { last: None, file: 1, text: String::new() });
        };
        let bytes = fs::read(layout.at(&path_of(file)))?;
        let text = String::from_utf8_lossy(&bytes);
        let last: Option<AuditLine> = text.lines().rev().find_map(readable);
        let hash = Head::of(last.as_ref()).hash;
        let whole = text.ends_with(&format!("\"hash\":\"{hash}\"}}\n")) && text.len() == bytes.len();
        match whole {
            true => Ok(Self { last, file, text: text.into_owned() }),
            false => Ok(Self { last, file: file + 1, text: String::new() }),
        }
    }

    pub(super) fn head(&self) -> Head {
        Head::of(self.last.as_ref())
    }

    /// Chains the entries that are not in the log yet; returns the files as they become.
    pub(super) fn extended(&self, entries: &[(u64, AuditEntry)]) -> serde_json::Result<Extended> {
        let Self { last, file, text } = self;
        let mut extended = Extended { last: last.clone(), file: *file, text: text.clone(), files: vec![] };
        for (change, entry) in entries {
            // Found again in the journal after a crash.
            if last.as_ref().is_none_or(|last| *change > last.change) {
                extended.add(*change, entry)?;
            }
        }
        if extended.last != self.last {
            extended.files.push((path_of(extended.file), extended.text.clone()));
        }
        Ok(extended)
    }

    pub(super) fn accept(&mut self, extended: Extended) {
        let Extended { last, file, text, files: _ } = extended;
        *self = Self { last, file, text };
    }
}

/// A line with numbers that no gateway counts to is as good as none: nothing could be counted on from them.
fn readable(line: &str) -> Option<AuditLine> {
    let line: AuditLine = serde_json::from_str(line).ok()?;
    (line.change <= MAX_NUMBER && line.link.number <= MAX_NUMBER).then_some(line)
}

/// The log with entries added, not yet on the disk.
#[derive(Debug)]
pub(super) struct Extended {
    last: Option<AuditLine>,
    file: u64,
    text: String,
    /// Paths inside the repository and their new content.
    pub(super) files: Vec<(String, String)>,
}

impl Extended {
    pub(super) fn head(&self) -> Head {
        Head::of(self.last.as_ref())
    }

    fn add(&mut self, change: u64, entry: &AuditEntry) -> serde_json::Result<()> {
        if self.text.len() >= FILE_BYTES {
            self.files.push((path_of(self.file), std::mem::take(&mut self.text)));
            self.file += 1;
        }
        let line =
            AuditLine { change, link: chain(self.last.as_ref().map(|last| &last.link), entry.clone()) };
        self.text.push_str(&serde_json::to_string(&line)?);
        self.text.push('\n');
        self.last = Some(line);
        Ok(())
    }
}

/// Nobody does the same to the same ask twice in a nanosecond.
pub(super) fn name(AuditEntry { at, who, what, ask, .. }: &AuditEntry) -> String {
    format!("{at} {who} {what} {ask}")
}

/// What is wrong with the audit log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    #[error("{}, line {line}: not a valid audit entry ({reason}); it was changed or damaged. \
        {REMEDY}", path.display())]
    NotAnEntry { path: PathBuf, line: usize, reason: String },
    #[error("{}, line {line}: entry {n} was changed: it doesn't match its hash. {REMEDY}", path.display())]
    Changed { path: PathBuf, line: usize, n: u64 },
    #[error(
        "{}, line {line}: entry {n} does not follow the one before it; an entry was removed, inserted or moved \
         here. {REMEDY}", path.display()
    )]
    NotChained { path: PathBuf, line: usize, n: u64 },
    #[error("{} is missing: its entries were removed. {REMEDY}", path.display())]
    FileMissing { path: PathBuf },
    #[error(
        "The log ends with entry {found}, but commit {commit} names entry {expected}; entries were cut from \
            its end. {REMEDY}"
    )]
    Cut { found: u64, expected: u64, commit: String },
    #[error("Entry {n} is not the one that commit {commit} names; the log was rewritten. {REMEDY}")]
    Rewritten { n: u64, commit: String },
    #[error(
        "The state has no history, so it can't be checked whether some of the log's {entries} entries were \
            cut from its end or rewritten. Restore `.git` from a backup."
    )]
    NoHistory { entries: usize },
    #[error(
        "The newest commit cannot be read ({reason}), so it can't be checked whether entries were cut from \
            the log's end. `gateway state verify` says what to do about the history."
    )]
    NoCommit { reason: String },
}

const REMEDY: &str = "`git log -p -- audit` in the state folder shows what it was.";

/// Follows the chain through all files.
pub(super) fn verify(layout: &Layout) -> io::Result<(Vec<AuditLine>, Vec<AuditFault>)> {
    let (mut lines, mut faults): (Vec<AuditLine>, _) = (vec![], vec![]);
    let numbers = files(&layout.audit())?;
    for number in 1..=numbers.last().copied().unwrap_or(0) {
        let path = layout.at(&path_of(number));
        if !numbers.contains(&number) {
            faults.push(AuditFault::FileMissing { path });
            continue;
        }
        let bytes = fs::read(&path)?;
        for (index, text) in String::from_utf8_lossy(&bytes).lines().enumerate() {
            match check(text, lines.last(), &path, index + 1) {
                Ok((line, fault)) => {
                    lines.push(line);
                    faults.extend(fault);
                }
                Err(fault) => faults.push(fault),
            }
        }
    }
    Ok((lines, faults))
}

/// Compares the log's end with what the newest commit says of it.
pub(super) fn against_commit(lines: &[AuditLine], commit: &str, message: &str) -> Option<AuditFault> {
    let (expected, hash) = Head::named_in(message).filter(|(n, _)| *n > 0)?;
    let (found, commit) = (lines.last().map_or(0, |line| line.link.number), commit.to_owned());
    let Some(named) = lines.iter().rev().find(|line| line.link.number == expected) else {
        return (found < expected).then_some(AuditFault::Cut { found, expected, commit });
    };
    (named.link.hash != hash).then_some(AuditFault::Rewritten { n: expected, commit })
}

fn check(
    text: &str,
    before: Option<&AuditLine>,
    path: &Path,
    line: usize,
) -> Result<(AuditLine, Option<AuditFault>), AuditFault> {
    let path = path.to_owned();
    let entry: AuditLine = match serde_json::from_str(text) {
        Ok(entry) => entry,
        Err(error) => return Err(AuditFault::NotAnEntry { path, line, reason: error.to_string() }),
    };
    let (n, before) = (entry.link.number, Head::of(before));
    let fault = if !fits_its_hash(&entry.link) {
        Some(AuditFault::Changed { path, line, n })
    } else if entry.link.previous != before.hash || n != before.n + 1 {
        Some(AuditFault::NotChained { path, line, n })
    } else {
        None
    };
    Ok((entry, fault))
}

/// Chains the entry once more behind what it says comes before it.
fn fits_its_hash(link: &ChainedEntry) -> bool {
    let ChainedEntry { number, entry, previous, hash } = link;
    let before = ChainedEntry {
        number: number.saturating_sub(1),
        entry: entry.clone(),
        previous: String::new(),
        hash: previous.clone(),
    };
    chain(Some(&before), entry.clone()).hash == *hash
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
