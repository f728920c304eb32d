//! Where everything lies in the state directory. `.session-state/README.md` tells the same to people.

use gateway_domain::SessionId;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Nothing that this gateway counts comes near it, and whoever counts on from here has as much room again.
pub(super) const MAX_NUMBER: u64 = 1 << 62;

pub(super) const RECORD_SUFFIX: &str = ".session-state.yaml";

/// Not in git: what only this volume's gateway needs, and half-written files.
pub(super) const IGNORED: &str =
    "/journal/\n/ledger/\n/damaged/\n/deliveries/\n/dead-letters/\n/files/\n/private/\n/lock\n.tmp-*\n";

#[derive(Clone, Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.root.join("lock")
    }

    pub(super) fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.root.join("ledger")
    }

    /// When a change was last made durable here.
    pub(super) fn last_written(&self) -> Option<Timestamp> {
        let files = [self.journal(), self.ledger()].into_iter().filter_map(|folder| folder.read_dir().ok());
        let times = files.flatten().filter_map(|file| file.ok()?.metadata().ok()?.modified().ok());
        Timestamp::try_from(times.max()?).ok()
    }

    /// Where files go that were damaged and are written again from git.
    pub(super) fn damaged(&self) -> PathBuf {
        self.root.join("damaged")
    }

    /// Where the files of messages wait. Not in git.
    pub(super) fn files(&self) -> PathBuf {
        self.root.join("files")
    }

    /// The records of deliveries, and what is kept as evidence for them. Not in git: each is replaced many times an hour.
    pub(super) fn deliveries(&self) -> PathBuf {
        self.root.join("deliveries")
    }

    /// What people typed and the agent does not have yet. Not in git.
    pub(super) fn typed_words(&self) -> PathBuf {
        self.root.join("private/typed")
    }

    pub(super) fn sessions(&self) -> PathBuf {
        self.root.join("sessions")
    }

    pub(super) fn audit(&self) -> PathBuf {
        self.root.join("audit")
    }

    /// The full path of one named inside the repository.
    pub(super) fn at(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }
}

/// Path of a live record inside the repository.
pub(super) fn record_path(id: &str) -> String {
    format!("sessions/{}/{}{RECORD_SUFFIX}", shard(id), harmless(id))
}

/// Path of an archived record inside the repository: by month, so that an old year can be taken away whole.
pub(super) fn archive_path(id: &str, ended: Timestamp) -> String {
    let day = ended.to_zoned(TimeZone::UTC);
    format!("archive/{:04}-{:02}/{}{RECORD_SUFFIX}", day.year(), day.month(), harmless(id))
}

/// Whether it can be the id of a session, and so the name of a file.
pub(super) fn is_id(id: &str) -> bool {
    SessionId::parse(id).is_ok()
}

/// What is no id is refused long before. Should it come here all the same, it leads nowhere.
fn harmless(id: &str) -> Cow<'_, str> {
    match is_id(id) {
        true => Cow::Borrowed(id),
        false => Cow::Owned(format!("not-an-id-{:08x}", crc32fast::hash(id.as_bytes()))),
    }
}

/// Two hex digits of a hash: ids share their first letters, and git rewrites one small tree per change.
fn shard(id: &str) -> String {
    format!("{:02x}", crc32fast::hash(id.as_bytes()) & 0xff)
}

/// The session that a record's file name says it holds.
pub(super) fn id_of(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(RECORD_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_leads_out_of_the_folder() {
        // A1, REQ-STATE-01
        let ended: Timestamp = "2026-03-09T23:59:59Z".parse().unwrap();
        for bad in ["../../../outside/pwn", "../aa/ses_victim0", "/etc/x", "", "..", "a\0b", "ses_1234567\n"]
        {
            for path in [record_path(bad), archive_path(bad, ended)] {
                assert!(path.split('/').all(|part| part != "..") && path.split('/').count() == 3, "{path}");
            }
        }
    }

    #[test]
    fn paths_spread_over_shards_and_name_their_session() {
        let shards: std::collections::HashSet<_> =
            (0..2_000).map(|n| shard(&format!("ses_{n:08}"))).collect();
        assert_eq!(shards.len(), 256);
        let path = record_path("ses_12345678");
        assert_eq!(id_of(path.rsplit('/').next().unwrap()), Some("ses_12345678"));
        let ended: Timestamp = "2026-03-09T23:59:59Z".parse().unwrap();
        assert_eq!(archive_path("ses_12345678", ended), "archive/2026-03/ses_12345678.session-state.yaml");
    }
}
