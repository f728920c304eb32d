//! The store as a whole: bad input, crashes, planted damage, full disks, other people's hands.

mod audit_heads;
mod bad_records;
mod crashes;
mod damage;
mod disks;
mod fake_disk;
mod forged;
mod hand_written_lines;
mod hands;
mod history;
mod old_state;
mod planted_files;
mod purging;
mod schema;
mod typed_secrets;
mod without_history;

use super::{Notice, Store};
use crate::clock::Clock;
use crate::store::disk::{Disk, RealDisk};
use crate::store::inspect::Inspection;
use crate::store::layout::record_path;
use crate::store::records::sample::{Sample, sample};
use crate::store::startup::{OpenError, Recovered, StoreConfig};
use crate::store::state_keys::StateKeys;
use gateway_domain::{AuditEntry, AuditSubject};
use gateway_proof::keys::RootSecret;
use gateway_proof::note::Signer;
use jiff::{SignedDuration, Timestamp};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// A clock that a test sets.
struct HandClock(Mutex<Timestamp>);

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl HandClock {
    fn jump(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

/// A state folder, and what the store on it is opened with.
struct Folder {
    directory: TempDir,
    clock: Arc<HandClock>,
    disk: Arc<dyn Disk>,
    keys: Option<StateKeys>,
    /// What is not signed is taken over.
    first_use: bool,
    signer: Option<Arc<Signer>>,
}

fn signer(seed: u8) -> Arc<Signer> {
    Arc::new(Signer::named_after_its_key("test/", &[seed; 32]).unwrap())
}

impl Folder {
    fn new() -> Self {
        Self::on(Arc::new(RealDisk))
    }

    fn on(disk: Arc<dyn Disk>) -> Self {
        let start = "2026-03-09T10:00:00Z".parse().unwrap();
        let clock = Arc::new(HandClock(Mutex::new(start)));
        let keys = StateKeys::of(&RootSecret::new(&[7; 32]));
        Self {
            directory: tempfile::tempdir().unwrap(),
            clock,
            disk,
            keys,
            first_use: false,
            signer: Some(signer(7)),
        }
    }

    /// As a gateway from before there were keys.
    fn without_keys() -> Self {
        Self { keys: None, ..Self::new() }
    }

    fn config(&self) -> StoreConfig {
        let (keys, first_use, signer) = (self.keys.clone(), self.first_use, self.signer.clone());
        StoreConfig { keys, first_use, signer, ..StoreConfig::at(self.directory.path()) }
    }

    fn open(&self) -> (Store<Sample>, Recovered<Sample>) {
        self.try_open().unwrap()
    }

    fn try_open(&self) -> Result<(Store<Sample>, Recovered<Sample>), OpenError> {
        self.open_with(Duration::from_millis(5))
    }

    /// What is kept stays in the journal alone, however long the test takes.
    fn open_without_rounds(&self) -> (Store<Sample>, Recovered<Sample>) {
        self.open_with(Duration::from_secs(3600)).unwrap()
    }

    fn open_with(&self, window: Duration) -> Result<(Store<Sample>, Recovered<Sample>), OpenError> {
        let config = StoreConfig { window, ..self.config() };
        Store::open_on(&config, Arc::clone(&self.clock) as Arc<dyn Clock>, Arc::clone(&self.disk))
    }

    fn inspect(&self) -> Inspection {
        Inspection::of(self.directory.path()).unwrap().with_keys(self.keys.clone())
    }

    /// What `gateway state verify` finds.
    fn findings(&self) -> Vec<String> {
        self.inspect().verify::<Sample>().unwrap().findings
    }

    fn at(&self, inside: &str) -> PathBuf {
        self.directory.path().join(inside)
    }

    fn record(&self, n: usize) -> PathBuf {
        self.at(&record_path(&id(n)))
    }

    fn edit(&self, n: usize, edit: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(self.record(n)).unwrap();
        std::fs::write(self.record(n), edit(text)).unwrap();
    }

    fn repository(&self) -> git2::Repository {
        git2::Repository::open(self.directory.path()).unwrap()
    }

    /// The newest journal file with something in it.
    fn journal(&self) -> PathBuf {
        let files = std::fs::read_dir(self.at("journal")).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|path| path.metadata().unwrap().len() > 0).max().unwrap()
    }
}

fn id(n: usize) -> String {
    format!("ses_{n:08}")
}

fn at_position(n: usize, position: u64) -> Arc<Sample> {
    Arc::new(Sample { position, ..sample(n) })
}

fn audit_entry(ask: &str) -> AuditEntry {
    AuditEntry {
        at: "2026-03-09T10:00:00Z".parse().unwrap(),
        who: "api:anna".into(),
        what: "answered".into(),
        session: id(1),
        ask: ask.into(),
        digest: "d".into(),
        answer: "once".into(),
        told: AuditSubject { subject: format!("bash: make {ask}"), ..AuditSubject::default() },
    }
}

fn position(recovered: &Recovered<Sample>, n: usize) -> Option<u64> {
    recovered.records.iter().find(|record| record.session == id(n)).map(|record| record.position)
}

fn told(notices: &[Notice]) -> String {
    notices.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_stop_and_after_a_crash() {
    // REQ-STATE-03, REQ-ASK-04
    let folder = Folder::new();
    let (store, recovered) = folder.open();
    assert_eq!(recovered.records.len(), 0);
    store.keep(at_position(1, 7)).await.unwrap();
    store.close().await;
    assert!(store.keep(at_position(1, 8)).await.unwrap_err().to_string().contains("closed"));
    drop(store);
    let (store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), recovered.journal_entries), (Some(7), 0));
    store.keep(at_position(1, 9)).await.unwrap();
    drop(store);
    let (store, recovered) = folder.open();
    assert_eq!(position(&recovered, 1), Some(9));
    store.flush().await.unwrap();
    assert_eq!(folder.findings(), [""; 0]);
}

