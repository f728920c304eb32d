//! Files in a workspace beside its repositories: a session with several of them works in the folder around them. It
//! is under no git, so it is kept as files, in a folder that only the gateway has.

use super::beneath::Beneath;
use super::claim::OLD_FILES;
use super::readable::{count, names};
use super::{Folders, disk};
use crate::sessions::ports::WorkspaceFault;
use gateway_domain::SafeName;
use rustix::fs::FileType;
use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

/// More than this is nothing that was written by hand; it is left to people to move it away.
const MAX_BYTES: u64 = 2 * 1024 * 1024 * 1024;
const MAX_FILES: usize = 200_000;

const REPOS: &str = "repos";

const DEPTH: usize = 200;

/// Names are below the workspace's folder.
fn beside(
    folders: &Folders,
    name: &SafeName,
    repositories: &[SafeName],
) -> Result<Vec<PathBuf>, WorkspaceFault> {
    let told = |error: io::Error| disk("look at", &folders.folder.of(name), &error);
    let Some(home) = folders.folder.hold(name)? else { return Ok(vec![]) };
    let mut found = vec![];
    for entry in home.entries().map_err(told)? {
        if entry.name != *REPOS && !OLD_FILES.iter().any(|old| entry.name == **old) {
            found.push(PathBuf::from(entry.name));
        }
    }
    let Some(repos) = folders.folder.hold_repos(name)? else { return Ok(found) };
    for entry in repos.entries().map_err(told)? {
        if !repositories.iter().any(|known| entry.name == *known.as_str()) {
            found.push(Path::new(REPOS).join(entry.name));
        }
    }
    Ok(found)
}

/// What would be gone with the workspace, as a sentence.
pub(super) fn losses(
    folders: &Folders,
    name: &SafeName,
    repositories: &[SafeName],
) -> Result<Option<String>, WorkspaceFault> {
    let found = beside(folders, name, repositories)?;
    let Some(home) = folders.folder.hold(name)? else { return Ok(None) };
    let mut files = 0;
    for path in &found {
        let counted = holder(&home, path).and_then(|(folder, name)| files_in(&folder, name, DEPTH));
        files += counted.map_err(|error| disk("look at", &folders.folder.of(name), &error))?;
    }
    let told = |path: &PathBuf| path.strip_prefix(REPOS).unwrap_or(path).display().to_string();
    let shown: Vec<_> = found.iter().map(told).collect();
    Ok((files > 0).then(|| format!("beside the repositories: {} ({})", count(files, "file"), names(&shown))))
}

/// Keeps all of it and takes it away. Returns what was kept, as a sentence.
pub(super) fn clear(
    folders: &Folders,
    name: &SafeName,
    repositories: &[SafeName],
    stamp: &str,
) -> Result<Option<String>, WorkspaceFault> {
    let found = beside(folders, name, repositories)?;
    let Some(home) = folders.folder.hold(name)? else { return Ok(None) };
    let into = folders.private.kept_files(&format!("{name}-{stamp}"));
    let told = |error: io::Error| disk("clean", &folders.folder.of(name), &error);
    OLD_FILES.iter().try_for_each(|old| home.remove(old)).map_err(told)?;
    let mut files = 0;
    for path in &found {
        files += keep(&home, path, &into)?;
    }
    for path in &found {
        holder(&home, path).and_then(|(folder, name)| folder.remove(name)).map_err(told)?;
    }
    Ok((files > 0)
        .then(|| format!("{} beside the repositories saved in {}.", count(files, "file"), into.display())))
}

/// Copies what is at a path of the folder to the same path of another. Returns how many files that were.
pub(super) fn keep(from: &Beneath, path: &Path, into: &Path) -> Result<usize, WorkspaceFault> {
    let mut copy = Copy { files: 0, bytes: 0 };
    let copied =
        holder(from, path).and_then(|(folder, name)| copy.thing(&folder, name, &into.join(path), DEPTH));
    copied.map_err(|error| disk("keep", path, &error))?;
    Ok(copy.files)
}

/// The folder that something is in, and its name there.
fn holder<'a>(from: &Beneath, path: &'a Path) -> io::Result<(Beneath, &'a OsStr)> {
    let name = path.file_name().ok_or_else(|| io::Error::other("no name"))?;
    Ok((from.below(path.parent().unwrap_or(Path::new("")))?, name))
}

fn files_in(folder: &Beneath, name: &OsStr, depth: usize) -> io::Result<usize> {
    if depth == 0 || folder.kind(name)? != Some(FileType::Directory) {
        return Ok(1);
    }
    let (folder, mut files) = (folder.folder(name)?, 0);
    for entry in folder.entries()? {
        files += files_in(&folder, &entry.name, depth - 1)?;
    }
    Ok(files)
}

struct Copy {
    files: usize,
    bytes: u64,
}

impl Copy {
    fn thing(&mut self, from: &Beneath, name: &OsStr, to: &Path, depth: usize) -> io::Result<()> {
        let depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("folders are nested too deep"))?;
        std::fs::create_dir_all(to.parent().unwrap_or(to))?;
        match from.kind(name)? {
            Some(FileType::Directory) => {
                std::fs::create_dir_all(to)?;
                let folder = from.folder(name)?;
                for entry in folder.entries()? {
                    self.thing(&folder, &entry.name, &to.join(&entry.name), depth)?;
                }
                return Ok(());
            }
            Some(FileType::RegularFile) => self.file(from, name, to)?,
            Some(FileType::Symlink) => symlink(OsStr::from_bytes(&from.leads_to(name)?), to)?,
            // Pipes and the like hold nothing.
            _ => return Ok(()),
        }
        self.files += 1;
        match self.files > MAX_FILES {
            true => Err(io::Error::other(format!(
                "there are more than {MAX_FILES} files; move them elsewhere first"
            ))),
            false => Ok(()),
        }
    }

    fn file(&mut self, from: &Beneath, name: &OsStr, to: &Path) -> io::Result<()> {
        let file = from.file(name)?;
        let mut kept = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        self.bytes += io::copy(&mut file.take(MAX_BYTES + 1 - self.bytes), &mut kept)?;
        kept.flush()?;
        kept.sync_all()?;
        match self.bytes > MAX_BYTES {
            true => Err(io::Error::other(
                "they are larger than 2 GiB in total; move some of them elsewhere first",
            )),
            false => Ok(()),
        }
    }
}
