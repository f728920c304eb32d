//! The audit log: lines of JSON in git, each with the hash of the one before (the domain's chain).
//!
//! An entry is durable when the journal has it; the checkpoint chains it to the others in the journal's
//! order and writes it into `audit/`. Each commit names the newest entry, so a log that was cut shorter than
//! a commit says is found. The lines are the leaves of a tree, whose root is signed with each commit (`audit_head`).

use crate::store::audit_fault::AuditFault;
use crate::store::audit_head::SignedHead;
use crate::store::foreign_lines::ForeignLines;
use crate::store::layout::{Layout, MAX_NUMBER};
use crate::store::purged_lines::{self, Purges};
use gateway_domain::{AuditEntry, ChainedEntry, GENESIS, chain_salted};
use gateway_proof::tree::{Edge, Hash, leaf_hash};
use rand::RngExt;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::Path;

/// A file is full at this size: every commit with a new entry writes the file again.
const FILE_BYTES: usize = 64 << 10;
/// Begins the line of a commit message that names the newest entry.
const TRAILER: &str = "Audit: ";

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// The journal's number of the entry.
    pub change: u64,
    /// Drawn for this line: without it nobody can find out by guessing what the hashes were made of. Lines from before it have none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub salt: String,
    /// The hash of the line as it was before somebody had a text removed from it: the leaf that it stays in the tree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged: Option<String>,
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
        let Some(AuditLine { change, link, .. }) = last else {
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
    /// Of the tree over all lines.
    edge: Edge,
    signed: SignedHead,
}

impl AuditLog {
    /// Reads the newest file; `edge` is that of all of them. Damage there is for [`verify`] to tell: it is left as it is, and
    /// the chain goes on in a new file from the last line that can be read.
    pub(super) fn open(layout: &Layout, edge: Edge, signed: SignedHead) -> io::Result<Self> {
        let Some(file) = files(&layout.audit())?.pop() else {
            return Ok(Self { last: None, file: 1, text: String::new(), edge, signed });
        };
        let bytes = fs::read(layout.at(&path_of(file)))?;
        let text = String::from_utf8_lossy(&bytes);
        let last: Option<AuditLine> = text.lines().rev().find_map(readable);
        let hash = Head::of(last.as_ref()).hash;
        let whole = text.ends_with(&format!("\"hash\":\"{hash}\"}}\n")) && text.len() == bytes.len();
        match whole {
            true => Ok(Self { last, file, text: text.into_owned(), edge, signed }),
            false => Ok(Self { last, file: file + 1, text: String::new(), edge, signed }),
        }
    }

    pub(super) fn head(&self) -> Head {
        Head::of(self.last.as_ref())
    }

    /// Chains the entries that are not in the log yet; returns the files as they become, the signed head last.
    pub(super) fn extended(&self, entries: &[(u64, AuditEntry)]) -> serde_json::Result<Extended> {
        let Self { last, file, text, edge, signed } = self;
        let (text, edge) = (text.clone(), edge.clone());
        let mut extended = Extended { last: last.clone(), file: *file, text, edge, files: vec![] };
        for (change, entry) in entries {
            // Found again in the journal after a crash.
            if last.as_ref().is_none_or(|last| *change > last.change) {
                extended.add(*change, entry)?;
            }
        }
        if extended.last != self.last {
            extended.files.push((path_of(extended.file), extended.text.clone()));
        }
        extended.files.extend(signed.files(&extended.edge, extended.edge != self.edge));
        Ok(extended)
    }

    pub(super) fn accept(&mut self, extended: Extended) {
        let Extended { last, file, text, edge, files: _ } = extended;
        (self.last, self.file, self.text, self.edge) = (last, file, text, edge);
        self.signed.is_written(&self.edge);
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
    edge: Edge,
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
        let salt = salt();
        let link = chain_salted(self.last.as_ref().map(|last| &last.link), entry.clone(), &salt);
        let line = AuditLine { change, salt, purged: None, link };
        let text = serde_json::to_string(&line)?;
        self.edge.push(leaf_hash(text.as_bytes()));
        self.text.push_str(&text);
        self.text.push('\n');
        self.last = Some(line);
        Ok(())
    }
}

fn salt() -> String {
    hex::encode(rand::rng().random::<[u8; 16]>())
}

