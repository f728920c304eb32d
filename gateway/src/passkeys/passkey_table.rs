//! All passkeys, in memory and on disk.

use super::passkey::Passkey;
use super::{PasskeyRefusal, passkey_file};
use gateway_proof::keys::BYTES;
use jiff::Timestamp;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Passkeys of one person.
const OF_ONE: usize = 20;

pub(super) struct PasskeyTable {
    path: PathBuf,
    key: [u8; BYTES],
    all: RwLock<Vec<Passkey>>,
    /// Whoever writes the file holds it, so that an older state never replaces a newer one.
    writing: Mutex<()>,
}

impl PasskeyTable {
    pub(super) fn read(path: PathBuf, key: [u8; BYTES]) -> Self {
        let all = RwLock::new(passkey_file::read(&path, &key));
        Self { path, key, all, writing: Mutex::default() }
    }

    /// Oldest first.
    pub(super) fn of(&self, person: &str) -> Vec<Passkey> {
        self.all().iter().filter(|passkey| passkey.person == person).cloned().collect()
    }

    pub(super) fn credentials(&self, person: &str) -> Vec<String> {
        self.of(person).into_iter().map(|passkey| passkey.credential).collect()
    }

    /// The passkey that the authenticator calls so, if it is this person's.
    pub(super) fn find(&self, person: &str, credential: &str) -> Option<Passkey> {
        self.of(person).into_iter().find(|passkey| passkey.credential == credential)
    }

    /// Adds one. `first`: only if the person has none, which is looked at in the same moment.
    pub(super) fn add(&self, passkey: Passkey, first: bool) -> Result<(), PasskeyRefusal> {
        let mut all = self.all_mut();
        let theirs = all.iter().filter(|known| known.person == passkey.person).count();
        if all.iter().any(|known| known.credential == passkey.credential) {
            return Err(PasskeyRefusal::Known);
        }
        if theirs >= OF_ONE {
            return Err(PasskeyRefusal::TooMany(OF_ONE));
        }
        if first && theirs > 0 {
            return Err(PasskeyRefusal::NotConfirmed);
        }
        all.push(passkey);
        Ok(())
    }

    pub(super) fn remove(&self, credential: &str) {
        self.all_mut().retain(|passkey| passkey.credential != credential);
    }

    /// It was used. Tells whether the counter was still below that: of two touches at once only one comes first.
    pub(super) fn used(&self, credential: &str, counter: u32, now: Timestamp) -> bool {
        let mut all = self.all_mut();
        let Some(passkey) = all.iter_mut().find(|passkey| passkey.credential == credential) else {
            return false;
        };
        let follows = counter > passkey.counter || counter == 0 && passkey.counter == 0;
        if follows {
            (passkey.counter, passkey.last_used) = (counter, Some(now));
        }
        follows
    }

    /// Brings all of them to the disk; that is done when this returns.
    pub(super) async fn saved(self: &Arc<Self>) -> io::Result<()> {
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || this.save())
            .await
            .unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    fn save(&self) -> io::Result<()> {
        let _turn = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.all().clone();
        passkey_file::write(&self.path, &self.key, all)
    }

    fn all(&self) -> RwLockReadGuard<'_, Vec<Passkey>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn all_mut(&self) -> RwLockWriteGuard<'_, Vec<Passkey>> {
        self.all.write().unwrap_or_else(PoisonError::into_inner)
    }
}
