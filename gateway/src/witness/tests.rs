//! The witness with a real state folder: what it countersigns, what it refuses, and when it isn't sure.

use super::*;
use crate::clock;
use crate::store::StoreConfig;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use gateway_proof::checkpoint::Checkpoint;
use gateway_proof::note::{SignedNote, Signer};
use gateway_proof::tree::{self, Hash, leaf_hash};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use tower::ServiceExt;

fn log(seed: u8) -> Signer {
    Signer::named_after_its_key("log/", &[seed; 32]).unwrap()
}

fn cosigner() -> Cosigner {
    Cosigner::named_after_its_key("witness/", &[9; 32]).unwrap()
}

/// Two logs with one key that are the same for three entries.
fn leaves(branch: &str, size: usize) -> Vec<Hash> {
    let line = |n: usize| if n < 3 { format!("line {n}") } else { format!("{branch} {n}") };
    (0..size).map(|n| leaf_hash(line(n).as_bytes())).collect()
}

fn head(by: &Signer, leaves: &[Hash]) -> Checkpoint {
    Checkpoint { origin: by.key().name().to_owned(), size: leaves.len() as u64, root: tree::root(leaves) }
}

fn asked(by: &Signer, leaves: &[Hash], old: usize) -> AddCheckpoint {
    let proof = tree::consistency(leaves, old).unwrap_or_default();
    AddCheckpoint { old: old as u64, proof, checkpoint: head(by, leaves).signed(by) }
}

/// A state folder whose gateway witnesses the logs 1 and 2.
struct Place {
    state: TempDir,
    store: Store,
    doubt: LogDoubt,
}

impl Place {
    async fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let signer = Signer::named_after_its_key("own/", &[5; 32]).map(Arc::new);
        let config = StoreConfig { signer, ..StoreConfig::at(state.path()) };
        let store = Store::open(config, clock::system()).await.unwrap().0;
        Self { state, store, doubt: LogDoubt::default() }
    }

    fn witness(&self) -> Arc<Witness> {
        self.witness_from(None)
    }

    fn witness_from(&self, from: Option<HeadLine>) -> Arc<Witness> {
        let logs = [1, 2].map(|seed| WitnessedLog { key: log(seed).key().clone(), from: from.clone() });
        Arc::new(Witness::new(WitnessParts {
            logs: logs.to_vec(),
            cosigner: cosigner(),
            store: self.store.clone(),
            doubt: self.doubt.clone(),
            metrics: WitnessMetrics::default(),
            clock: clock::system(),
        }))
    }

    fn files(&self) -> Vec<PathBuf> {
        let folder = self.state.path().join("private/witness");
        let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> =
            all.filter(|path| path.extension().is_some_and(|end| end == "checkpoint")).collect();
        files.sort();
        files
    }

    /// How often the log says that a log is witnessed from now on.
    fn begun(&self) -> usize {
        let entries = crate::store::Inspection::of(self.state.path()).unwrap().audit_entries().unwrap();
        entries.iter().filter(|link| link.entry.what == BEGAN).count()
    }
}

fn is_cosigned(reply: &WitnessReply, request: &AddCheckpoint) -> bool {
    let WitnessReply::Cosigned(line) = reply else { return false };
    let note: SignedNote = format!("{}{line}", request.checkpoint).parse().unwrap();
    cosigner().key().check(&note).is_ok()
}

