//! The git data of a folder that an agent works in, read as the plain files that it is: what is checked out, and where the
//! objects are. Settings, hooks, attributes, alternates and the index are not looked at.

use crate::OutgoingFault;
use crate::held_folder::HeldFolder;
use git2::{Oid, Reference};
use rustix::fs::FileType;
use std::io::{self, ErrorKind};
use std::path::Path;

pub(crate) const DOT_GIT: &str = ".git";

/// A reference is a line.
const MAX_REFERENCE: u64 = 4 * 1024;

/// A hundred thousand references.
const MAX_PACKED: u64 = 16 * 1024 * 1024;

#[derive(Debug)]
pub(crate) struct GitData {
    held: HeldFolder,
}

/// What is checked out.
#[derive(Debug, Default)]
pub(crate) struct CheckedOut {
    pub(crate) branch: Option<String>,
    /// None when nothing is committed yet.
    pub(crate) commit: Option<Oid>,
}

impl GitData {
    /// Of its own only: a pointer to git data elsewhere could lead to somebody else's.
    pub(crate) fn of(tree: &HeldFolder) -> Result<Self, OutgoingFault> {
        let looked = match tree.kind(DOT_GIT) {
            Ok(Some(FileType::Directory)) => tree.folder(DOT_GIT).and_then(without_common),
            Ok(None) => {
                return Err(OutgoingFault::Unsafe("The workspace's folder is not under git.".to_owned()));
            }
            Ok(Some(_)) => Err(io::Error::other("`.git` is not a folder")),
            Err(error) => Err(error),
        };
        let held = looked.map_err(|error| OutgoingFault::odd("The workspace's git data", &error))?;
        Ok(Self { held })
    }

    pub(crate) fn checked_out(&self) -> Result<CheckedOut, OutgoingFault> {
        self.head().map_err(|error| OutgoingFault::odd("The workspace's git data", &error))
    }

    fn head(&self) -> io::Result<CheckedOut> {
        let text = self.held.read("HEAD", MAX_REFERENCE)?;
        match named(&text) {
            Some(name) => {
                let branch = name.strip_prefix("refs/heads/").map(str::to_owned);
                Ok(CheckedOut { branch, commit: self.reference(&name)? })
            }
            None => match hash(&text) {
                Some(commit) => Ok(CheckedOut { branch: None, commit: Some(commit) }),
                None => Err(io::Error::other("`HEAD` names neither a branch nor a commit")),
            },
        }
    }

    /// The commit that a branch is at, whatever is checked out.
    pub(crate) fn branch(&self, branch: &str) -> Result<Option<Oid>, OutgoingFault> {
        let found = self.reference(&format!("refs/heads/{branch}"));
        found.map_err(|error| OutgoingFault::odd("The workspace's git data", &error))
    }

    fn reference(&self, name: &str) -> io::Result<Option<Oid>> {
        if !Reference::is_valid_name(name) {
            return Err(io::Error::other("a branch has a name that git doesn't accept"));
        }
        let path = Path::new(name);
        let (folder, file) = (path.parent().unwrap_or(path), path.file_name().unwrap_or_default());
        let loose = self.held.below(folder).and_then(|folder| folder.read_if_there(file, MAX_REFERENCE));
        match loose {
            Ok(Some(text)) => {
                hash(&text).map(Some).ok_or_else(|| io::Error::other("a branch names no commit"))
            }
            Ok(None) => self.packed(name),
            Err(error) if error.kind() == ErrorKind::NotFound => self.packed(name),
            Err(error) => Err(error),
        }
    }

    fn packed(&self, wanted: &str) -> io::Result<Option<Oid>> {
        let text = self.held.read_if_there("packed-refs", MAX_PACKED)?.unwrap_or_default();
        let lines = text.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
        let mut named = lines.filter_map(|line| line.split_once(' '));
        Ok(named.find(|(_, name)| *name == wanted).and_then(|(id, _)| hash(id.as_bytes())))
    }

    pub(crate) fn objects(&self) -> Result<HeldFolder, OutgoingFault> {
        let objects = self.held.folder("objects");
        objects.map_err(|error| OutgoingFault::odd("The workspace's git data", &error))
    }

    /// What is ignored besides the rules in the tree, as whoever made the workspace may have set it.
    pub(crate) fn excludes(&self) -> Vec<u8> {
        let read =
            self.held.folder("info").and_then(|info| info.read_if_there("exclude", MAX_REFERENCE * 16));
        read.ok().flatten().unwrap_or_default()
    }
}

fn without_common(git: HeldFolder) -> io::Result<HeldFolder> {
    match git.kind("commondir")? {
        None => Ok(git),
        Some(_) => Err(io::Error::other("`.git/commondir` points to another repository")),
    }
}

/// `ref: refs/heads/main`
fn named(text: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(text).ok()?.strip_prefix("ref:")?.trim();
    name.starts_with("refs/").then(|| name.to_owned())
}

fn hash(text: &[u8]) -> Option<Oid> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.len() == 40 { Oid::from_str(text).ok() } else { None }
}
