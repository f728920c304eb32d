//! Anchoring into a bucket: against a double that has versions, a lock and troubles. What a judge that isn't ours says of the same is
//! in `tests/it/bucket.rs`.

use super::anchor_bucket::BucketAnchor;
use super::anchor_round::{AnchorFault, Anchored};
use super::bucket_heads::{BucketHead, BucketHeads};
use super::tests::{add, copy, signer};
use super::*;
use crate::clock;
use crate::store::StoreConfig;
use gateway_bucket::double::{BucketDouble, Trouble};
use gateway_proof::checkpoint::Checkpoint;
use gateway_proof::note::Signer;
use tempfile::TempDir;

/// A state, and a bucket elsewhere.
struct Place {
    state: TempDir,
    bucket: BucketDouble,
}

impl Place {
    async fn new() -> Self {
        Self { state: tempfile::tempdir().unwrap(), bucket: BucketDouble::start().await.unwrap() }
    }

    async fn store(&self) -> Store {
        let config = StoreConfig { signer: Some(signer()), ..StoreConfig::at(self.state.path()) };
        Store::open(config, clock::system()).await.unwrap().0
    }

    fn anchor(&self, store: &Store) -> BucketAnchor {
        self.doubting_anchor(store, &LogDoubt::default())
    }

    fn doubting_anchor(&self, store: &Store, doubt: &LogDoubt) -> BucketAnchor {
        let (settings, metrics) = (self.bucket.settings(), AnchorMetrics::default());
        let anchor = BucketAnchor::new(settings, store.clone(), clock::system(), &metrics, doubt.clone());
        anchor.unwrap().with_patience(Duration::from_secs(5))
    }

    /// What the bucket shows, the newest first.
    fn sizes(&self) -> Vec<u64> {
        let size = |(_, text): (String, String)| text.parse::<Checkpoint>().unwrap().size;
        self.bucket.objects().into_iter().map(size).collect()
    }

    fn newest(&self) -> (String, String) {
        self.bucket.objects().remove(0)
    }
}

/// A checkpoint over made-up entries, as someone with that key makes one.
fn head(by: &Signer, size: u64) -> BucketHead {
    let checkpoint = Checkpoint { origin: by.key().name().to_owned(), size, root: [9; 32] };
    BucketHead::new("gateway/", checkpoint.signed(by)).unwrap()
}

fn says(anchored: Result<Option<Anchored>, AnchorFault>) -> String {
    anchored.unwrap_err().to_string()
}

