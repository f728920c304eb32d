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

#[cfg(test)]
mod tests {
    use super::*;

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
