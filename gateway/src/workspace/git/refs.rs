//! The references of a repository that an agent can write to, read as the plain files that they are.

use super::data::GitData;
use crate::workspace::beneath::Beneath;
use git2::Oid;
use rustix::fs::FileType;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};

/// A reference is a line.
const MAX_REFERENCE: u64 = 4 * 1024;

/// A hundred thousand references.
const MAX_PACKED: u64 = 16 * 1024 * 1024;

const MAX_REFERENCES: usize = 100_000;

const DEPTH: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Refs {
    /// What is checked out.
    pub(super) head: Option<Oid>,
    /// Its branch; none when it is a commit only.
    pub(super) branch: Option<String>,
    /// All references by their full names.
    pub(super) all: BTreeMap<String, Oid>,
    /// Commits whose parents are left out.
    pub(super) shallow: BTreeSet<Oid>,
    /// What was put aside, all of it: the reference names the newest only.
    pub(super) stashed: BTreeSet<Oid>,
}

impl Refs {
    pub(super) fn read(data: &GitData) -> io::Result<Self> {
        let mut refs = Self { all: packed(&data.common)?, ..Self::default() };
        match data.common.folder("refs") {
            Ok(folder) => refs.loose(&folder, "refs", DEPTH)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let head = data.own.read("HEAD", MAX_REFERENCE)?;
        match named(&head) {
            Some(name) => {
                refs.head = refs.all.get(&name).copied();
                refs.branch = name.strip_prefix("refs/heads/").map(str::to_owned);
            }
            None => refs.head = commit(&head),
        }
        refs.shallow = shallow(&data.common)?;
        refs.stashed = stashed(&data.common);
        Ok(refs)
    }

    fn loose(&mut self, folder: &Beneath, name: &str, depth: usize) -> io::Result<()> {
        for entry in folder.entries()? {
            let Some(part) = entry.name.to_str() else { continue };
            let full = format!("{name}/{part}");
            match entry.kind {
                FileType::Directory if depth > 0 => self.loose(&folder.folder(part)?, &full, depth - 1)?,
                FileType::RegularFile => {
                    // One that is half written, or names another, has no commit of its own.
                    let found = folder.read(part, MAX_REFERENCE).ok().and_then(|text| commit(&text));
                    self.all.extend(found.map(|id| (full, id)));
                }
                _ => {}
            }
            if self.all.len() > MAX_REFERENCES {
                return Err(io::Error::other("it has too many references"));
            }
        }
        Ok(())
    }
}

fn packed(common: &Beneath) -> io::Result<BTreeMap<String, Oid>> {
    let text = or_nothing(common.read("packed-refs", MAX_PACKED))?;
    let lines = text.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    let named = lines.filter_map(|line| line.split_once(' '));
    Ok(named.filter_map(|(id, name)| Some((name.to_owned(), commit(id.as_bytes())?))).collect())
}

fn shallow(common: &Beneath) -> io::Result<BTreeSet<Oid>> {
    let text = or_nothing(common.read("shallow", MAX_PACKED))?;
    Ok(text.split(|byte| *byte == b'\n').filter_map(commit).collect())
}

/// A line of the log: the commit before, the commit, and by whom.
fn stashed(common: &Beneath) -> BTreeSet<Oid> {
    let log = common
        .folder("logs")
        .and_then(|logs| logs.folder("refs"))
        .and_then(|refs| refs.read("stash", MAX_PACKED));
    let lines = log.unwrap_or_default();
    lines
        .split(|byte| *byte == b'\n')
        .filter_map(|line| commit(line.split(|byte| *byte == b' ').nth(1)?))
        .collect()
}

fn or_nothing(read: io::Result<Vec<u8>>) -> io::Result<Vec<u8>> {
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(vec![]),
        read => read,
    }
}

/// `ref: refs/heads/main`
fn named(text: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(text).ok()?.strip_prefix("ref:")?.trim();
    name.starts_with("refs/").then(|| name.to_owned())
}

fn commit(text: &[u8]) -> Option<Oid> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.len() == 40 { Oid::from_str(text).ok() } else { None }
}
