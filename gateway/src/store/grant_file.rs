//! The list of grants on disk: one file, replaced as a whole, with a checksum and a signature of what is in it.
//!
//! It is not in git: an older list would bring back what was revoked.

use crate::sessions::ports::{GrantShelf, NotKept};
use crate::store::disk::{Disk, Durability, ensure_dir, read_plain, replace};
use crate::store::layout::Layout;
use crate::store::lock::Lock;
use crate::store::locking::locked;
use crate::store::notice::Notice;
use crate::store::state_keys::{Signed, StateKeys, Trust};
use futures_util::future::BoxFuture;
use gateway_domain::KeptGrant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

pub(super) const FILE: &str = "grants.json";

const SCHEMA: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Sheet<'a> {
    schema: u32,
    /// The checksum of the list's text.
    seal: String,
    /// That this gateway wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
    #[serde(borrow)]
    grants: &'a RawValue,
}

#[derive(Clone)]
pub struct GrantFile {
    path: PathBuf,
    damaged: PathBuf,
    disk: Arc<dyn Disk>,
    lock: Weak<Lock>,
    trust: Trust,
    /// The number of the newest list that is on disk. Whoever writes holds it.
    written: Arc<Mutex<u64>>,
}

impl GrantFile {
    pub(super) fn new(layout: &Layout, disk: Arc<dyn Disk>, lock: Weak<Lock>, trust: Trust) -> Self {
        let (path, damaged) = (layout.ledger().join(FILE), layout.damaged());
        Self { path, damaged, disk, lock, trust, written: Arc::default() }
    }

    /// What is wrong with the list, as a sentence; nothing is moved.
    pub(super) fn fault(layout: &Layout, trust: &Trust) -> Option<String> {
        let path = layout.ledger().join(FILE);
        let bytes = read_plain(&path).ok()??;
        let reason = parse(&bytes, trust).err()?;
        Some(format!(
            "{}: the list of grants counts for nothing at the next start: {reason}.",
            path.display()
        ))
    }

    /// Signs a list that is taken over. One that cannot be read is left for [`GrantFile::read`] to tell.
    pub(super) fn adopt(&self) -> io::Result<()> {
        match read_plain(&self.path) {
            Ok(Some(bytes)) => match parse(&bytes, &self.trust) {
                Ok(all) => {
                    replace(&*self.disk, &self.path, &text(&all, self.trust.keys())?, Durability::Synced)
                }
                Err(_) => Ok(()),
            },
            Ok(None) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// What is on disk. Of a list that can't be read nothing counts: it is moved away, and the notice says so.
    pub(super) fn read(&self, now: Timestamp) -> Result<Vec<KeptGrant>, Box<Notice>> {
        let reason = match read_plain(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
            Err(error) => error.to_string(),
            Ok(None) => "it is not a regular file".to_owned(),
            Ok(Some(bytes)) => match parse(&bytes, &self.trust) {
                Ok(all) => return Ok(all),
                Err(reason) => reason,
            },
        };
        Err(Box::new(self.set_aside(reason, now)))
    }

    fn set_aside(&self, reason: String, now: Timestamp) -> Notice {
        let copy = self.damaged.join(format!("grants-{}.json", now.as_second()));
        let moved = ensure_dir(&self.damaged).and_then(|()| self.disk.rename(&self.path, &copy));
        if let Err(error) = moved {
            tracing::warn!(file = %self.path.display(), %error, "damaged list of grants not moved away");
        }
        Notice::GrantsDamaged { path: self.path.clone(), copy, reason }
    }

    /// A newer list has all that an older one had.
    fn replace(&self, number: u64, all: &[KeptGrant]) -> io::Result<()> {
        let mut written = locked(&self.written);
        if *written >= number && *written > 0 {
            return Ok(());
        }
        if let Some(lock) = self.lock.upgrade() {
            lock.check().map_err(io::Error::other)?;
        }
        replace(&*self.disk, &self.path, &text(all, self.trust.keys())?, Durability::Synced)?;
        *written = number;
        Ok(())
    }
}

impl GrantShelf for GrantFile {
    fn write(&self, number: u64, all: Vec<KeptGrant>) -> BoxFuture<'_, Result<(), NotKept>> {
        let file = self.clone();
        Box::pin(async move {
            let written = tokio::task::spawn_blocking(move || file.replace(number, &all)).await;
            let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
            written.map_err(|error| NotKept(format!("{}: {error}", self.path.display())))
        })
    }
}

/// A line for each, for people who look into it.
fn text(all: &[KeptGrant], keys: Option<&StateKeys>) -> io::Result<Vec<u8>> {
    let lines: Vec<String> = all.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
    let list = RawValue::from_string(format!("[\n{}\n]", lines.join(",\n")))?;
    let seal = seal(list.get());
    let mac = keys.map(|keys| keys.sign(Signed::Grants, &[list.get().as_bytes()]));
    let mut text = serde_json::to_vec(&Sheet { schema: SCHEMA, seal, mac, grants: &list })?;
    text.push(b'\n');
    Ok(text)
}

fn seal(list: &str) -> String {
    format!("{:08x}", crc32fast::hash(list.as_bytes()))
}

fn parse(bytes: &[u8], trust: &Trust) -> Result<Vec<KeptGrant>, String> {
    let sheet: Sheet<'_> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if sheet.schema != SCHEMA {
        return Err(format!("it has version {} and this gateway reads {SCHEMA}", sheet.schema));
    }
    if sheet.seal != seal(sheet.grants.get()) {
        return Err("its checksum does not fit".to_owned());
    }
    let list = [sheet.grants.get().as_bytes()];
    let is_signed =
        |keys: &StateKeys| sheet.mac.as_ref().is_some_and(|mac| keys.is_signed(Signed::Grants, &list, mac));
    if !trust.believes(trust.proof(is_signed)) {
        return Err("it is not signed with this gateway's key, so someone else wrote it".to_owned());
    }
    serde_json::from_str(sheet.grants.get()).map_err(|error| error.to_string())
}

