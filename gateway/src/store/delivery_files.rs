//! Deliveries on disk: a file for each with a signature of what is in it, replaced as a whole, and a folder with its evidence, where
//! each file has the digest of its content as its name.

use crate::sessions::ports::{DeliveryShelf, NamedTexts, NotKept};
use crate::store::disk::{Disk, Durability, ensure_dir, read_plain, replace};
use crate::store::layout::Layout;
use crate::store::lock::Lock;
use crate::store::state_keys::{Signed, StateKeys, Trust};
use futures_util::future::BoxFuture;
use gateway_domain::SafeName;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

const SUFFIX: &str = ".delivery.json";

#[derive(Serialize, Deserialize)]
struct Sheet<'a> {
    /// The checksum of the record's text.
    seal: String,
    /// That this gateway wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
    #[serde(borrow)]
    delivery: &'a RawValue,
}

#[derive(Clone)]
pub struct DeliveryFiles {
    folder: PathBuf,
    damaged: PathBuf,
    disk: Arc<dyn Disk>,
    lock: Weak<Lock>,
    trust: Trust,
}

impl DeliveryFiles {
    pub(super) fn new(layout: &Layout, disk: Arc<dyn Disk>, lock: Weak<Lock>, trust: Trust) -> Self {
        Self { folder: layout.deliveries(), damaged: layout.damaged(), disk, lock, trust }
    }

    fn read_all(&self) -> (NamedTexts, NamedTexts) {
        let (mut all, mut faults) = (vec![], vec![]);
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(name) = name.strip_suffix(SUFFIX) else { continue };
            match self.believed(&entry.path()) {
                Ok(text) => all.push((name.to_owned(), text)),
                Err(why) => faults.push((name.to_owned(), self.set_aside(&entry.path(), name, &why))),
            }
        }
        all.sort();
        (all, faults)
    }

    fn believed(&self, path: &Path) -> Result<String, String> {
        let bytes = read_plain(path).map_err(|error| error.to_string())?;
        let bytes = bytes.ok_or("it is not a regular file")?;
        let sheet: Sheet<'_> = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
        let text = sheet.delivery.get();
        if sheet.seal != seal(text) {
            return Err("its checksum does not fit".to_owned());
        }
        let is_signed = |keys: &StateKeys| {
            sheet.mac.as_ref().is_some_and(|mac| keys.is_signed(Signed::Delivery, &[text.as_bytes()], mac))
        };
        match self.trust.believes(self.trust.proof(is_signed)) {
            true => Ok(text.to_owned()),
            false => Err("it is not signed with this gateway's key, so someone else wrote it".to_owned()),
        }
    }

    /// Signs those that are taken over: the key is another one from now on.
    pub(super) fn adopt(&self) -> io::Result<()> {
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(name) = name.strip_suffix(SUFFIX).and_then(|name| SafeName::parse(name).ok()) else {
                continue;
            };
            if let Ok(text) = self.believed(&entry.path()) {
                self.write(&name, &text)?;
            }
        }
        Ok(())
    }

    fn set_aside(&self, path: &Path, name: &str, why: &str) -> String {
        let copy = self.damaged.join(format!("{name}{SUFFIX}"));
        let moved = ensure_dir(&self.damaged).and_then(|()| self.disk.rename(path, &copy));
        let then = match moved {
            Ok(()) => format!("it was moved to {}", copy.display()),
            Err(error) => format!("it couldn't be moved away ({error})"),
        };
        format!("The delivery {name} can't be read: {why}; {then}.")
    }

    fn write(&self, name: &SafeName, text: &str) -> io::Result<()> {
        self.may_write()?;
        let delivery = RawValue::from_string(text.to_owned())?;
        let mac = self.trust.keys().map(|keys| keys.sign(Signed::Delivery, &[text.as_bytes()]));
        let sheet = serde_json::to_vec(&Sheet { seal: seal(text), mac, delivery: &delivery })?;
        ensure_dir(&self.folder)?;
        replace(&*self.disk, &self.folder.join(format!("{name}{SUFFIX}")), &sheet, Durability::Synced)
    }

    fn write_evidence(&self, name: &SafeName, digest: &str, bytes: &[u8]) -> io::Result<()> {
        self.may_write()?;
        if digest_of(bytes) != digest {
            return Err(io::Error::other("its digest is another one"));
        }
        let path = self.evidence_file(name, digest).ok_or_else(|| io::Error::other("not a digest"))?;
        if path.is_file() {
            return Ok(());
        }
        ensure_dir(&self.folder.join(name.as_str()))?;
        replace(&*self.disk, &path, bytes, Durability::Synced)
    }

    fn read_evidence(&self, name: &SafeName, digest: &str) -> Option<Vec<u8>> {
        let bytes = read_plain(&self.evidence_file(name, digest)?).ok()??;
        (digest_of(&bytes) == digest).then_some(bytes)
    }

    fn evidence_file(&self, name: &SafeName, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        let is_hex = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| self.folder.join(name.as_str()).join(hex))
    }

    /// Another gateway may have taken over.
    fn may_write(&self) -> io::Result<()> {
        match self.lock.upgrade() {
            Some(lock) => lock.check().map_err(io::Error::other),
            None => Ok(()),
        }
    }
}

