//! Whether the gateway of a state is about to make its root secret, or was killed before it had signed what it found.
//!
//! Who can write this mark can also read the secret beside it: it opens nothing that was closed. With a secret that was given
//! there is never a mark, and a person says what is signed (`gateway state reseal`).

use super::own::{make_private, private_folder};
use super::root_secret::own_root_secret_file;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

const MARK: &str = "signing-for-the-first-time";

/// What is not signed is to be taken over; over once that is done.
#[derive(Debug)]
pub(crate) struct FirstUse(PathBuf);

impl FirstUse {
    /// To be asked before the secret is made: the mark is on the disk first.
    pub(crate) fn begin(given: Option<&Path>, state: &Path) -> io::Result<Option<Self>> {
        if given.is_some() {
            return Ok(None);
        }
        let (folder, mark) = (private_folder(state), private_folder(state).join(MARK));
        if !own_root_secret_file(state).try_exists()? {
            make_private(&folder)?;
            File::create(&mark)?.sync_all()?;
            File::open(&folder)?.sync_all()?;
        }
        Ok(mark.try_exists()?.then_some(Self(mark)))
    }

    pub(crate) fn end(self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            // Another gateway on the same folder was done with it.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::root_secret;
    use super::*;

    #[test]
    fn it_is_the_first_use_until_everything_is_signed_and_never_with_a_secret_that_was_given() {
        // REQ-PROOF-03
        let state = tempfile::tempdir().unwrap();
        assert!(FirstUse::begin(Some(Path::new("elsewhere")), state.path()).unwrap().is_none());
        assert!(FirstUse::begin(None, state.path()).unwrap().is_some());
        root_secret(None, state.path()).unwrap();
        // Killed here, it is still the first use at the next start.
        let again = FirstUse::begin(None, state.path()).unwrap().unwrap();
        again.end().unwrap();
        assert!(FirstUse::begin(None, state.path()).unwrap().is_none());
    }
}
