//! Where `gateway login` keeps who this user is at which gateway: a file that only they can read.

use crate::token::{make_private, write_private};
use anyhow::{Context, bail};
use jiff::Timestamp;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Agents' shells know it by its name and keep away from it.
const FILE: &str = "gateway-sign-ins.json";
const FOLDER: &str = "opencode-gateway";
const VERSION: u32 = 1;

/// `Debug` is left out on purpose: there is a secret in it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredSignIn {
    pub(super) token: String,
    pub(super) person: String,
    pub(super) ends: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Sheet {
    version: u32,
    /// By the gateway's address: a word for one gateway goes to no other.
    sign_ins: BTreeMap<String, StoredSignIn>,
}

pub(super) struct StoredSignIns(PathBuf);

impl StoredSignIns {
    /// Below the user's own folder for settings; none where they have no home.
    pub(super) fn of_user(variable: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let home = || variable("HOME").map(|home| Path::new(&home).join(".config"));
        let folder = variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?;
        folder.is_absolute().then(|| Self(folder.join(FOLDER).join(FILE)))
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The one at this gateway, if its time is not over.
    pub(super) fn at(&self, url: &str, now: Timestamp) -> anyhow::Result<Option<StoredSignIn>> {
        let Some(key) = key(url) else { return Ok(None) };
        Ok(self.read()?.remove(&key).filter(|stored| stored.ends > now))
    }

    /// Keeps it, instead of an earlier one at the same gateway.
    pub(super) fn put(&self, url: &str, sign_in: StoredSignIn) -> anyhow::Result<()> {
        let key = key(url).context("That is not an address of a gateway")?;
        let mut all = self.read()?;
        all.insert(key, sign_in);
        self.write(all)
    }

    pub(super) fn remove(&self, url: &str) -> anyhow::Result<()> {
        let mut all = self.read()?;
        match key(url).and_then(|key| all.remove(&key)) {
            Some(_) => self.write(all),
            None => Ok(()),
        }
    }

    fn read(&self) -> anyhow::Result<BTreeMap<String, StoredSignIn>> {
        let name = self.0.display();
        match fs::metadata(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Ok(about) if about.permissions().mode() & 0o077 != 0 => {
                bail!("Other users can read {name}. Remove it and run `gateway login` again.")
            }
            _ => {}
        }
        let text = fs::read(&self.0).with_context(|| format!("Can't read {name}"))?;
        match serde_json::from_slice::<Sheet>(&text) {
            Ok(sheet) if sheet.version == VERSION => Ok(sheet.sign_ins),
            _ => bail!("{name} is not from this version. Remove it and run `gateway login` again."),
        }
    }

    fn write(&self, sign_ins: BTreeMap<String, StoredSignIn>) -> anyhow::Result<()> {
        let saved = || {
            self.0.parent().map_or(Ok(()), make_private)?;
            write_private(&self.0, &serde_json::to_string(&Sheet { version: VERSION, sign_ins })?)
        };
        saved().with_context(|| format!("Can't save {}", self.0.display()))
    }
}

/// Scheme, host and port, however the address is written.
fn key(url: &str) -> Option<String> {
    Url::parse(url).ok().filter(Url::has_host).map(|url| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    #[test]
    fn a_sign_in_is_for_its_own_user_and_goes_to_its_own_gateway_only() {
        // REQ-WHO-02
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().display().to_string();
        let stored =
            StoredSignIns::of_user(&|name| (name == "XDG_CONFIG_HOME").then(|| home.clone())).unwrap();
        let sign_in = StoredSignIn { token: "word".into(), person: "Anna".into(), ends: at(60) };
        stored.put("https://gateway.example.com/", sign_in).unwrap();
        let found = |url: &str, now| stored.at(url, now).unwrap().map(|stored| stored.token);
        assert_eq!(found("https://gateway.example.com:443", at(0)).as_deref(), Some("word"));
        assert_eq!(found("https://gateway.example.com", at(60)), None, "its time is over");
        for other in [
            "http://gateway.example.com",
            "https://gateway.example.com.evil.test",
            "https://gateway.example.com:8443",
        ] {
            assert_eq!(found(other, at(0)), None, "{other}");
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(stored.path()), mode(stored.path().parent().unwrap())), (0o600, 0o700));
        fs::set_permissions(stored.path(), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(stored.at("https://gateway.example.com", at(0)).is_err());
        fs::set_permissions(stored.path(), fs::Permissions::from_mode(0o600)).unwrap();
        stored.remove("https://gateway.example.com").unwrap();
        assert_eq!(found("https://gateway.example.com", at(0)), None);
    }
}
