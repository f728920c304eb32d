//! What this process keeps to its own user, from its first moment on.

use rustix::fs::Mode;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Before anything is written: new files are for this user only; no memory of it, in which secrets are, ends in a core
/// dump or is read by another process of the same user.
pub fn begin() -> io::Result<()> {
    umask(Mode::RWXG | Mode::RWXO);
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// A state folder that others can look into, as older versions made it, is closed to them. True: it was open.
pub fn close(state: &Path) -> io::Result<bool> {
    let mode = match fs::metadata(state) {
        Ok(folder) => folder.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    if mode & 0o077 == 0 {
        return Ok(false);
    }
    fs::set_permissions(state, Permissions::from_mode(0o700)).map(|()| true)
}

/// What the gateway itself keeps in the state folder. Workspaces may lie there too, and are others' to use.
const KEPT: [&str; 10] = [
    "archive",
    "audit",
    "damaged",
    "dead-letters",
    "files",
    "journal",
    "ledger",
    "private",
    "schema",
    "sessions",
];

/// Closes to others what lies inside, down to the last file: the folder may have been open, or was copied from where it was.
/// How many files and folders were open.
pub fn close_inside(state: &Path) -> io::Result<usize> {
    let mut closed = 0;
    for name in KEPT.iter().chain(&[".git", "lock", "README.md", ".gitignore"]) {
        closed += close_all(&state.join(name))?;
    }
    Ok(closed)
}

/// Links are not followed: what they lead to is not ours.
fn close_all(path: &Path) -> io::Result<usize> {
    let about = match fs::symlink_metadata(path) {
        Ok(about) => about,
        // The gateway that works on it removes what it does not need.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(error),
    };
    let mode = about.permissions().mode();
    let is_open = mode & 0o077 != 0 && !about.is_symlink();
    if is_open {
        fs::set_permissions(path, Permissions::from_mode(mode & 0o700))?;
    }
    let mut closed = usize::from(is_open);
    if about.is_dir() {
        for entry in fs::read_dir(path)? {
            closed += close_all(&entry?.path())?;
        }
    }
    Ok(closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_inside_is_closed_and_nothing_beyond_a_link() {
        // REQ-PROOF-03
        let (state, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let inside = |name: &str| state.path().join(name);
        let beyond = elsewhere.path().join("file");
        fs::create_dir_all(inside("sessions/3f")).unwrap();
        fs::create_dir_all(inside("workspaces/shop")).unwrap();
        let files = ["sessions/3f/ses_1.yaml", "workspaces/shop/main.rs", "lock"].map(inside);
        for file in files.iter().chain([&beyond]) {
            fs::write(file, "x").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        }
        std::os::unix::fs::symlink(&beyond, inside("sessions/link")).unwrap();
        fs::set_permissions(inside("sessions"), Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(inside("sessions/3f"), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(close_inside(state.path()).unwrap(), 3);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&inside("sessions")), mode(&files[0]), mode(&files[2])), (0o700, 0o600, 0o600));
        assert_eq!((mode(&files[1]), mode(&beyond)), (0o644, 0o644));
        assert_eq!(close_inside(state.path()).unwrap(), 0);
    }

    #[test]
    fn a_state_folder_that_is_open_is_closed() {
        // M7
        let state = tempfile::tempdir().unwrap();
        fs::set_permissions(state.path(), Permissions::from_mode(0o755)).unwrap();
        assert!(close(state.path()).unwrap());
        assert_eq!(fs::metadata(state.path()).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!close(state.path()).unwrap());
        assert!(!close(&state.path().join("not-there")).unwrap());
    }
}
