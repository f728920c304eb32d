//! `linguist-generated` in the base branch's `.gitattributes`: what the repository's people call generated. What the change
//! itself says of it doesn't count.

use crate::ignore_rules::MAX_RULES;
use git2::{AttrCheckFlags, AttrValue, Repository, RepositoryInitOptions, Tree};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const RULES: &str = ".gitattributes";

/// A folder of the gateway's own with nothing in it but the base branch's rules, each at its place.
pub(crate) struct Attributes {
    repository: Repository,
    place: PathBuf,
    laid: BTreeSet<PathBuf>,
}

impl Attributes {
    pub(crate) fn new(scratch: &Path) -> Result<Self, git2::Error> {
        let place = scratch.join("attributes");
        let mut options = RepositoryInitOptions::new();
        options.external_template(false);
        let repository = Repository::init_opts(&place, &options)?;
        repository.config()?.set_str("core.attributesfile", "/dev/null")?;
        Ok(Self { repository, place, laid: BTreeSet::new() })
    }

    pub(crate) fn says_generated(&mut self, objects: &Repository, base: &Tree<'_>, path: &[u8]) -> bool {
        let path = Path::new(OsStr::from_bytes(path));
        for folder in path.ancestors().skip(1) {
            if self.laid.insert(folder.to_owned()) {
                // Rules that cannot be read say nothing.
                let _ = self.lay(objects, base, &folder.join(RULES));
            }
        }
        let value =
            self.repository.get_attr_bytes(path, "linguist-generated", AttrCheckFlags::FILE_THEN_INDEX);
        match value.map(AttrValue::from_bytes) {
            Ok(AttrValue::True) => true,
            Ok(AttrValue::String(text)) => text == "true",
            _ => false,
        }
    }

    fn lay(&self, objects: &Repository, base: &Tree<'_>, path: &Path) -> Result<(), git2::Error> {
        let told = |error: std::io::Error| git2::Error::from_str(&error.to_string());
        let Ok(entry) = base.get_path(path) else { return Ok(()) };
        let blob = objects.find_blob(entry.id())?;
        if blob.size() as u64 > MAX_RULES {
            return Ok(());
        }
        let path = self.place.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(&path)).map_err(told)?;
        std::fs::write(path, blob.content()).map_err(told)
    }
}
