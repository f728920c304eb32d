//! The folder of an attempt: the copy of the files, a home and a scratch folder for what runs, and what the gateway noted.
//! Only the gateway's user reaches it; what runs in the lab writes `files`, `home` and `tmp` and nothing else.

use super::files_listing::ListedFile;
use super::files_packing::FilesArchive;
use crate::sessions::ports::LabView;
use crate::workspace::remove_beneath;
use gateway_domain::LabPlan;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

const NOTE: &str = "plan.json";

/// Larger is none of ours.
const LARGEST_NOTE: u64 = 1024 * 1024;

/// Things that are counted for the size of a lab, and folders in folders.
const COUNTED: usize = 50_000;
const DEPTH: usize = 100;

/// What the gateway noted of an attempt, with the recipe as it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AttemptNote {
    pub(super) session: String,
    pub(super) project: Option<String>,
    pub(super) made_at: Timestamp,
    pub(super) plan: LabPlan,
}

#[derive(Clone, Debug)]
pub(super) struct AttemptFolder {
    all: PathBuf,
    attempt: String,
}

impl AttemptFolder {
    /// None where it is no name of an attempt: it becomes a path.
    pub(super) fn of(all: &Path, attempt: &str) -> Option<Self> {
        let is_plain = attempt.starts_with("lab")
            && attempt.len() <= 200
            && attempt.bytes().all(|byte| byte.is_ascii_alphanumeric());
        is_plain.then(|| Self { all: all.to_owned(), attempt: attempt.to_owned() })
    }

    fn path(&self) -> PathBuf {
        self.all.join(&self.attempt)
    }

    pub(super) fn files(&self) -> PathBuf {
        self.path().join("files")
    }

    pub(super) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    pub(super) fn scratch(&self) -> PathBuf {
        self.path().join("tmp")
    }

    pub(super) fn guard(&self) -> PathBuf {
        self.path().join("guard")
    }

    /// Where the archive of its files is that has this digest. None where that is no digest.
    pub(super) fn archive(&self, digest: &str) -> Option<PathBuf> {
        FilesArchive::path(&self.path(), digest)
    }

    /// The archive of its files, made if there is none.
    pub(super) fn archived(&self, listed: &[ListedFile]) -> io::Result<FilesArchive> {
        FilesArchive::in_folder(&self.path(), &self.files(), listed)
    }

    /// Made anew; what was there goes.
    pub(super) fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.all)?;
        std::fs::set_permissions(&self.all, Permissions::from_mode(0o700))?;
        self.remove()?;
        for folder in [self.path(), self.files(), self.home(), self.scratch(), self.guard()] {
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        Ok(())
    }

    pub(super) fn note(&self, note: &AttemptNote) -> io::Result<()> {
        std::fs::write(self.path().join(NOTE), serde_json::to_vec_pretty(note)?)
    }

    pub(super) fn noted(&self) -> Option<AttemptNote> {
        let path = self.path().join(NOTE);
        let about = path.symlink_metadata().ok()?;
        let is_ours = about.is_file() && about.len() <= LARGEST_NOTE;
        is_ours.then(|| serde_json::from_slice(&std::fs::read(path).ok()?).ok()).flatten()
    }

    /// Links go, not what they lead to.
    pub(super) fn remove(&self) -> io::Result<()> {
        let removed = remove_beneath(&self.all, &self.attempt);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // What ran there may have closed its own folders.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                open_up(&self.path(), DEPTH);
                remove_beneath(&self.all, &self.attempt)
            }
            done => done,
        }
    }

    fn view(&self, runs: bool) -> Option<LabView> {
        let note = self.noted()?;
        let mut left = COUNTED;
        let bytes = size_of(&self.path(), DEPTH, &mut left);
        Some(LabView {
            attempt: self.attempt.clone(),
            session: note.session,
            bytes,
            made_at: Some(note.made_at),
            runs,
        })
    }
}

/// All attempts, oldest first.
pub(super) fn all(folder: &Path, runs: &dyn Fn(&str) -> bool) -> Vec<LabView> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let folders = names.filter_map(|name| AttemptFolder::of(folder, &name));
    let mut views: Vec<LabView> = folders.filter_map(|folder| folder.view(runs(&folder.attempt))).collect();
    views.sort_by_key(|view| view.made_at);
    views
}

fn size_of(folder: &Path, depth: usize, left: &mut usize) -> u64 {
    let Some(depth) = depth.checked_sub(1) else { return 0 };
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        *left = left.saturating_sub(1);
        let Ok(about) = entry.path().symlink_metadata() else { continue };
        match about.is_dir() {
            _ if *left == 0 => return bytes,
            true => bytes += size_of(&entry.path(), depth, left),
            false => bytes += about.len(),
        }
    }
    bytes
}

/// Nothing of it runs any more, so nothing is swapped for a link meanwhile.
fn open_up(folder: &Path, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|about| about.is_dir());
    if !is_folder(folder) || std::fs::set_permissions(folder, Permissions::from_mode(0o700)).is_err() {
        return;
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        open_up(&entry.path(), depth);
    }
}
