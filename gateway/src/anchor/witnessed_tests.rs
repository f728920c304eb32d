//! Bringing checkpoints to a witness: a double that keeps to the protocol, and one that says whatever a hostile one might.

use super::ask_witness::{AskWitness, WitnessConfig, WitnessFault, Witnessed};
use super::metrics::{WitnessName, WitnessedMetrics};
use super::tests::{add, copy, signer};
use super::{LogDoubt, witnessed_heads};
use crate::clock;
use crate::store::{Store, StoreConfig};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use gateway_proof::checkpoint::Checkpoint;
use gateway_proof::cosignature::Cosigner;
use gateway_proof::note::SignedNote;
use gateway_proof::witnessing::{AddCheckpoint, SeenHead, WitnessRefusal};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const SECONDS: u64 = 1_772_000_000;

/// Keeps to the protocol, unless it was told what to say next.
struct WitnessDouble {
    cosigner: Cosigner,
    seen: Mutex<SeenHead>,
    says: Mutex<VecDeque<(StatusCode, Vec<u8>)>>,
    never_answers: bool,
    asked: Mutex<Vec<AddCheckpoint>>,
}

impl WitnessDouble {
    fn new() -> Self {
        Self {
            cosigner: Cosigner::named_after_its_key("witness.example/", &[9; 32]).unwrap(),
            seen: Mutex::new(SeenHead::none()),
            says: Mutex::default(),
            never_answers: false,
            asked: Mutex::default(),
        }
    }

    async fn open(self) -> (Arc<Self>, String) {
        let double = Arc::new(self);
        let router = Router::new().route("/w/add-checkpoint", post(answer)).with_state(Arc::clone(&double));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/w/", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        (double, url)
    }

    fn will_say(&self, status: u16, body: impl Into<Vec<u8>>) {
        self.says.lock().unwrap().push_back((StatusCode::from_u16(status).unwrap(), body.into()));
    }

    fn honest(&self, request: &AddCheckpoint) -> (StatusCode, String) {
        let head = request.signed_by(&[signer().key().clone()]).unwrap();
        let mut seen = self.seen.lock().unwrap();
        match request.extends(&seen, &head.checkpoint) {
            Ok(()) => {
                *seen = SeenHead::from(&head.checkpoint);
                (StatusCode::OK, self.cosigner.cosign(&head.text, SECONDS))
            }
            Err(WitnessRefusal::OtherSize { seen: size } | WitnessRefusal::Forked { size }) => {
                (StatusCode::CONFLICT, format!("{size}\n"))
            }
            Err(WitnessRefusal::NotProven) => (StatusCode::UNPROCESSABLE_ENTITY, String::new()),
            Err(other) => panic!("{other}"),
        }
    }
}

async fn answer(State(double): State<Arc<WitnessDouble>>, body: String) -> Response {
    if double.never_answers {
        std::future::pending::<()>().await;
    }
    let request: AddCheckpoint = body.parse().unwrap();
    double.asked.lock().unwrap().push(request.clone());
    let told = double.says.lock().unwrap().pop_front();
    told.map_or_else(|| double.honest(&request).into_response(), IntoResponse::into_response)
}

async fn store(state: &Path) -> Store {
    let config = StoreConfig { signer: Some(signer()), ..StoreConfig::at(state) };
    Store::open(config, clock::system()).await.unwrap().0
}

struct Asks {
    asks: AskWitness,
    doubt: LogDoubt,
}

impl Asks {
    fn new(store: &Store, double: &WitnessDouble, url: &str) -> Self {
        let config = WitnessConfig { url: url.to_owned(), key: double.cosigner.key() };
        let (metrics, doubt) = (WitnessedMetrics::default(), LogDoubt::default());
        let asks = AskWitness::new(&config, store.clone(), metrics, doubt.clone()).unwrap();
        Self { asks, doubt }
    }

    async fn round(&mut self) -> Result<Option<Witnessed>, WitnessFault> {
        let witnessed = self.asks.round().await;
        self.asks.saw(&witnessed);
        witnessed
    }

    /// Conflict, failing, entries.
    fn figures(&self, double: &WitnessDouble) -> (i64, i64, i64) {
        let name = WitnessName { witness: double.cosigner.key().name().to_owned() };
        let metrics = &self.asks.metrics;
        let of = |family: &prometheus_client::metrics::family::Family<
            WitnessName,
            prometheus_client::metrics::gauge::Gauge,
        >| { family.get_or_create(&name).get() };
        (of(&metrics.conflict), of(&metrics.failing), of(&metrics.entries))
    }
}