#[tokio::test]
async fn a_flush_means_committed_and_changes_share_a_commit() {
    // REQ-STATE-02
    let folder = Folder::new();
    let (store, _) = folder.open();
    let all = (0..50).map(|n| store.keep(at_position(n, 1)));
    futures_util::future::try_join_all(all).await.unwrap();
    store.keep_soon(at_position(3, 2)).await.unwrap();
    store.flush().await.unwrap();
    let text = folder.inspect().show_at(&id(3), "HEAD").unwrap();
    assert!(text.contains("position: 2"), "{text}");
    let repository = folder.repository();
    let mut walk = repository.revwalk().unwrap();
    walk.push_head().unwrap();
    assert!(walk.count() < 10);
    let newest = repository.head().unwrap().peel_to_commit().unwrap();
    assert!(newest.summary().unwrap().unwrap().starts_with("chore: Session state checkpoint"));
    assert_eq!(store.health().waiting, 0);
}

#[tokio::test]
async fn the_end_of_a_session_has_a_commit_of_its_own() {
    // REQ-STATE-02
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    let ended = Sample { ended: Some("2026-03-09T11:00:00Z".parse().unwrap()), ..sample(2) };
    store.keep(Arc::new(ended)).await.unwrap();
    store.flush().await.unwrap();
    let log = folder.inspect().log(&id(2), 10).unwrap();
    assert_eq!(log[0].subject, "chore: Session ses_00000002 completed: Implement login API number 2");
}

#[tokio::test]
async fn the_ledger_knows_what_was_to_be_posted_and_what_people_did() {
    // REQ-STATE-03, REQ-SLACK-05
    use crate::sessions::ports::PostState;
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.post(&id(1), "card-1", PostState::Intended).await.unwrap();
    store.post(&id(1), "card-2", PostState::Intended).await.unwrap();
    let posted = PostState::Posted { ts: "17.2".to_owned(), drawn: None };
    store.post(&id(1), "card-1", posted.clone()).await.unwrap();
    let first = store.act(&id(1), &"allow").await.unwrap();
    let second = store.act(&id(1), &"deny").await.unwrap();
    store.done(first).await.unwrap();
    for crash in [true, false] {
        if crash {
            store.flush().await.unwrap();
        } else {
            store.close().await;
        }
    }
    drop(store);
    let (store, recovered) = folder.open();
    let open: Vec<_> = recovered.unresolved.iter().map(|(_, post)| post.key.as_str()).collect();
    assert_eq!(open, ["card-2"]);
    assert_eq!(store.post_state(&id(1), "card-1"), Some(posted));
    let actions: Vec<_> = recovered.actions.iter().map(|action| action.number).collect();
    assert_eq!(actions, [second]);
}

#[tokio::test]
async fn a_clock_that_jumps_back_changes_nothing() {
    // REQ-STATE-03
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    folder.clock.jump(SignedDuration::from_hours(-24 * 365));
    store.keep(at_position(1, 2)).await.unwrap();
    drop(store);
    let (store, recovered) = folder.open();
    assert_eq!(position(&recovered, 1), Some(2));
    store.flush().await.unwrap();
    drop(store);
    assert_eq!(position(&folder.open().1, 1), Some(2));
}
