//! What somebody else writes into the state folder: it may withdraw, and grants nothing (REQ-PROOF-03, finding H6).

use super::*;
use crate::store::journal::frame;
use gateway_domain::{AskState, SessionRecord};
use serde_json::{Value, json};
use std::fs;

const AT: &str = "2026-03-09T10:00:00Z";
const DECISION: &str = "state: decided\n  decision:\n    answer: once\n    by:\n      id: api:anna\n      name: anna\n    at: 2026-03-09T10:00:00Z\n";

fn open(folder: &Folder) -> (Store<SessionRecord>, Recovered<SessionRecord>) {
    let config = StoreConfig { window: Duration::from_millis(5), ..folder.config() };
    Store::open_on(&config, Arc::clone(&folder.clock) as Arc<dyn Clock>, Arc::clone(&folder.disk)).unwrap()
}

/// A risky ask that waits for two people.
fn waiting(more: &Value) -> Arc<SessionRecord> {
    let mut ask = json!({
        "id": "per_1", "opencode_id": "per_1", "session": id(1), "directory": "/work", "kind": "permission",
        "permission": "bash", "patterns": ["git push"], "always": [], "metadata": {"command": "git push"},
        "digest": "d", "asked_at": AT, "state": "suspended", "rules": {"risk": "it pushes", "on_silence": "deny"},
    });
    ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let record =
        json!({"schema": 1, "session": id(1), "pod": "pod-a", "asks": [ask], "outbox": [], "counter": 0});
    Arc::new(serde_json::from_value(record).unwrap())
}

/// A gateway that has stopped, with that record.
async fn stopped_with(record: Arc<SessionRecord>) -> Folder {
    let folder = Folder::new();
    let (store, _) = open(&folder);
    store.keep(record).await.unwrap();
    store.close().await;
    folder
}

fn audit(folder: &Folder) -> Vec<(String, String)> {
    let entries = folder.inspect().audit_entries().unwrap();
    entries.into_iter().map(|link| (link.entry.what, link.entry.answer)).collect()
}

#[tokio::test]
async fn an_approval_that_is_written_into_a_record_is_no_approval() {
    // REQ-PROOF-03, H6
    for seal in ["seal: edited\n", "seal: 00000000\n"] {
        let folder = stopped_with(waiting(&json!({}))).await;
        folder.edit(1, |text| {
            let forged = text.replace("state: suspended\n", DECISION);
            let (body, _) = forged.rsplit_once("seal: ").unwrap();
            format!("{body}{seal}")
        });
        let (store, recovered) = open(&folder);
        let ask = &recovered.records[0].asks[0];
        assert_eq!((&ask.state, &ask.decision), (&AskState::Suspended, &None));
        assert!(recovered.records[0].outbox.is_empty());
        let said = told(&recovered.notices);
        assert!(
            said.contains("AN EDIT NEVER GRANTS") && said.contains("per_1 keeps its `decision`"),
            "{said}"
        );
        store.flush().await.unwrap();
        drop(store);
        assert_eq!(audit(&folder), [("edited by hand".to_owned(), "refused".to_owned())]);
        let found = folder.inspect().verify::<SessionRecord>().unwrap().findings;
        assert_eq!(found, [""; 0], "the kept version is signed and committed");
        let log = folder.inspect().log(&id(1), 10).unwrap();
        let shown = log.iter().map(|entry| folder.inspect().show_at(&id(1), &entry.commit).unwrap());
        assert!(shown.into_iter().any(|text| text.contains("api:anna")), "what was forged is in the history");
    }
}

#[tokio::test]
async fn a_withdrawal_by_hand_counts_and_an_older_file_does_not_undo_it() {
    // REQ-PROOF-03, REQ-STATE-05
    let first =
        json!({"first_approval": {"answer": "once", "by": {"id": "api:anna", "name": "anna"}, "at": AT}});
    let folder = Folder::new();
    let (store, _) = open(&folder);
    store.audit(AuditEntry { at: AT.parse().unwrap(), ..audit_entry("per_1") }).await.unwrap();
    store.keep(waiting(&first)).await.unwrap();
    store.close().await;
    drop(store);
    let old = fs::read(folder.record(1)).unwrap();
    folder.edit(1, |text| {
        let (before, rest) = text.split_once("  first_approval:\n").unwrap();
        let after = rest.split_once("outbox").unwrap().1;
        format!("{before}outbox{after}")
    });
    let (store, recovered) = open(&folder);
    assert_eq!(recovered.records[0].asks[0].first_approval, None, "{}", told(&recovered.notices));
    assert!(told(&recovered.notices).contains("the edit was accepted"), "{}", told(&recovered.notices));
    store.flush().await.unwrap();
    drop(store);
    // Its signature is right; but it is not the newest.
    fs::write(folder.record(1), old).unwrap();
    let (_store, recovered) = open(&folder);
    assert_eq!(recovered.records[0].asks[0].first_approval, None, "{}", told(&recovered.notices));
}