/// The list after a change of its grants. None where nothing is changed; a list that can't be read has no grants to change.
pub(super) fn changed(
    bytes: &[u8],
    trust: &Trust,
    change: &dyn Fn(&mut serde_json::Value) -> bool,
) -> Option<Vec<u8>> {
    let mut all = serde_json::to_value(parse(bytes, trust).ok()?).ok()?;
    if !change(&mut all) {
        return None;
    }
    let all: Vec<KeptGrant> = serde_json::from_value(all).ok()?;
    text(&all, trust.keys()).ok()
}

impl std::fmt::Debug for GrantFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("GrantFile").field(&self.path).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::store::disk::RealDisk;
    use gateway_domain::{Grant, GrantFor, Person};
    use gateway_proof::keys::RootSecret;
    use std::path::Path;

    fn kept(id: &str) -> KeptGrant {
        let by = Person { id: "web:anna".into(), name: "anna".into() };
        let grant = Grant {
            id: id.into(),
            tool: "bash".into(),
            pattern: "npm test *".into(),
            exact: None,
            lasts: GrantFor::Session,
            session: "ses_12345678".into(),
            number: 1,
            title: "Fix login".into(),
            under: None,
            project: None,
            by,
            at: Timestamp::UNIX_EPOCH,
            ends: None,
            by_rules: None,
            rules: "r".into(),
            ask: "per_1".into(),
        };
        KeptGrant { grant: Arc::new(grant), uses: 2, last_used: None, ended: None }
    }

    fn file(folder: &Path) -> GrantFile {
        let layout = Layout::new(folder);
        ensure_dir(&layout.ledger()).unwrap();
        GrantFile::new(&layout, Arc::new(RealDisk), Weak::new(), Trust::default())
    }

    #[test]
    fn what_is_written_is_read_and_an_older_list_never_replaces_a_newer_one() {
        // REQ-GATE-08, REQ-STATE-02
        let folder = tempfile::tempdir().unwrap();
        let grants = file(folder.path());
        assert_eq!(grants.read(Timestamp::UNIX_EPOCH).unwrap(), []);
        let both = [kept("grt_1"), kept("grt_2")];
        grants.replace(2, &both).unwrap();
        grants.replace(1, &both[..1]).unwrap();
        assert_eq!(grants.read(Timestamp::UNIX_EPOCH).unwrap(), both);
    }

    #[test]
    fn a_list_that_somebody_else_wrote_counts_for_nothing_and_one_that_is_taken_over_is_signed() {
        // REQ-PROOF-03, H6
        let keys = StateKeys::of(&RootSecret::new(&[1; 32]));
        let folder = tempfile::tempdir().unwrap();
        let grants = |adopts| GrantFile { trust: Trust::new(keys.clone(), adopts), ..file(folder.path()) };
        let forged = text(&[kept("grt_1")], None).unwrap();
        std::fs::write(&grants(false).path, &forged).unwrap();
        let notice = grants(false).read(Timestamp::UNIX_EPOCH).unwrap_err().to_string();
        assert!(notice.contains("not signed with this gateway's key"), "{notice}");
        assert_eq!(grants(false).read(Timestamp::UNIX_EPOCH).unwrap(), []);
        std::fs::write(&grants(true).path, &forged).unwrap();
        grants(true).adopt().unwrap();
        assert_eq!(grants(false).read(Timestamp::UNIX_EPOCH).unwrap(), [kept("grt_1")]);
        grants(false).replace(1, &[kept("grt_2")]).unwrap();
        assert_eq!(grants(false).read(Timestamp::UNIX_EPOCH).unwrap(), [kept("grt_2")]);
    }

    #[test]
    fn a_damaged_list_counts_for_nothing_and_is_set_aside() {
        // REQ-GATE-08, REQ-STATE-04
        let whole = text(&[kept("grt_1")], None).unwrap();
        let widened = String::from_utf8(whole.clone()).unwrap().replace("npm test *", "npm *");
        let newer = String::from_utf8(whole.clone()).unwrap().replace("\"schema\":1", "\"schema\":2");
        for bad in [&whole[..whole.len() / 2], widened.as_bytes(), newer.as_bytes(), b"", b"[]", b"\xff\x00"]
        {
            let folder = tempfile::tempdir().unwrap();
            let grants = file(folder.path());
            std::fs::write(&grants.path, bad).unwrap();
            let notice = grants.read(Timestamp::UNIX_EPOCH).unwrap_err();
            assert!(notice.to_string().contains("no grant is in force"), "{notice}");
            assert_eq!(std::fs::read(folder.path().join("damaged/grants-0.json")).unwrap(), bad);
            assert_eq!(grants.read(Timestamp::UNIX_EPOCH).unwrap(), [], "and the next start has none");
            grants.replace(1, &[kept("grt_2")]).unwrap();
            assert_eq!(grants.read(Timestamp::UNIX_EPOCH).unwrap(), [kept("grt_2")]);
        }
        let folder = tempfile::tempdir().unwrap();
        let grants = file(folder.path());
        std::fs::create_dir(&grants.path).unwrap();
        assert!(grants.read(Timestamp::UNIX_EPOCH).is_err());
        assert_eq!(grants.read(Timestamp::UNIX_EPOCH).unwrap(), []);
    }
}
