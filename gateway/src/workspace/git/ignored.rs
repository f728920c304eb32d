//! What git ignores, by the rules of a commit that the gateway knows: those that an agent wrote meanwhile do not count,
//! or it could have its files overlooked.

use super::commit_files::Files;
use crate::workspace::private::Scratch;
use git2::Repository;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const RULES: &[u8] = b".gitignore";

/// Longer rules than this are none.
const MAX_RULES: usize = 1024 * 1024;

/// A folder of the gateway's own with nothing in it but the rules, each at its place.
pub(super) struct Ignored(Repository);

impl Ignored {
    pub(super) fn by(scratch: &Scratch, objects: &Repository, files: &Files) -> Result<Self, git2::Error> {
        let place = scratch.path().join("rules");
        let rules = Repository::init(&place)?;
        // Nor do those of whoever runs the gateway.
        rules.config()?.set_str("core.excludesfile", "/dev/null")?;
        for (path, file) in files.iter().filter(|(path, _)| is_rules(path)) {
            if let Ok(blob) = objects.find_blob(file.id)
                && blob.size() <= MAX_RULES
            {
                lay(&place.join(OsStr::from_bytes(path)), blob.content())?;
            }
        }
        Ok(Self(rules))
    }

    /// `folder` says that the path is one.
    pub(super) fn has(&self, path: &[u8], folder: bool) -> bool {
        let mut path = path.to_vec();
        if folder {
            path.push(b'/');
        }
        self.0.is_path_ignored(Path::new(OsStr::from_bytes(&path))).unwrap_or(false)
    }
}

fn is_rules(path: &[u8]) -> bool {
    path.rsplit(|byte| *byte == b'/').next() == Some(RULES)
}

fn lay(path: &Path, text: &[u8]) -> Result<(), git2::Error> {
    let told = |error: std::io::Error| git2::Error::from_str(&format!("{}: {error}", path.display()));
    std::fs::create_dir_all(path.parent().unwrap_or(path)).map_err(told)?;
    std::fs::write(path, text).map_err(told)
}