/// Nobody does the same to the same ask twice in a nanosecond.
pub(super) fn name(AuditEntry { at, who, what, ask, .. }: &AuditEntry) -> String {
    format!("{at} {who} {what} {ask}")
}

/// The whole log, as it lies on the disk.
#[derive(Debug, Default)]
pub(super) struct AuditReading {
    pub(super) lines: Vec<AuditLine>,
    /// The hashes of all lines, also of those that are no entries.
    pub(super) leaves: Vec<Hash>,
    pub(super) faults: Vec<AuditFault>,
    pub(super) purges: Purges,
}

/// Follows the chain through all files.
pub(super) fn verify(layout: &Layout) -> io::Result<AuditReading> {
    let mut reading = AuditReading::default();
    let numbers = files(&layout.audit())?;
    for number in 1..=numbers.last().copied().unwrap_or(0) {
        let path = layout.at(&path_of(number));
        match numbers.contains(&number) {
            true => reading.take(&fs::read(&path)?, &path),
            false => reading.faults.push(AuditFault::FileMissing { path }),
        }
    }
    reading.faults.extend(reading.purges.fault());
    let foreign = ForeignLines::named(&reading.purges.foreign());
    reading.faults.extend(foreign.map(|lines| AuditFault::Foreign { lines }));
    Ok(reading)
}

impl AuditReading {
    fn take(&mut self, file: &[u8], path: &Path) {
        for (index, line) in lines_of(file).enumerate() {
            self.leaves.push(purged_lines::leaf(line));
            self.purges.look(line);
            match check(&String::from_utf8_lossy(line), self.lines.last(), path, index + 1) {
                Ok((line, fault)) => {
                    self.lines.push(line);
                    self.faults.extend(fault);
                }
                Err(_) if purged_lines::is_of_no_entry(line) => {}
                Err(fault) => self.faults.push(fault),
            }
        }
    }

    /// Compares the log with what commits say of it, the newest first. The first that it doesn't fit is enough.
    pub(super) fn against_commits<'a>(
        &self,
        commits: impl IntoIterator<Item = &'a (String, String)>,
    ) -> Option<AuditFault> {
        let by_number: HashMap<u64, &AuditLine> =
            self.lines.iter().map(|line| (line.link.number, line)).collect();
        let found = self.lines.last().map_or(0, |line| line.link.number);
        commits.into_iter().find_map(|(commit, message)| {
            let (expected, hash) = Head::named_in(message).filter(|(n, _)| *n > 0)?;
            let commit = commit.clone();
            match by_number.get(&expected) {
                None => (found < expected).then_some(AuditFault::Cut { found, expected, commit }),
                Some(named) => {
                    (named.link.hash != hash).then_some(AuditFault::Rewritten { n: expected, commit })
                }
            }
        })
    }
}

/// A line's bytes are a leaf of the tree: exactly as they are, without the end of the line.
pub(super) fn lines_of(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    file.strip_suffix(b"\n").unwrap_or(file).split(|byte| *byte == b'\n').filter(|_| !file.is_empty())
}

/// The bytes of every line.
pub(super) fn raw_lines(layout: &Layout) -> io::Result<Vec<Vec<u8>>> {
    let mut all = vec![];
    for number in files(&layout.audit())? {
        all.extend(lines_of(&fs::read(layout.at(&path_of(number)))?).map(<[u8]>::to_vec));
    }
    Ok(all)
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
    let fault = if entry.purged.is_none() && !fits_its_hash(&entry) {
        Some(AuditFault::Changed { path, line, n })
    } else if entry.link.previous != before.hash || n != before.n + 1 {
        Some(AuditFault::NotChained { path, line, n })
    } else {
        None
    };
    Ok((entry, fault))
}

/// Chains the entry once more behind what it says comes before it.
fn fits_its_hash(line: &AuditLine) -> bool {
    let ChainedEntry { number, entry, previous, hash } = &line.link;
    let before = ChainedEntry {
        number: number.saturating_sub(1),
        entry: entry.clone(),
        previous: String::new(),
        hash: previous.clone(),
    };
    chain_salted(Some(&before), entry.clone(), &line.salt).hash == *hash
}

pub(super) fn files(directory: &Path) -> io::Result<Vec<u64>> {
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

pub(super) fn path_of(number: u64) -> String {
    format!("audit/{number:06}.jsonl")
}