impl DeliveryShelf for DeliveryFiles {
    fn all(&self) -> (NamedTexts, NamedTexts) {
        self.read_all()
    }

    fn read<'a>(&'a self, name: &'a SafeName) -> BoxFuture<'a, Option<String>> {
        let (files, path) = (self.clone(), self.folder.join(format!("{name}{SUFFIX}")));
        Box::pin(async move { tokio::task::spawn_blocking(move || files.believed(&path).ok()).await.ok()? })
    }

    fn keep<'a>(&'a self, name: &'a SafeName, text: String) -> BoxFuture<'a, Result<(), NotKept>> {
        let (files, owned) = (self.clone(), name.clone());
        Box::pin(blocking(move || files.write(&owned, &text)))
    }

    fn keep_evidence<'a>(
        &'a self,
        name: &'a SafeName,
        digest: &'a str,
        bytes: Vec<u8>,
    ) -> BoxFuture<'a, Result<(), NotKept>> {
        let (files, owned, digest) = (self.clone(), name.clone(), digest.to_owned());
        Box::pin(blocking(move || files.write_evidence(&owned, &digest, &bytes)))
    }

    fn evidence<'a>(&'a self, name: &'a SafeName, digest: &'a str) -> BoxFuture<'a, Option<Vec<u8>>> {
        let (files, owned, digest) = (self.clone(), name.clone(), digest.to_owned());
        Box::pin(async move {
            tokio::task::spawn_blocking(move || files.read_evidence(&owned, &digest)).await.ok()?
        })
    }
}

async fn blocking(write: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<(), NotKept> {
    let written = tokio::task::spawn_blocking(write).await;
    let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
    written.map_err(|error| NotKept(format!("a delivery isn't on disk: {error}")))
}

fn seal(text: &str) -> String {
    format!("{:08x}", crc32fast::hash(text.as_bytes()))
}

fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::store::disk::RealDisk;
    use gateway_proof::keys::RootSecret;

    fn files(folder: &Path, key: u8) -> DeliveryFiles {
        let keys = StateKeys::of(&RootSecret::new(&[key; 32]));
        DeliveryFiles::new(&Layout::new(folder), Arc::new(RealDisk), Weak::new(), Trust::new(keys, false))
    }

    fn name() -> SafeName {
        SafeName::parse("HB-20261128-k3f9").unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_is_read_and_what_another_wrote_is_moved_away() {
        // REQ-DELIVER-01, REQ-PROOF-03
        let folder = tempfile::tempdir().unwrap();
        let own = files(folder.path(), 1);
        own.keep(&name(), r#"{"stage":"pushing"}"#.to_owned()).await.unwrap();
        own.keep(&name(), r#"{"stage":"opening"}"#.to_owned()).await.unwrap();
        let (all, faults) = own.all();
        assert_eq!(all, [(name().to_string(), r#"{"stage":"opening"}"#.to_owned())]);
        assert_eq!(faults, []);
        let (all, faults) = files(folder.path(), 2).all();
        assert_eq!(all, []);
        assert!(faults[0].1.contains("not signed with this gateway's key"), "{faults:?}");
        assert_eq!(own.all().0, [], "it was moved away");
    }

    #[tokio::test]
    async fn a_record_that_was_changed_by_hand_counts_for_nothing() {
        // REQ-DELIVER-03
        let folder = tempfile::tempdir().unwrap();
        let own = files(folder.path(), 1);
        own.keep(&name(), r#"{"stage":"asked"}"#.to_owned()).await.unwrap();
        let path = own.folder.join(format!("{}{SUFFIX}", name()));
        let text = std::fs::read_to_string(&path).unwrap().replace("asked", "pushing");
        std::fs::write(&path, text).unwrap();
        let (all, faults) = own.all();
        assert_eq!((all.len(), faults.len()), (0, 1));
    }

    #[tokio::test]
    async fn evidence_is_what_its_digest_says_or_nothing() {
        // REQ-DELIVER-14
        let folder = tempfile::tempdir().unwrap();
        let own = files(folder.path(), 1);
        let digest = digest_of(b"patch");
        assert!(own.keep_evidence(&name(), &digest, b"other".to_vec()).await.is_err());
        own.keep_evidence(&name(), &digest, b"patch".to_vec()).await.unwrap();
        assert_eq!(own.evidence(&name(), &digest).await.unwrap(), b"patch");
        std::fs::write(own.evidence_file(&name(), &digest).unwrap(), b"changed").unwrap();
        assert_eq!(own.evidence(&name(), &digest).await, None);
        assert_eq!(own.evidence(&name(), "sha256:../../../etc/passwd").await, None);
    }
}
