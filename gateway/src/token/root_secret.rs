//! The one secret that keys are made of: what a gateway signs its log's checkpoints with, and more to come.
//!
//! It belongs where whoever gets the state folder does not get it. Where nobody gives one, the gateway makes one in that very
//! folder: better than none, and `gateway doctor` says what it does not protect from.

use super::own::{make_private, private_folder};
use gateway_proof::keys::{BYTES, RootSecret};
use rand::RngExt;
use rustix::process::geteuid;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Bits of a file's mode: everyone may read or write; those of its group may.
const OTHERS: u32 = 0o007;
const GROUP: u32 = 0o070;

/// More is not a secret of ours, and nobody has a pipe read without end.
const LONGEST: u64 = 1_024;

/// Where a gateway keeps the secret that it made for itself.
pub(crate) fn own_root_secret_file(state: &Path) -> PathBuf {
    private_folder(state).join("root-secret")
}

/// The secret that was given, or the one that the gateway of this state made for itself; the first one makes it.
pub(crate) fn root_secret(given: Option<&Path>, state: &Path) -> io::Result<RootSecret> {
    if let Some(given) = given {
        return read_root_secret(given);
    }
    let path = own_root_secret_file(state);
    make_private(&private_folder(state))?;
    match read_root_secret(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(&path)?;
            read_root_secret(&path)
        }
        read => read,
    }
}

/// Refuses a file that others can read, and one that holds something else.
pub(crate) fn read_root_secret(path: &Path) -> io::Result<RootSecret> {
    let file = File::open(path)?;
    refuse_if_open(&file)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let mut secret = [0; BYTES];
    hex::decode_to_slice(text.trim(), &mut secret).map_err(|_| {
        io::Error::other("it must hold 64 hexadecimal digits; `openssl rand -hex 32` makes them")
    })?;
    Ok(RootSecret::new(&secret))
}

/// A cluster hands secrets out as files of root's that are readable through the pod's group; a file of our own user must be
/// closed to the group too.
fn refuse_if_open(file: &File) -> io::Result<()> {
    let about = file.metadata()?;
    let mode = about.permissions().mode();
    let is_ours = about.uid() == geteuid().as_raw();
    match mode & OTHERS != 0 || is_ours && mode & GROUP != 0 {
        true => Err(io::Error::other("others can read it; `chmod 600` it")),
        false => Ok(()),
    }
}

/// Whole or not at all. Of two gateways that begin at once one makes it, and both use that one.
fn make(path: &Path) -> io::Result<()> {
    let temporary = path.with_file_name(format!(".tmp-root-secret-{}", std::process::id()));
    let _ = fs::remove_file(&temporary);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    writeln!(file, "{}", hex::encode(rand::rng().random::<[u8; BYTES]>()))?;
    file.sync_all()?;
    let made = match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Some volumes have no links.
        Err(_) => fs::rename(&temporary, path),
        Ok(()) => Ok(()),
    };
    let _ = fs::remove_file(&temporary);
    made?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_proof::keys::Purpose;
    use std::fs::Permissions;

    fn key(secret: &RootSecret) -> [u8; BYTES] {
        secret.key(Purpose::LogHead).unwrap()
    }

    fn given(text: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_gateway_without_one_makes_it_once() {
        // REQ-PROOF-02
        let state = tempfile::tempdir().unwrap();
        let made = key(&root_secret(None, state.path()).unwrap());
        assert_eq!(key(&root_secret(None, state.path()).unwrap()), made, "it stays over a restart");
        let path = own_root_secret_file(state.path());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let files = fs::read_dir(private_folder(state.path())).unwrap().count();
        assert_eq!(files, 2, "the secret and .gitignore, nothing half-written");
        let other = tempfile::tempdir().unwrap();
        assert_ne!(key(&root_secret(None, other.path()).unwrap()), made);
    }

    #[test]
    fn a_gateway_that_begins_beside_another_replaces_nothing() {
        // REQ-PROOF-02
        let state = tempfile::tempdir().unwrap();
        let first = key(&root_secret(None, state.path()).unwrap());
        make(&own_root_secret_file(state.path())).unwrap();
        assert_eq!(key(&root_secret(None, state.path()).unwrap()), first);
    }

    #[test]
    fn a_secret_that_was_given_is_used_and_none_is_made() {
        // REQ-PROOF-02
        let state = tempfile::tempdir().unwrap();
        let (_folder, path) = given(&format!("{}\n", "07".repeat(BYTES)), 0o600);
        let used = key(&root_secret(Some(&path), state.path()).unwrap());
        assert_eq!(used, key(&RootSecret::new(&[7; BYTES])));
        assert!(!private_folder(state.path()).exists());
    }

    #[test]
    fn a_secret_that_others_can_read_or_that_is_none_is_refused_and_not_shown() {
        // REQ-PROOF-02, M7
        let text = "07".repeat(BYTES);
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let (folder, path) = given(&text, mode);
            let refused = root_secret(Some(&path), folder.path()).err().unwrap().to_string();
            assert!(refused.contains("chmod 600"), "{mode:o}: {refused}");
        }
        for bad in ["", "0707", "not hexadecimal at all, and long enough to be a key of 32 bytes here"] {
            let (folder, path) = given(bad, 0o600);
            let refused = root_secret(Some(&path), folder.path()).err().unwrap().to_string();
            assert!(refused.contains("openssl rand -hex 32"), "{refused}");
            assert!(bad.is_empty() || !refused.contains(bad));
        }
    }
}