#[tokio::test]
async fn an_entry_of_the_journal_that_no_gateway_wrote_is_ignored_and_kept_as_evidence() {
    // REQ-PROOF-03, H6
    let folder = Folder::new();
    let (store, _) = folder.open_without_rounds();
    store.keep(at_position(1, 1)).await.unwrap();
    drop(store);
    let mut bytes = fs::read(folder.journal()).unwrap();
    let whole = bytes.clone();
    let record = serde_json::to_string(&*at_position(1, 9)).unwrap();
    let entry = |kind: &str, body: &str| {
        format!(r#"{{"fence":1,"at":"{AT}","kind":"{kind}","session":"ses_00000001","body":{body}}}"#)
    };
    let forged = entry("record", &format!(r#"{{"schema":1,"record":{record}}}"#));
    let others = StateKeys::of(&RootSecret::new(&[8; 32]));
    frame::encode(&mut bytes, 2, forged.as_bytes(), None);
    frame::encode(&mut bytes, 3, entry("action", r#""allow""#).as_bytes(), others.as_ref());
    fs::write(folder.journal(), &bytes).unwrap();
    assert!(
        folder.findings().join("\n").contains("SOMEONE ELSE WROTE HERE: 2 entries"),
        "{:?}",
        folder.findings()
    );
    let (_store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), recovered.actions.len()), (Some(1), 0));
    let said = told(&recovered.notices);
    assert!(said.contains(".journal, line 2: SOMEONE ELSE WROTE HERE: 2 entries"), "{said}");
    let copies =
        fs::read_dir(folder.at("damaged")).unwrap().map(|copy| fs::read(copy.unwrap().path()).unwrap());
    assert_eq!(copies.collect::<Vec<_>>(), [bytes]);
    assert!(!whole.is_empty());
}

#[tokio::test]
async fn a_line_of_the_ledger_that_no_gateway_wrote_is_ignored() {
    // REQ-PROOF-03
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.act(&id(1), &"allow").await.unwrap();
    store.close().await;
    drop(store);
    let path = folder.at("ledger/ledger.journal");
    let mut bytes = fs::read(&path).unwrap();
    let forged = format!(r#"{{"action":{{"session":"ses_00000001","at":"{AT}","body":"allow"}}}}"#);
    frame::encode(&mut bytes, 900, forged.as_bytes(), None);
    fs::write(&path, bytes).unwrap();
    let (store, recovered) = folder.open();
    assert_eq!(recovered.actions.len(), 1, "the real one");
    assert!(told(&recovered.notices).contains("1 lines of the ledger"), "{}", told(&recovered.notices));
    store.act(&id(1), &"deny").await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(folder.findings(), [""; 0], "it was written anew without it");
}

#[tokio::test]
async fn a_commit_that_no_gateway_made_counts_for_nothing() {
    // REQ-PROOF-03, H6
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.close().await;
    drop(store);
    let text = fs::read_to_string(folder.record(1)).unwrap();
    let forged = text.replace("position: 1", "position: 9").replacen("revision: 1", "revision: 90", 1);
    hands::commit(&folder.repository(), Some("HEAD"), &record_path(&id(1)), &forged);
    assert!(folder.findings().join("").contains("so someone else made it"), "{:?}", folder.findings());
    fs::remove_file(folder.record(1)).unwrap();
    let (store, recovered) = folder.open();
    let said = told(&recovered.notices);
    assert!(said.contains("an older one that is was used"), "{said}");
    assert_eq!(position(&recovered, 1), Some(1));
    store.flush().await.unwrap();
    drop(store);
    assert_eq!(folder.findings(), [""; 0]);
}

#[tokio::test]
async fn a_record_of_which_no_version_is_ours_is_set_aside_until_somebody_vouches_for_it() {
    // REQ-PROOF-03
    let mut folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.close().await;
    drop(store);
    let planted = fs::read_to_string(folder.record(1)).unwrap().replace(&id(1), &id(2));
    fs::create_dir_all(folder.record(2).parent().unwrap()).unwrap();
    fs::write(folder.record(2), planted).unwrap();
    assert!(folder.findings().join("\n").contains("not signed with this gateway's key"));
    let (store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), position(&recovered, 2)), (Some(1), None));
    let aside = recovered.unrecoverable[0].to_string();
    assert!(aside.contains("ses_00000002") && aside.contains("gateway state reseal"), "{aside}");
    drop(store);
    // `gateway state reseal`
    folder.first_use = true;
    let (store, recovered) = folder.open();
    assert_eq!(position(&recovered, 2), Some(1));
    store.close().await;
    drop(store);
    folder.first_use = false;
    assert_eq!((position(&folder.open().1, 2), folder.findings()), (Some(1), vec![]));
}

/// What a gateway from before there were keys leaves, with something in every place.
async fn unsigned() -> Folder {
    use crate::sessions::ports::PostState;
    let folder = Folder::without_keys();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.post(&id(1), "card-1", PostState::Intended).await.unwrap();
    store.audit(audit_entry("per_1")).await.unwrap();
    store.close().await;
    drop(store);
    let (store, _) = folder.open_without_rounds();
    store.keep(at_position(2, 2)).await.unwrap();
    store.act(&id(1), &"allow").await.unwrap();
    drop(store);
    Folder { keys: Folder::new().keys, ..folder }
}

fn check_all_is_there(recovered: &Recovered<Sample>, why: &str) {
    assert_eq!((position(recovered, 1), position(recovered, 2)), (Some(1), Some(2)), "{why}");
    assert_eq!((recovered.actions.len(), recovered.unresolved.len()), (1, 1), "{why}");
    assert!(!told(&recovered.notices).contains("SOMEBODY ELSE"), "{why}: {}", told(&recovered.notices));
}

#[tokio::test]
async fn a_state_from_before_there_were_keys_is_taken_over_once() {
    // REQ-PROOF-03, REQ-STATE-01
    let mut folder = unsigned().await;
    folder.first_use = true;
    let (store, recovered) = folder.open();
    check_all_is_there(&recovered, "taken over");
    // Killed before its first round.
    drop(store);
    folder.first_use = false;
    let (store, recovered) = folder.open();
    check_all_is_there(&recovered, "signed");
    store.close().await;
    drop(store);
    assert_eq!(folder.findings(), [""; 0]);
}

#[tokio::test]
async fn a_start_that_ends_in_the_middle_of_taking_over_goes_on_at_the_next() {
    // REQ-PROOF-03, REQ-STATE-03
    let mut whole = false;
    for room in (0..).step_by(150) {
        let disk = super::fake_disk::FakeDisk::new();
        let mut folder = unsigned().await;
        (folder.disk, folder.first_use) = (Arc::new(disk.clone()), true);
        disk.set_room(room);
        whole = folder.try_open().is_ok();
        disk.set_room(u64::MAX);
        let (store, recovered) = folder.open();
        check_all_is_there(&recovered, &format!("after {room} bytes"));
        drop(store);
        folder.first_use = false;
        check_all_is_there(&folder.open().1, &format!("signed after {room} bytes"));
        if whole && room > 10_000 {
            break;
        }
    }
    assert!(whole);
}

#[tokio::test]
async fn a_state_that_is_signed_by_nobody_or_with_another_secret_keeps_the_gateway_from_starting() {
    // REQ-PROOF-03
    let mut folder = unsigned().await;
    let refused = folder.try_open().err().unwrap().to_string();
    assert!(refused.contains("gateway state reseal"), "{refused}");
    folder.first_use = true;
    drop(folder.open());
    folder.first_use = false;
    folder.keys = StateKeys::of(&RootSecret::new(&[9; 32]));
    let refused = folder.try_open().err().unwrap().to_string();
    assert!(refused.contains("the secret that belongs to this state"), "{refused}");
}

#[tokio::test]
async fn a_decision_without_an_entry_is_void_whoever_signed_it() {
    // REQ-PROOF-03
    let decided = json!({"state": "decided", "decision": {"answer": "once", "by": {"id": "api:anna", "name": "anna"}, "at": AT}});
    for logged in [true, false] {
        let folder = Folder::new();
        let (store, _) = open(&folder);
        store.keep(waiting(&decided)).await.unwrap();
        if logged {
            store.audit(AuditEntry { at: AT.parse().unwrap(), ..audit_entry("per_1") }).await.unwrap();
        }
        store.close().await;
        drop(store);
        for life in 0..2 {
            let (store, recovered) = open(&folder);
            let state = if logged { AskState::Decided } else { AskState::Suspended };
            assert_eq!(recovered.records[0].asks[0].state, state, "logged: {logged}, life {life}");
            let is_told = told(&recovered.notices).contains("A DECISION WITHOUT ITS ENTRY IS VOID");
            assert_eq!(is_told, !logged && life == 0);
            store.flush().await.unwrap();
            drop(store);
        }
        assert_eq!(audit(&folder).iter().any(|(what, _)| what == "decision void"), !logged);
    }
}
