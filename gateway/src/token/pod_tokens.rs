//! A token for each pod, outside a cluster: made by an operator, shown once, and good for that pod's name only. The state
//! folder has what is needed to know it again, never the token itself. The file is read anew each time, so what the command
//! line adds or removes counts at once in a gateway that runs.

use super::own::{make_private, private_folder, write_private};
use jiff::Timestamp;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;

/// Bytes of chance in a token.
const BYTES: usize = 32;

/// Letters of its hash that a token is called by.
const ID: usize = 16;

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PodToken {
    /// The pod that it is for.
    pub pod: String,
    /// By which it is known where it is spoken of.
    pub id: String,
    hash: String,
    pub added_at: Timestamp,
}

/// The list in a state folder.
#[derive(Clone, Debug)]
pub struct PodTokens {
    folder: PathBuf,
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum PodTokensFault {
    #[error("{} can't be read or written", .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{} isn't a list of pods; restore it, or remove it and add the pods again", .path.display())]
    NotAList { path: PathBuf, source: serde_json::Error },
    #[error(
        "{0:?} is not a pod's name. It must have 1 to 128 letters, digits, dots, hyphens or underscores."
    )]
    Name(String),
    #[error("Pod {0} already has a token. Remove it first: `gateway pod remove {0}`.")]
    Known(String),
    #[error("Pod {0} does not have its own token. `gateway pod list` shows those that have one.")]
    Unknown(String),
}

impl PodTokens {
    pub fn in_state(state: &Path) -> Self {
        let folder = private_folder(state);
        Self { path: folder.join("pods.json"), folder }
    }

    pub fn list(&self) -> Result<Vec<PodToken>, PodTokensFault> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
            Err(source) => return Err(self.fault(source)),
        };
        serde_json::from_slice(&text)
            .map_err(|source| PodTokensFault::NotAList { path: self.path.clone(), source })
    }

    /// The new token; nobody can read it again.
    pub fn add(&self, pod: &str, now: Timestamp) -> Result<String, PodTokensFault> {
        if !is_pod_name(pod) {
            return Err(PodTokensFault::Name(pod.to_owned()));
        }
        let _lock = self.locked()?;
        let mut all = self.list()?;
        if all.iter().any(|known| known.pod == pod) {
            return Err(PodTokensFault::Known(pod.to_owned()));
        }
        let token = hex::encode(rand::rng().random::<[u8; BYTES]>());
        let hash = hashed(&token);
        let id = hash.chars().take(ID).collect();
        all.push(PodToken { pod: pod.to_owned(), id, hash, added_at: now });
        self.write(&all)?;
        Ok(token)
    }

    pub fn remove(&self, pod: &str) -> Result<(), PodTokensFault> {
        let _lock = self.locked()?;
        let mut all = self.list()?;
        let before = all.len();
        all.retain(|known| known.pod != pod);
        if all.len() == before {
            return Err(PodTokensFault::Unknown(pod.to_owned()));
        }
        self.write(&all)
    }

    /// One command at a time changes the list.
    fn locked(&self) -> Result<File, PodTokensFault> {
        make_private(&self.folder).map_err(|source| self.fault(source))?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.folder.join("pods.lock"));
        lock.and_then(|file| file.lock().map(|()| file)).map_err(|source| self.fault(source))
    }

    fn write(&self, all: &[PodToken]) -> Result<(), PodTokensFault> {
        let text = serde_json::to_string_pretty(all)
            .map_err(|source| PodTokensFault::NotAList { path: self.path.clone(), source })?;
        write_private(&self.path, &text).map_err(|source| self.fault(source))
    }

    fn fault(&self, source: io::Error) -> PodTokensFault {
        PodTokensFault::File { path: self.path.clone(), source }
    }
}

impl PodToken {
    /// The one of these that this token is.
    pub(crate) fn of<'a>(all: &'a [Self], presented: &str) -> Option<&'a Self> {
        let hash = hashed(presented);
        all.iter().find(|known| known.hash.as_bytes().ct_eq(hash.as_bytes()).into())
    }
}

fn hashed(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// It goes into logs and metrics: it is short and plain.
pub(crate) fn is_pod_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 128 && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_token_is_known_again_by_what_is_kept_and_is_not_kept_itself() {
        // REQ-WHO-04
        let state = tempfile::tempdir().unwrap();
        let tokens = PodTokens::in_state(state.path());
        assert_eq!(tokens.list().unwrap(), []);
        let [anna, ben] = ["anna", "ben"].map(|pod| tokens.add(pod, Timestamp::UNIX_EPOCH).unwrap());
        assert_eq!((anna.len(), anna == ben), (64, false));
        let all = tokens.list().unwrap();
        let pod_of = |token: &str| PodToken::of(&all, token).map(|known| known.pod.as_str());
        assert_eq!((pod_of(&anna), pod_of(&ben)), (Some("anna"), Some("ben")));
        assert_eq!((pod_of(""), pod_of(&anna[1..]), pod_of(&all[0].hash)), (None, None, None));
        let kept = fs::read_to_string(&tokens.path).unwrap();
        assert!(!kept.contains(&anna) && !kept.contains(&ben), "only what it is known by");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&tokens.path), mode(&tokens.folder)), (0o600, 0o700));
    }

    #[test]
    fn a_pod_has_one_token_and_a_removed_one_is_nobodys() {
        // REQ-WHO-04
        let state = tempfile::tempdir().unwrap();
        let tokens = PodTokens::in_state(state.path());
        let first = tokens.add("anna", Timestamp::UNIX_EPOCH).unwrap();
        assert!(matches!(tokens.add("anna", Timestamp::UNIX_EPOCH), Err(PodTokensFault::Known(_))));
        assert!(matches!(tokens.add("an na", Timestamp::UNIX_EPOCH), Err(PodTokensFault::Name(_))));
        let before = tokens.list().unwrap()[0].id.clone();
        tokens.remove("anna").unwrap();
        assert!(matches!(tokens.remove("anna"), Err(PodTokensFault::Unknown(_))));
        assert_eq!(PodToken::of(&tokens.list().unwrap(), &first), None);
        tokens.add("anna", Timestamp::UNIX_EPOCH).unwrap();
        assert_ne!(tokens.list().unwrap()[0].id, before, "another token is another identity");
    }

    #[test]
    fn a_damaged_list_lets_nobody_in_and_says_where_it_is() {
        // REQ-WHO-04
        let state = tempfile::tempdir().unwrap();
        let tokens = PodTokens::in_state(state.path());
        let token = tokens.add("anna", Timestamp::UNIX_EPOCH).unwrap();
        fs::write(&tokens.path, format!("[{token}")).unwrap();
        let told = tokens.list().unwrap_err().to_string();
        assert!(told.contains("pods.json") && !told.contains(&token), "{told}");
        assert!(tokens.add("ben", Timestamp::UNIX_EPOCH).is_err(), "and it is not written over");
    }
}