fn kept(state: &Path) -> Vec<(u64, i64)> {
    let heads = witnessed_heads(state).unwrap();
    let checked = heads.iter().map(|head| head.checked().unwrap());
    checked.map(|(head, at)| (head.size, at.as_second())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_new_head_is_countersigned_once_and_kept_with_both_signatures() {
    // REQ-PROOF-02
    let state = tempfile::tempdir().unwrap();
    let (double, url) = WitnessDouble::new().open().await;
    let store = store(state.path()).await;
    let mut asks = Asks::new(&store, &double, &url);
    assert_eq!(asks.round().await.unwrap(), None, "an empty log has nothing to countersign");
    for n in 1..=4_u64 {
        add(&store, &format!("per_{n}")).await;
        assert_eq!(asks.round().await.unwrap(), Some(Witnessed { entries: n, is_new: true }));
        assert_eq!(asks.round().await.unwrap(), Some(Witnessed { entries: n, is_new: false }));
        assert_eq!(kept(state.path()), [(n, 1_772_000_000)]);
    }
    assert_eq!(double.asked.lock().unwrap().len(), 4, "once each");
    assert_eq!(asks.figures(&double), (0, 0, 4));
    let note = witnessed_heads(state.path()).unwrap().remove(0).note;
    assert!(Checkpoint::checked(&note, signer().key()).is_ok(), "the log's signature is there too: {note}");
    let mut next = Asks::new(&store, &double, &url);
    assert_eq!(next.round().await.unwrap(), Some(Witnessed { entries: 4, is_new: false }), "after a restart");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_is_offline_holds_nobody_up_and_catches_up() {
    // REQ-PROOF-02
    let state = tempfile::tempdir().unwrap();
    let (double, url) = WitnessDouble::new().open().await;
    let store = store(state.path()).await;
    let mut asks = Asks::new(&store, &double, &url);
    add(&store, "per_1").await;
    asks.round().await.unwrap();
    double.will_say(503, "busy");
    add(&store, "per_2").await;
    let failed = asks.round().await.unwrap_err().to_string();
    assert!(failed.contains("it answered 503") && failed.contains("retries"), "{failed}");
    assert_eq!(asks.figures(&double), (0, 1, 1));
    for n in 3..=9 {
        add(&store, &format!("per_{n}")).await;
    }
    assert_eq!(asks.round().await.unwrap(), Some(Witnessed { entries: 9, is_new: true }));
    assert_eq!(asks.figures(&double), (0, 0, 9));
    // Its answer was lost: it knows more than this side knows of it.
    double.will_say(200, "");
    add(&store, "per_10").await;
    assert!(asks.round().await.is_err());
    let lost = witnessed_heads(state.path()).unwrap().remove(0);
    *double.seen.lock().unwrap() = {
        let head = store.committed_head().unwrap().parse::<Checkpoint>().unwrap();
        SeenHead::from(&head)
    };
    add(&store, "per_11").await;
    assert_eq!(asks.round().await.unwrap(), Some(Witnessed { entries: 11, is_new: true }));
    assert_eq!(lost.checked().unwrap().0.size, 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_was_put_back_or_forked_is_an_alarm_by_the_witness() {
    // REQ-PROOF-02, H5: the volume was rolled back, with all that was countersigned.
    let (state, before) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (double, url) = WitnessDouble::new().open().await;
    let first = store(state.path()).await;
    add(&first, "per_1").await;
    Asks::new(&first, &double, &url).round().await.unwrap();
    first.close().await;
    drop(first);
    copy(state.path(), before.path());
    let went_on = store(state.path()).await;
    for ask in ["per_2", "per_3"] {
        add(&went_on, ask).await;
    }
    Asks::new(&went_on, &double, &url).round().await.unwrap();
    let put_back = store(before.path()).await;
    let mut asks = Asks::new(&put_back, &double, &url);
    for (ask, says) in [
        ("per_5", "countersigned 3 entries, and the log has 2"),
        ("per_6", "another checkpoint over the same 3 entries"),
        ("per_7", "other entries among the first 3"),
    ] {
        add(&put_back, ask).await;
        assert!(asks.doubt.why().is_none() || ask != "per_5");
        let conflict = asks.round().await.unwrap_err().to_string();
        assert!(conflict.contains("CONTRADICTS ITS WITNESS") && conflict.contains(says), "{ask}: {conflict}");
        assert_eq!(asks.figures(&double), (1, 1, 0));
        assert!(asks.doubt.why().unwrap().contains("its witness witness.example/"));
    }
    assert_eq!(kept(before.path()), [(1, 1_772_000_000)], "nothing of it stays here");
    assert_eq!(double.seen.lock().unwrap().size, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_shorter_than_what_is_kept_here_is_an_alarm_without_asking() {
    // REQ-PROOF-02
    let (state, before) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (double, url) = WitnessDouble::new().open().await;
    let longer = store(state.path()).await;
    for ask in ["per_1", "per_2"] {
        add(&longer, ask).await;
    }
    Asks::new(&longer, &double, &url).round().await.unwrap();
    let shorter = store(before.path()).await;
    add(&shorter, "per_1").await;
    copy(&state.path().join("private"), &before.path().join("private"));
    let conflict = Asks::new(&shorter, &double, &url).round().await.unwrap_err().to_string();
    assert!(conflict.contains("over 2 entries"), "{conflict}");
    assert_eq!(double.asked.lock().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_forgot_is_asked_from_what_it_knows() {
    // REQ-PROOF-02
    let state = tempfile::tempdir().unwrap();
    let (double, url) = WitnessDouble::new().open().await;
    let store = store(state.path()).await;
    let mut asks = Asks::new(&store, &double, &url);
    add(&store, "per_1").await;
    asks.round().await.unwrap();
    let early = double.seen.lock().unwrap().clone();
    add(&store, "per_2").await;
    asks.round().await.unwrap();
    *double.seen.lock().unwrap() = early;
    add(&store, "per_3").await;
    assert_eq!(asks.round().await.unwrap(), Some(Witnessed { entries: 3, is_new: true }));
    let olds: Vec<_> = double.asked.lock().unwrap().iter().map(|asked| asked.old).collect();
    assert_eq!(olds, [0, 1, 2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_a_hostile_witness_says_is_kept() {
    // REQ-PROOF-02
    let state = tempfile::tempdir().unwrap();
    let (double, url) = WitnessDouble::new().open().await;
    let store = store(state.path()).await;
    add(&store, "per_1").await;
    let note: SignedNote = store.committed_head().unwrap().parse().unwrap();
    let line = |by: &Cosigner, text: &str| by.cosign(text, SECONDS);
    let other = Cosigner::named_after_its_key("witness.example/", &[8; 32]).unwrap();
    let wrong_name = line(&double.cosigner, note.text()).replace("witness.example/", "witness.example/x");
    let as_if = line(&other, note.text()).replace(other.key().name(), double.cosigner.key().name());
    let many = line(&other, note.text()).repeat(10_000);
    let right = line(&double.cosigner, note.text());
    let answers: Vec<(u16, Vec<u8>, &str)> = vec![
        (200, line(&other, note.text()).into(), "doesn't fit the key"),
        (200, wrong_name.into(), "doesn't fit the key"),
        (200, as_if.into(), "doesn't fit the key"),
        (200, line(&double.cosigner, "another\n1\nAAAA\n").into(), "doesn't fit the key"),
        (200, vec![], "doesn't fit the key"),
        (200, format!("{}{right}", "x\n".repeat(40)).into_bytes(), "doesn't fit the key"),
        (200, vec![0xff, 0xfe], "not text"),
        (200, many.clone().into(), "can't be read"),
        (200, "\n".repeat(1_000_000).into(), "can't be read"),
        (302, vec![], "it answered 302"),
        (404, vec![], "gateway audit key"),
        (403, vec![], "gateway audit key"),
        (409, b"-1\n".to_vec(), "names no size"),
        (409, b"99999999999999999999\n".to_vec(), "names no size"),
        (409, vec![], "names no size"),
        (409, b"0\n".to_vec(), "names the size that it was asked with"),
        (500, vec![b'x'; 500_000], "can't be read"),
    ];
    let mut asks = Asks::new(&store, &double, &url);
    for (status, body, expected) in answers {
        double.will_say(status, body);
        let failed = asks.round().await.unwrap_err().to_string();
        assert!(failed.contains("can't countersign") && failed.contains(expected), "{expected}: {failed}");
        assert_eq!(asks.figures(&double), (0, 1, 0), "no alarm: {expected}");
        assert!(kept(state.path()).is_empty() && asks.doubt.why().is_none(), "{expected}");
    }
    // Others' lines beside the right one change nothing.
    double.will_say(200, format!("{}{right}", line(&other, note.text())));
    asks.round().await.unwrap();
    let kept = witnessed_heads(state.path()).unwrap().remove(0).note;
    assert_eq!(kept, format!("{}{right}", store.committed_head().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_that_never_answers_is_given_up() {
    // REQ-PROOF-02
    let state = tempfile::tempdir().unwrap();
    let (double, url) = WitnessDouble { never_answers: true, ..WitnessDouble::new() }.open().await;
    let store = store(state.path()).await;
    add(&store, "per_1").await;
    let Asks { asks, .. } = Asks::new(&store, &double, &url);
    let failed = asks.with_patience(Duration::from_millis(200)).round().await.unwrap_err().to_string();
    assert!(failed.contains("no answer within"), "{failed}");
}