async fn is_unsure(witness: &Arc<Witness>, request: &AddCheckpoint, why: &str) -> bool {
    let reply = witness.add(request.clone()).await;
    assert_eq!(witness.metrics.unsure.get(), 1, "{reply:?}");
    matches!(&reply, WitnessReply::Unsure(says) if says.contains(why))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_only_grows_is_countersigned_over_restarts() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let mut witness = place.witness();
    for (old, size) in [(0, 2), (2, 2), (2, 5), (5, 9)] {
        let request = asked(&log(1), &leaves("a", size), old);
        let reply = witness.add(request.clone()).await;
        assert!(is_cosigned(&reply, &request), "{old} to {size}: {reply:?}");
        witness = place.witness();
        let behind = witness.add(asked(&log(1), &leaves("a", 12), 1)).await;
        assert_eq!(behind, WitnessReply::Refused(WitnessRefusal::OtherSize { seen: size as u64 }));
    }
    let other = asked(&log(2), &leaves("b", 4), 0);
    assert!(is_cosigned(&witness.add(other.clone()).await, &other), "each log by itself");
    assert_eq!((place.files().len(), place.begun()), (2, 2), "an entry for each, not for each checkpoint");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_is_not_countersigned_and_two_heads_of_one_size_are_an_alarm() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let witness = place.witness();
    witness.add(asked(&log(1), &leaves("a", 5), 0)).await;
    let file = fs::read_to_string(&place.files()[0]).unwrap();
    let longer = witness.add(asked(&log(1), &leaves("b", 7), 5)).await;
    assert_eq!(longer, WitnessReply::Refused(WitnessRefusal::NotProven));
    // Anyone can bring a wrong proof for a right checkpoint: that alone accuses nobody.
    assert_eq!(witness.metrics.forked.get(), 0);
    let same_size = witness.add(asked(&log(1), &leaves("b", 5), 5)).await;
    assert_eq!(same_size, WitnessReply::Refused(WitnessRefusal::Forked { size: 5 }));
    assert_eq!(witness.metrics.forked.get(), 1);
    let foreign = witness.add(asked(&log(3), &leaves("a", 7), 5)).await;
    assert_eq!(foreign, WitnessReply::Refused(WitnessRefusal::UnknownLog));
    assert_eq!(fs::read_to_string(&place.files()[0]).unwrap(), file, "nothing of it is remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_branches_that_come_at_once_one_is_countersigned() {
    // REQ-PROOF-02: compare and remember are one step, whatever comes at the same time.
    let place = Place::new().await;
    let witness = place.witness();
    witness.add(asked(&log(1), &leaves("a", 3), 0)).await;
    let requests =
        (4..20).flat_map(|size| ["a", "b"].map(|branch| (branch, asked(&log(1), &leaves(branch, size), 3))));
    let replies = requests.map(|(branch, request)| {
        let witness = Arc::clone(&witness);
        tokio::spawn(async move { (branch, is_cosigned(&witness.add(request.clone()).await, &request)) })
    });
    let mut cosigned = vec![];
    for reply in replies.collect::<Vec<_>>() {
        cosigned.extend(Some(reply.await.unwrap()).filter(|(_, cosigned)| *cosigned));
    }
    assert_eq!(cosigned.len(), 1, "all others build upon what is no longer the newest: {cosigned:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_lost_what_it_saw_countersigns_nothing_until_a_person_says_from_where() {
    // REQ-PROOF-02
    let place = Place::new().await;
    let witness = place.witness();
    witness.add(asked(&log(1), &leaves("a", 3), 0)).await;
    let early = fs::read(&place.files()[0]).unwrap();
    let seen = leaves("a", 5);
    witness.add(asked(&log(1), &seen, 3)).await;
    let (file, next) = (place.files().remove(0), asked(&log(1), &leaves("a", 6), 5));
    let newest = fs::read(&file).unwrap();
    fs::write(&file, &early).unwrap();
    let forked = asked(&log(1), &leaves("b", 6), 3);
    assert!(
        is_unsure(&witness, &forked, "isn't the one that this gateway wrote").await,
        "an older one of its own"
    );
    fs::remove_file(&file).unwrap();
    assert!(is_unsure(&witness, &next, "isn't the one").await);
    let restarted = place.witness();
    let anew = asked(&log(1), &leaves("b", 6), 0);
    assert!(is_unsure(&restarted, &anew, "is gone").await, "it doesn't begin once more");
    for (damage, why) in [
        (newest[..newest.len() / 2].to_vec(), "not a signed note"),
        (
            String::from_utf8(newest.clone()).unwrap().replace("\n5\n", "\n3\n").into_bytes(),
            "doesn't fit its text",
        ),
        (asked(&log(1), &leaves("b", 5), 5).checkpoint.into_bytes(), "isn't signed by"),
    ] {
        fs::write(&file, damage).unwrap();
        assert!(is_unsure(&place.witness(), &next, why).await, "{why}");
    }
    witness_another(&place, &file).await;
    fs::remove_file(&file).unwrap();
    let from = HeadLine::from(&head(&log(1), &seen));
    let told = place.witness_from(Some(from));
    let stale = told.add(asked(&log(1), &leaves("b", 6), 3)).await;
    assert_eq!(stale, WitnessReply::Refused(WitnessRefusal::OtherSize { seen: 5 }));
    assert!(is_cosigned(&told.add(next.clone()).await, &next));
    assert_eq!(place.begun(), 2);
}

/// What was seen of one log is not what was seen of another.
async fn witness_another(place: &Place, file: &std::path::Path) {
    let _ = fs::remove_file(file);
    place.witness().add(asked(&log(2), &leaves("a", 5), 0)).await;
    let of_other = place.files().remove(0);
    fs::copy(&of_other, file).unwrap();
    let next = asked(&log(1), &leaves("a", 6), 5);
    assert!(is_unsure(&place.witness(), &next, "it is a checkpoint of log/").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_whose_own_log_is_doubted_countersigns_nothing() {
    // REQ-PROOF-02: its state may be an old copy, and with it what it has seen of others.
    let place = Place::new().await;
    let (witness, request) = (place.witness(), asked(&log(1), &leaves("a", 3), 0));
    place.doubt.contradicts("its anchor", true);
    assert!(is_unsure(&witness, &request, "contradicts its anchor").await);
    place.doubt.contradicts("its anchor", false);
    assert!(is_cosigned(&witness.add(request.clone()).await, &request));
    assert_eq!(witness.metrics.unsure.get(), 0);
}

async fn posted(witness: &Arc<Witness>, body: String) -> (StatusCode, String, String) {
    let request = Request::post(PATH).body(Body::from(body)).unwrap();
    let answer = router(Arc::clone(witness)).oneshot(request).await.unwrap();
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let (status, kind) = (answer.status(), kind.unwrap_or_default().to_owned());
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    (status, kind, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_is_the_one_of_the_specification() {
    // REQ-PROOF-02: c2sp.org/tlog-witness
    let place = Place::new().await;
    let witness = place.witness();
    let request =
        |branch: &str, size: usize, old: usize| asked(&log(1), &leaves(branch, size), old).to_string();
    let (status, _, line) = posted(&witness, request("a", 5, 0)).await;
    assert!(
        status == StatusCode::OK && line.starts_with("\u{2014} witness/") && line.ends_with('\n'),
        "{line}"
    );
    let size = (StatusCode::CONFLICT, "text/x.tlog.size".to_owned(), "5\n".to_owned());
    assert_eq!(posted(&witness, request("a", 7, 0)).await, size);
    assert_eq!(posted(&witness, request("b", 5, 5)).await, size);
    let unsigned = AddCheckpoint {
        checkpoint: head(&log(1), &leaves("a", 7)).signed(&log(2)),
        ..asked(&log(1), &leaves("a", 7), 5)
    };
    for (body, expected) in [
        (request("b", 7, 5), StatusCode::UNPROCESSABLE_ENTITY),
        (request("a", 4, 5), StatusCode::BAD_REQUEST),
        ("hello".to_owned(), StatusCode::BAD_REQUEST),
        (String::new(), StatusCode::BAD_REQUEST),
        (asked(&log(3), &leaves("a", 7), 5).to_string(), StatusCode::NOT_FOUND),
        (unsigned.to_string(), StatusCode::FORBIDDEN),
        ("x".repeat(1 << 20), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let (status, _, said) = posted(&witness, body).await;
        assert_eq!(status, expected, "{said}");
    }
    place.doubt.contradicts("its anchor", true);
    let (status, _, said) = posted(&witness, request("a", 7, 5)).await;
    assert!(
        status == StatusCode::SERVICE_UNAVAILABLE && !said.contains("anchor"),
        "no news for strangers: {said}"
    );
}
