//! The files of a folder that an agent works in, as `git add -A` would take them, without any program of its.

use crate::OutgoingFault;
use crate::forged_entries::objection;
use crate::git_data::DOT_GIT;
use crate::held_folder::{Entry, HeldFolder, is_gone};
use crate::ignore_rules::{IgnoreRules, MAX_RULES, RULES};
use crate::large_files;
use crate::limits::Budget;
use crate::loose_object::MAX_OBJECT;
use crate::tree_files::{DEPTH, EXECUTABLE, Files, LINK, MODULE, PLAIN, TreeFile, any_below};
use git2::{ObjectType, OdbLookupFlags, Oid, Repository};
use rustix::fs::FileType;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

/// Names in one folder.
const MAX_NAMES: usize = 200_000;

#[derive(Debug, Default)]
pub(crate) struct WorkingTree {
    pub(crate) files: Files,
    /// How many differ from the commit, or are missing.
    pub(crate) changed: usize,
    /// Repositories in the repository: their own git data is not looked at.
    pub(crate) nested: Vec<Vec<u8>>,
}

pub(crate) fn read(
    tree: &HeldFolder,
    commit: &Files,
    rules: &IgnoreRules,
    into: &Repository,
    budget: &mut Budget,
    sparse: &[String],
) -> Result<WorkingTree, OutgoingFault> {
    let mut look = Look { commit, rules, into, budget, found: WorkingTree::default() };
    look.folder(tree, b"", DEPTH)?;
    let mut found = look.found;
    for (path, kept) in commit {
        // A submodule has no files of this repository's, and what wasn't laid out wasn't removed.
        if kept.mode == MODULE || !is_laid_out(path, sparse) {
            found.files.entry(path.clone()).or_insert(*kept);
        }
    }
    let is_other = |(path, now): &(&Vec<u8>, &TreeFile)| commit.get(*path) != Some(now);
    let gone = commit.keys().filter(|path| !found.files.contains_key(*path)).count();
    found.changed = found.files.iter().filter(is_other).count() + gone;
    Ok(found)
}

struct Look<'a> {
    commit: &'a Files,
    rules: &'a IgnoreRules,
    into: &'a Repository,
    budget: &'a mut Budget,
    found: WorkingTree,
}

