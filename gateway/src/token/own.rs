//! On one machine nobody sets a token: the gateway makes one, in a file that only its own user may read.

use super::Token;
use rand::RngExt;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Nothing of it is anybody else's business, git's included: an older state folder does not ignore it by name.
const IGNORED: &str = "*\n";

/// Bytes of chance in a token.
const BYTES: usize = 32;

/// Shorter ones were not made here.
const SHORTEST: usize = 2 * BYTES;

/// What a state folder holds that only its own gateway and its own user may read.
pub(crate) fn private_folder(state: &Path) -> PathBuf {
    state.join("private")
}

/// Where a gateway keeps the token that it made for itself.
pub(crate) fn own_token_file(state: &Path) -> PathBuf {
    private_folder(state).join("api-token")
}

/// The token that the gateway of this state made for itself; the first one makes it. It stays the same over restarts,
/// so whoever is signed in stays so.
pub(crate) fn read_or_make(state: &Path) -> io::Result<Token> {
    let (folder, path) = (private_folder(state), own_token_file(state));
    make_private(&folder)?;
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().len() >= SHORTEST => {
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            Ok(Token::new(text.trim().to_owned()))
        }
        // A file that is half written holds no token that anybody was given.
        Ok(_) => write(&path),
        Err(error) if error.kind() == ErrorKind::NotFound => write(&path),
        Err(error) => Err(error),
    }
}

/// For its own user only; made where it is missing.
pub(crate) fn make_private(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    fs::write(folder.join(".gitignore"), IGNORED)
}

fn write(path: &Path) -> io::Result<Token> {
    let token = hex::encode(rand::rng().random::<[u8; BYTES]>());
    write_private(path, &format!("{token}\n"))?;
    Ok(Token::new(token))
}

/// Whole or not at all, and never readable by others, not even for a moment.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_makes_a_token_once_that_only_its_user_can_read() {
        // REQ-WHO-01, C3a
        let state = tempfile::tempdir().unwrap();
        let made = read_or_make(state.path()).unwrap();
        assert_eq!(made.expose().len(), 64);
        assert_eq!(read_or_make(state.path()).unwrap().expose(), made.expose(), "it stays over a restart");
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(own_token_file(state.path())), 0o600);
        assert_eq!(mode(private_folder(state.path())), 0o700);
        let other = tempfile::tempdir().unwrap();
        assert_ne!(read_or_make(other.path()).unwrap().expose(), made.expose());
    }

    #[test]
    fn a_token_that_others_could_read_or_that_is_half_written_is_put_right() {
        // REQ-WHO-01, M7
        let state = tempfile::tempdir().unwrap();
        let (made, path) = (read_or_make(state.path()).unwrap(), own_token_file(state.path()));
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        read_or_make(state.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "abc").unwrap();
        assert_ne!(read_or_make(state.path()).unwrap().expose(), made.expose());
    }
}
