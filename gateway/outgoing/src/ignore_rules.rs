//! What git ignores, by the rules that lie in the working tree, as `git add` reads them. An agent may have written them: what
//! it hides stays behind, and what it shows is measured, so they open nothing.

use git2::Repository;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub(crate) const RULES: &str = ".gitignore";

/// Longer rules than this are none.
pub(crate) const MAX_RULES: u64 = 256 * 1024;

/// A pattern with more stars takes ages to be held against a path.
const MAX_STARS: usize = 8;

/// A folder of the gateway's own with nothing in it but the rules, each at its place.
pub(crate) struct IgnoreRules {
    repository: Repository,
    place: PathBuf,
}

impl IgnoreRules {
    pub(crate) fn new(scratch: &Path, excludes: &[u8]) -> Result<Self, git2::Error> {
        let place = scratch.join("rules");
        let mut options = git2::RepositoryInitOptions::new();
        options.external_template(false);
        let repository = Repository::init_opts(&place, &options)?;
        // Those of whoever runs the gateway don't count.
        repository.config()?.set_str("core.excludesfile", "/dev/null")?;
        let rules = Self { repository, place };
        rules.lay(b".git/info/exclude", excludes)?;
        Ok(rules)
    }

    pub(crate) fn lay(&self, path: &[u8], text: &[u8]) -> Result<(), git2::Error> {
        let told = |error: std::io::Error| git2::Error::from_str(&error.to_string());
        let path = self.place.join(OsStr::from_bytes(path));
        let lines = text.split_inclusive(|byte| *byte == b'\n');
        let sane = lines.filter(|line| line.iter().filter(|byte| **byte == b'*').count() <= MAX_STARS);
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(told)?;
        std::fs::write(path, sane.collect::<Vec<_>>().concat()).map_err(told)
    }

    pub(crate) fn ignores(&self, path: &[u8], is_folder: bool) -> bool {
        let mut path = path.to_vec();
        if is_folder {
            path.push(b'/');
        }
        self.repository.is_path_ignored(Path::new(OsStr::from_bytes(&path))).unwrap_or(false)
    }
}