impl Look<'_> {
    fn folder(&mut self, folder: &HeldFolder, below: &[u8], depth: usize) -> Result<(), OutgoingFault> {
        let too_deep =
            || OutgoingFault::TooMuch("The workspace has folders that are nested too deep.".to_owned());
        let depth = depth.checked_sub(1).ok_or_else(too_deep)?;
        let entries = folder.entries(MAX_NAMES).map_err(|error| odd(&error))?;
        if entries.iter().any(|entry| entry.name == RULES && entry.kind == FileType::RegularFile) {
            let text = folder.read(RULES, MAX_RULES).unwrap_or_default();
            let laid = self.rules.lay(&[below, RULES.as_bytes()].concat(), &text);
            laid.map_err(|error| OutgoingFault::git("read the rules of what is ignored", &error))?;
        }
        for entry in entries {
            let name = entry.name.as_bytes();
            if name == DOT_GIT.as_bytes() {
                continue;
            }
            self.budget.see_file()?;
            let path = [below, name].concat();
            match entry.kind {
                FileType::Directory => self.inner(folder, &entry, path, depth)?,
                FileType::RegularFile | FileType::Symlink => self.file(folder, &entry, path)?,
                // Pipes and the like are nothing that git keeps.
                _ => {}
            }
        }
        Ok(())
    }

    fn inner(
        &mut self,
        folder: &HeldFolder,
        entry: &Entry,
        path: Vec<u8>,
        depth: usize,
    ) -> Result<(), OutgoingFault> {
        if self.commit.get(&path).is_some_and(|kept| kept.mode == MODULE) {
            return Ok(());
        }
        let has_files = any_below(self.commit, &path);
        if !has_files && self.rules.ignores(&path, true) {
            return Ok(());
        }
        let inner = match folder.folder(&entry.name) {
            Ok(inner) => inner,
            // It is another thing by now.
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) => return Err(odd(&error)),
        };
        if !has_files && inner.kind(DOT_GIT).map_err(|error| odd(&error))?.is_some() {
            self.found.nested.push(path);
            return Ok(());
        }
        self.folder(&inner, &[&path[..], b"/"].concat(), depth)
    }

    fn file(&mut self, folder: &HeldFolder, entry: &Entry, path: Vec<u8>) -> Result<(), OutgoingFault> {
        let kept = self.commit.get(&path).copied();
        if kept.is_none() && self.rules.ignores(&path, false) {
            return Ok(());
        }
        refuse_odd_names(&path)?;
        let read = match entry.kind {
            FileType::Symlink => folder.leads_to(&entry.name).map(|to| (LINK, to)),
            _ => content(folder, entry),
        };
        self.budget.in_time()?;
        match read {
            Ok((mode, content)) => {
                let now = self.kept(mode, &content, kept).map_err(|error| odd(&error))?;
                self.found.files.insert(path, now);
                Ok(())
            }
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(odd(&error)),
        }
    }

    /// What the commit has under this hash need not be written again.
    fn kept(&mut self, mode: u32, content: &[u8], before: Option<TreeFile>) -> io::Result<TreeFile> {
        let id = Oid::hash_object(ObjectType::Blob, content).map_err(io::Error::other)?;
        if let Some(before) = before {
            if before.id == id {
                return Ok(TreeFile { mode, id });
            }
            if large_files::is_content_of(self.into, before.id, content) {
                return Ok(TreeFile { mode, id: before.id });
            }
        }
        let odb = self.into.odb().map_err(io::Error::other)?;
        if !odb.exists_ext(id, OdbLookupFlags::NO_REFRESH) {
            let too_much =
                |error: OutgoingFault| io::Error::new(io::ErrorKind::FileTooLarge, error.to_string());
            self.budget.take_file_bytes(content.len() as u64).map_err(too_much)?;
            odb.write(ObjectType::Blob, content).map_err(io::Error::other)?;
        }
        Ok(TreeFile { mode, id })
    }
}

fn content(folder: &HeldFolder, entry: &Entry) -> io::Result<(u32, Vec<u8>)> {
    let file = folder.file(&entry.name)?;
    let about = file.metadata()?;
    if about.len() > MAX_OBJECT as u64 {
        let why = format!("{:?} has {} bytes", entry.name, about.len());
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, why));
    }
    let mode = if about.permissions().mode() & 0o100 != 0 { EXECUTABLE } else { PLAIN };
    let mut content = vec![];
    // It may grow while it is read.
    file.take(MAX_OBJECT as u64).read_to_end(&mut content)?;
    Ok((mode, content))
}

/// Files at the top are always there, as in git's own cone mode.
fn is_laid_out(path: &[u8], sparse: &[String]) -> bool {
    let below = |folder: &String| {
        let folder = folder.trim_matches('/').as_bytes();
        path.strip_prefix(folder).is_some_and(|rest| rest.first() == Some(&b'/'))
    };
    sparse.is_empty() || !path.contains(&b'/') || sparse.iter().any(below)
}

/// Git would not add it.
fn refuse_odd_names(path: &[u8]) -> Result<(), OutgoingFault> {
    let odd = path.split(|byte| *byte == b'/').find_map(|name| Some((name, objection(name)?)));
    match odd {
        None => Ok(()),
        Some((name, why)) => Err(OutgoingFault::Unsafe(format!(
            "The workspace has a file {:?}, a name that {why}. Remove it or have git ignore it.",
            String::from_utf8_lossy(name)
        ))),
    }
}

fn odd(error: &io::Error) -> OutgoingFault {
    OutgoingFault::odd("The workspace", error)
}