const PUSHED: fn(u64) -> Option<Anchored> = |entries| Some(Anchored { entries, pushed: true });
const THERE: fn(u64) -> Option<Anchored> = |entries| Some(Anchored { entries, pushed: false });

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_go_into_the_bucket_once_each_and_none_is_overwritten() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let store = place.store().await;
    let mut anchor = place.anchor(&store);
    assert_eq!(anchor.round().await.unwrap(), None, "an empty log has nothing to anchor");
    for n in 1..=3_u64 {
        add(&store, &format!("per_{n}")).await;
        assert_eq!(anchor.round().await.unwrap(), PUSHED(n));
        assert_eq!(anchor.round().await.unwrap(), THERE(n));
        assert_eq!(Some(place.newest().1), store.committed_head());
    }
    assert_eq!(place.sizes(), [3, 2, 1]);
    let mut next = place.anchor(&store);
    assert_eq!(next.round().await.unwrap(), THERE(3), "after a restart");
    let calls = place.bucket.calls();
    let written = calls.iter().filter(|call| call.starts_with("PUT")).count();
    assert!(written == 3 && calls.iter().all(|call| !call.starts_with("DELETE")), "{calls:#?}");
    let prefix = format!("gateway/{}/", signer().key().name());
    assert!(
        place.newest().0.starts_with(&prefix) && place.newest().0.contains("-3-"),
        "{:?}",
        place.newest()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_contradicts_its_bucket_is_an_alarm_and_nothing_is_written() {
    // REQ-PROOF-02, H5: the volume was rolled back, and the gateway has gone on. A deletion in the bucket hides nothing.
    let place = Place::new().await;
    let before = tempfile::tempdir().unwrap();
    let store = place.store().await;
    add(&store, "per_1").await;
    store.close().await;
    drop(store);
    copy(place.state.path(), before.path());
    let store = place.store().await;
    add(&store, "per_2").await;
    place.anchor(&store).round().await.unwrap();
    store.close().await;
    drop(store);
    let (newest, _) = place.newest();
    let place = Place { state: before, ..place };
    let store = place.store().await;
    let doubt = LogDoubt::default();
    let mut anchor = place.doubting_anchor(&store, &doubt);
    let shorter = anchor.round().await;
    assert!(says(shorter).contains("The log has 1 entries, but"), "cut");
    for ask in ["per_5", "per_6", "per_7"] {
        add(&store, ask).await;
    }
    place.bucket.delete(&newest);
    assert_eq!(place.sizes(), [0_u64; 0], "an ordinary list shows nothing");
    for _ in 0..2 {
        let anchored = anchor.round().await;
        anchor.news.tell(&anchored);
        let says = says(anchored);
        assert!(says.contains("CONTRADICTS ITS ANCHOR") && says.contains("first 2 entries"), "{says}");
        assert_eq!((anchor.news.figures.conflict.get(), anchor.news.figures.failing.get()), (1, 1));
    }
    assert!(doubt.why().unwrap().contains("the bucket heads at http://127.0.0.1"));
    assert!(place.bucket.calls().iter().filter(|call| call.starts_with("PUT")).count() == 1, "the first one");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_put_there_is_told_and_stops_nothing() {
    // REQ-PROOF-02: someone who can write and not sign can't keep checkpoints from going out.
    let place = Place::new().await;
    let store = place.store().await;
    add(&store, "per_1").await;
    let mut anchor = place.anchor(&store);
    anchor.round().await.unwrap();
    let folder = format!("gateway/{}", signer().key().name());
    let stranger = Signer::new(signer().key().name(), &[8; 32]).unwrap();
    let forged = head(&stranger, 999);
    place.bucket.write(&forged.key, forged.text);
    // The right checkpoint under a name that says something else.
    place.bucket.write(&head(&signer(), 500).key, place.bucket.objects().pop().unwrap().1);
    place.bucket.write(&format!("{folder}/000000000000-\u{1b}[2J"), vec![0xff, 0xfe]);
    let (own, _) = place.bucket.objects().pop().unwrap();
    place.bucket.write(&own, "replaced");
    add(&store, "per_2").await;
    let anchored = anchor.round().await;
    anchor.news.tell(&anchored);
    let told = says(anchored);
    for part in ["-999-", "-500-", "\\u{1b}[2J isn't from a gateway", "more such things"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains('\u{1b}') && told.contains("not from this gateway"), "{told}");
    assert_eq!((anchor.news.figures.entries.get(), anchor.news.figures.failing.get()), (2, 1));
    assert_eq!(anchor.news.figures.conflict.get(), 0);
    let (newest, objects) = (store.committed_head().unwrap(), place.bucket.objects());
    assert!(objects.iter().any(|(_, object)| *object == newest), "the new one went out");
    assert!(anchor.round().await.is_err(), "it is said for as long as nothing new is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_was_signed_with_the_logs_own_key_is_an_alarm() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let store = place.store().await;
    add(&store, "per_1").await;
    add(&store, "per_2").await;
    let fork = head(&signer(), 1);
    place.bucket.write(&fork.key, fork.text);
    let mut anchor = place.anchor(&store);
    assert!(matches!(anchor.round().await, Err(AnchorFault::Conflict { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn checkpoints_that_are_gone_are_told_and_the_newest_is_there_again() {
    // REQ-PROOF-02: a bucket without a lock.
    let place = Place::new().await;
    let store = place.store().await;
    let mut anchor = place.anchor(&store);
    add(&store, "per_1").await;
    anchor.round().await.unwrap();
    place.bucket.purge();
    add(&store, "per_2").await;
    let told = says(anchor.round().await);
    assert!(told.contains("the checkpoint over 1 entries, which was there, is gone"), "{told}");
    assert_eq!(place.sizes(), [2]);
    add(&store, "per_3").await;
    assert_eq!(anchor.round().await.unwrap(), PUSHED(3), "and nobody hears of that twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_goes_wrong_holds_nobody_up_and_is_tried_again() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let store = place.store().await;
    add(&store, "per_1").await;
    let mut anchor = place.anchor(&store);
    for (trouble, part) in [
        (Trouble::Says(403, "AccessDenied"), "isn't allowed to list objects"),
        (Trouble::Says(403, "RequestTimeTooSkewed"), "clock"),
        (Trouble::Garbage("<html>Sign in first</html>".to_owned()), "isn't one of a bucket"),
        (Trouble::Says(503, "SlowDown"), "SlowDown"),
    ] {
        place.bucket.goes_wrong([trouble]);
        let anchored = anchor.round().await;
        anchor.news.tell(&anchored);
        let told = says(anchored);
        assert!(told.contains("can't be anchored in the bucket heads") && told.contains(part), "{told}");
        assert_eq!((anchor.news.figures.conflict.get(), anchor.news.figures.failing.get()), (0, 1));
    }
    assert_eq!(place.sizes(), [0_u64; 0]);
    let anchored = anchor.round().await;
    anchor.news.tell(&anchored);
    assert_eq!(anchored.unwrap(), PUSHED(1));
    assert_eq!((anchor.news.figures.entries.get(), anchor.news.figures.failing.get()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_lost_is_found_out_in_the_next_round() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let store = place.store().await;
    add(&store, "per_1").await;
    let list = || Trouble::Garbage("<ListVersionsResult></ListVersionsResult>".to_owned());
    let mut anchor = place.anchor(&store).with_patience(Duration::from_millis(300));
    place.bucket.goes_wrong([list(), Trouble::LostAnswer]);
    assert!(says(anchor.round().await).contains("no answer within"));
    assert_eq!(place.sizes(), [1], "and it is there");
    // A second gateway, or a list that is behind: the object is refused, and is the right one.
    place.bucket.goes_wrong([list()]);
    let mut other = place.anchor(&store);
    assert_eq!(other.round().await.unwrap(), THERE(1));
    place.bucket.write(&place.newest().0, "replaced");
    place.bucket.goes_wrong([list(), Trouble::Says(412, "PreconditionFailed")]);
    place.bucket.goes_wrong([list()]);
    let told = says(place.anchor(&store).round().await);
    assert!(told.contains("is there already, and isn't this log's"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn much_that_is_nothing_is_looked_through_and_then_given_up() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let store = place.store().await;
    add(&store, "per_1").await;
    place.anchor(&store).round().await.unwrap();
    let folder = format!("gateway/{}", signer().key().name());
    for n in 0..700 {
        place.bucket.write(&format!("{folder}/0{n:04}"), "x");
    }
    let heads = BucketHeads::new(place.bucket.settings()).unwrap();
    let look = heads.look(signer().key(), clock::system().now()).await.unwrap();
    assert_eq!(look.newest.unwrap().checkpoint.size, 1, "three pages on");
    assert_eq!(look.strange.len(), 4);
    let stranger = Signer::new(signer().key().name(), &[8; 32]).unwrap();
    for size in 100..200 {
        let forged = head(&stranger, size);
        place.bucket.write(&forged.key, forged.text);
    }
    place.bucket.calls();
    let fault = heads.look(signer().key(), clock::system().now()).await.unwrap_err().to_string();
    assert!(fault.contains("too much in gateway/test/"), "{fault}");
    assert!(place.bucket.calls().len() < 50, "and not one call for each");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_for_the_bucket_ends_with_the_gateway() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let store = place.store().await;
    add(&store, "per_1").await;
    let stop = CancellationToken::new();
    let task = tokio::spawn(place.anchor(&store).run(EVERY, stop.clone()));
    while place.bucket.objects().is_empty() {
        tokio::task::yield_now().await;
    }
    place.bucket.goes_wrong([Trouble::Silence]);
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(10), task).await.unwrap().unwrap();
}
