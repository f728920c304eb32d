//! Anchoring into a real git repository that refuses force pushes and deletions, as docs/audit.md says it should.

use super::anchor_round::Anchored;
use super::*;
use crate::clock;
use crate::store::{Inspection, KeptCheckpoint, StoreConfig};
use gateway_domain::{AuditEntry, AuditSubject};
use gateway_proof::note::Signer;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A state, and a repository elsewhere.
struct Place {
    state: TempDir,
    elsewhere: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { state: tempfile::tempdir().unwrap(), elsewhere: tempfile::tempdir().unwrap() };
        place.git(&["init", "-q", "--bare"]);
        place.git(&["config", "receive.denyNonFastForwards", "true"]);
        place.git(&["config", "receive.denyDeletes", "true"]);
        place
    }

    fn remote(&self) -> String {
        self.elsewhere.path().display().to_string()
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git").arg("-C").arg(self.elsewhere.path()).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    async fn store(&self) -> Store {
        let config = StoreConfig { signer: Some(signer()), ..StoreConfig::at(self.state.path()) };
        Store::open(config, clock::system()).await.unwrap().0
    }

    fn anchor(&self, store: &Store) -> Anchor {
        let config = Config { remote: self.remote(), git_settings: None, every: EVERY };
        Anchor::new(config, store.clone(), clock::system(), &AnchorMetrics::default(), LogDoubt::default())
    }

    fn branch(&self) -> String {
        signer().key().name().to_owned()
    }

    fn outside(&self) -> String {
        self.git(&["show", &format!("{}:checkpoint", self.branch())])
    }

    fn commits(&self) -> usize {
        self.git(&["rev-list", &self.branch()]).lines().count()
    }
}

pub(super) fn signer() -> Arc<Signer> {
    Arc::new(Signer::named_after_its_key("test/", &[7; 32]).unwrap())
}

pub(super) async fn add(store: &Store, ask: &str) {
    let entry = AuditEntry {
        at: "2026-03-09T10:00:00Z".parse().unwrap(),
        who: "web:anna".into(),
        what: "answered".into(),
        session: "ses_00000001".into(),
        ask: ask.into(),
        digest: "d".into(),
        answer: "once".into(),
        told: AuditSubject::default(),
    };
    store.audit(entry).await.unwrap();
    store.flush().await.unwrap();
}

pub(super) fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_go_elsewhere_once_each_and_prove_the_log() {
    // REQ-PROOF-02
    let place = Place::new();
    let store = place.store().await;
    let mut anchor = place.anchor(&store);
    assert_eq!(anchor.round().await.unwrap(), None, "an empty log has nothing to anchor");
    for n in 1..=3_u64 {
        add(&store, &format!("per_{n}")).await;
        assert_eq!(anchor.round().await.unwrap(), Some(Anchored { entries: n, pushed: true }));
        assert_eq!(anchor.round().await.unwrap(), Some(Anchored { entries: n, pushed: false }));
        assert_eq!(Some(place.outside()), store.committed_head());
    }
    assert_eq!(place.commits(), 3);
    let mut next = place.anchor(&store);
    assert_eq!(next.round().await.unwrap(), Some(Anchored { entries: 3, pushed: false }), "after a restart");
    let outside = newest_outside(place.state.path(), &place.branch()).unwrap();
    assert_eq!(outside.entries, 3);
    add(&store, "per_4").await;
    let kept = KeptCheckpoint { name: "outside".into(), text: place.outside() };
    let report = Inspection::of(place.state.path()).unwrap().audit_against(&[kept], None).unwrap();
    assert_eq!((report.faults.len(), report.against[0].entries), (0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_contradicts_its_anchor_is_an_alarm_and_is_not_pushed() {
    // REQ-PROOF-02, H5: the volume was rolled back, and the gateway has gone on.
    let place = Place::new();
    let before = tempfile::tempdir().unwrap();
    let store = place.store().await;
    add(&store, "per_1").await;
    store.close().await;
    drop(store);
    copy(place.state.path(), before.path());
    let store = place.store().await;
    add(&store, "per_2").await;
    place.anchor(&store).round().await.unwrap();
    let outside = place.outside();
    store.close().await;
    drop(store);
    let place = Place { state: before, ..place };
    let store = place.store().await;
    for ask in ["per_5", "per_6", "per_7"] {
        add(&store, ask).await;
    }
    let mut anchor = place.anchor(&store);
    for _ in 0..2 {
        let anchored = anchor.round().await;
        anchor.news.figures.saw(&anchored);
        let says = anchored.unwrap_err().to_string();
        assert!(says.contains("CONTRADICTS ITS ANCHOR") && says.contains("first 2 entries"), "{says}");
        assert_eq!((anchor.news.figures.conflict.get(), anchor.news.figures.failing.get()), (1, 1));
    }
    assert_eq!((place.outside(), place.commits()), (outside, 1), "nothing was pushed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_is_away_holds_nobody_up_and_is_tried_again() {
    // REQ-PROOF-02
    let place = Place::new();
    let store = place.store().await;
    add(&store, "per_1").await;
    let mut anchor = place.anchor(&store);
    let away = place.elsewhere.path().with_extension("away");
    std::fs::rename(place.elsewhere.path(), &away).unwrap();
    let anchored = anchor.round().await;
    anchor.news.figures.saw(&anchored);
    assert!(anchored.unwrap_err().to_string().contains("can't be anchored in"), "it says where");
    assert_eq!((anchor.news.figures.conflict.get(), anchor.news.figures.failing.get()), (0, 1));
    std::fs::rename(&away, place.elsewhere.path()).unwrap();
    let anchored = anchor.round().await;
    anchor.news.figures.saw(&anchored);
    assert_eq!(anchored.unwrap(), Some(Anchored { entries: 1, pushed: true }));
    assert_eq!((anchor.news.figures.entries.get(), anchor.news.figures.failing.get()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_was_deleted_elsewhere_comes_back_with_all_its_commits() {
    // REQ-PROOF-02
    let place = Place::new();
    let store = place.store().await;
    let mut anchor = place.anchor(&store);
    for ask in ["per_1", "per_2"] {
        add(&store, ask).await;
        anchor.round().await.unwrap();
    }
    place.git(&["update-ref", "-d", &format!("refs/heads/{}", place.branch())]);
    add(&store, "per_3").await;
    anchor.round().await.unwrap();
    assert_eq!(place.commits(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_ends_with_the_gateway() {
    // REQ-PROOF-02
    let place = Place::new();
    let store = place.store().await;
    add(&store, "per_1").await;
    let stop = CancellationToken::new();
    let task = tokio::spawn(place.anchor(&store).run(stop.clone()));
    while newest_outside(place.state.path(), &place.branch()).is_none() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), task).await.unwrap().unwrap();
}
