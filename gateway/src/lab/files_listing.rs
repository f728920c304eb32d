//! Which files a lab has: names and sizes, before anything is read.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What a lab takes.
pub(super) const MOST_BYTES: u64 = 50 * 1024 * 1024;
pub(super) const MOST_FILES: usize = 5_000;

/// Folders in folders.
pub(super) const DEPTH: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedFile {
    /// From the copy on.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) runs: bool,
}

/// All files of a copy, in the order of their paths. Nothing but plain files and folders is in one.
pub(super) fn listed(folder: &Path) -> io::Result<Vec<ListedFile>> {
    let mut files = vec![];
    collect(folder, &PathBuf::new(), DEPTH, &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn collect(root: &Path, below: &Path, depth: usize, files: &mut Vec<ListedFile>) -> io::Result<()> {
    let depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("too many folders in folders"))?;
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
        if kind.is_dir() {
            collect(root, &path, depth, files)?;
        } else if kind.is_file() {
            let name = path.to_str().ok_or_else(|| {
                io::Error::other(format!("the name of {} is not text in UTF-8", path.display()))
            })?;
            let about = entry.metadata()?;
            let runs = about.permissions().mode() & 0o100 != 0;
            files.push(ListedFile { path: name.to_owned(), bytes: about.len(), runs });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ListedFile, listed};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_copy_is_listed_whole_with_what_can_run() {
        // REQ-LAB-02
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("bin/deep")).unwrap();
        std::fs::write(folder.path().join("server.js"), "listen()").unwrap();
        std::fs::write(folder.path().join("bin/deep/run"), [0xff, 0]).unwrap();
        let run = folder.path().join("bin/deep/run");
        std::fs::set_permissions(&run, std::fs::Permissions::from_mode(0o755)).unwrap();
        // None is in a copy; if one were, it would not be followed.
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("link")).unwrap();
        let file = |path: &str, bytes: u64, runs: bool| ListedFile { path: path.to_owned(), bytes, runs };
        let expected = [file("bin/deep/run", 2, true), file("server.js", 8, false)];
        assert_eq!(listed(folder.path()).unwrap(), expected);
    }
}
