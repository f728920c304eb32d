//! A directory that repositories are brought over from. Agents may be able to write there, so before it is read it is
//! looked at whether any part of its git data leads into what only the gateway may read.

use super::failed;
use crate::sessions::workspaces::{RepositorySource, WorkspaceFault};
use std::path::{Path, PathBuf};

/// Links that are looked for; a repository with more files in these folders is packed first.
const MAX_ENTRIES: usize = 200_000;

const DEPTH: usize = 16;

/// Repositories that lean on each other for objects.
const ALTERNATES: usize = 5;

pub(super) fn check(
    source: &RepositorySource,
    place: &Path,
    guarded: &[PathBuf],
) -> Result<(), WorkspaceFault> {
    let guarded: Vec<_> = guarded.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut seen = Seen { guarded: &guarded, entries: 0 };
    seen.repository(place, ALTERNATES).map_err(|why| {
        let error = git2::Error::from_str(&format!("{why}; nothing is read from there"));
        match failed("bring over the commits", &source.name, &error) {
            WorkspaceFault::Failed(told) => WorkspaceFault::Unsafe(told),
            fault => fault,
        }
    })
}

struct Seen<'a> {
    guarded: &'a [PathBuf],
    entries: usize,
}

impl Seen<'_> {
    fn repository(&mut self, place: &Path, alternates: usize) -> Result<(), String> {
        let data = place.join(".git");
        let own = match std::fs::read_to_string(&data) {
            Ok(pointer) => place.join(pointer.trim().trim_start_matches("gitdir: ")),
            Err(_) if data.exists() => data,
            Err(_) => place.to_path_buf(),
        };
        let common =
            std::fs::read_to_string(own.join("commondir")).map_or(own.clone(), |to| own.join(to.trim()));
        for path in [place, &own, &common] {
            self.leads_nowhere(path)?;
        }
        for name in ["HEAD", "packed-refs", "shallow", "config"] {
            self.leads_nowhere(&common.join(name))?;
        }
        self.below(&common.join("refs"), DEPTH)?;
        self.objects(&common.join("objects"), alternates)
    }

    fn objects(&mut self, objects: &Path, alternates: usize) -> Result<(), String> {
        self.below(objects, 2)?;
        let others = std::fs::read_to_string(objects.join("info/alternates")).unwrap_or_default();
        for other in others.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let deeper =
                alternates.checked_sub(1).ok_or("its repositories lean on each other without an end")?;
            self.objects(&objects.join(other), deeper)?;
        }
        Ok(())
    }

    fn below(&mut self, folder: &Path, depth: usize) -> Result<(), String> {
        self.leads_nowhere(folder)?;
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                return Err("its git data has too many files; run `git gc` there".to_owned());
            }
            let kind = entry.file_type().map_err(|error| error.to_string())?;
            if kind.is_symlink() {
                self.leads_nowhere(&entry.path())?;
            } else if kind.is_dir() && depth > 0 {
                self.below(&entry.path(), depth - 1)?;
            }
        }
        Ok(())
    }

    fn leads_nowhere(&self, path: &Path) -> Result<(), String> {
        let Ok(real) = path.canonicalize() else { return Ok(()) };
        match self.guarded.iter().any(|guarded| real.starts_with(guarded)) {
            true => Err(format!("{} leads into the gateway's own folders", path.display())),
            false => Ok(()),
        }
    }
}
