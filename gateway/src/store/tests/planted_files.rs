//! A state folder that somebody means ill with, and ids that are paths: nothing outside is touched, the gateway starts, and
//! only the session in question is affected.

use super::*;
use crate::store::journal::frame;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

const PATH: &str = "../../../outside/pwn";

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

fn looping_link(path: &Path) {
    symlink(path.file_name().unwrap(), path).unwrap();
}

fn folder_in_place(path: &Path) {
    fs::create_dir_all(path.join("inside")).unwrap();
}

/// An entry at the journal's end that is whole, whatever it says.
fn plant(folder: &Folder, number: u64, named: &str, record: &Sample) {
    let record = serde_json::to_string(record).unwrap();
    let entry = format!(
        r#"{{"fence":1,"at":"2026-03-09T10:00:00Z","kind":"record","session":"{named}","body":{{"schema":1,"record":{record}}}}}"#
    );
    let mut bytes = fs::read(folder.journal()).unwrap();
    frame::encode(&mut bytes, number, entry.as_bytes(), folder.keys.as_ref());
    fs::write(folder.journal(), bytes).unwrap();
}

async fn two_sessions() -> Folder {
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.keep(at_position(2, 2)).await.unwrap();
    store.flush().await.unwrap();
    store.close().await;
    folder
}

#[tokio::test]
async fn an_id_that_is_a_path_is_not_kept() {
    // A1, REQ-STATE-01
    let folder = Folder::new();
    let (store, _) = folder.open();
    for bad in [PATH, "../aa/ses_00000001", "", "short", "ses_0000000\n"] {
        let record = Arc::new(Sample { session: bad.to_owned(), ..sample(1) });
        let refused = store.keep(record).await.unwrap_err().to_string();
        assert!(refused.contains("is not a session id") && !refused.contains('\n'), "{refused}");
        assert!(store.archive(bad, Timestamp::UNIX_EPOCH).await.is_err());
    }
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(fs::read_dir(folder.at("sessions")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_journal_entry_whose_id_is_a_path_is_left_out() {
    // A1, REQ-STATE-01
    let folder = Folder::new();
    let (store, _) = folder.open_without_rounds();
    store.keep(at_position(1, 1)).await.unwrap();
    drop(store);
    let evil = Sample { session: PATH.to_owned(), ..sample(2) };
    plant(&folder, 2, PATH, &evil);
    plant(&folder, 3, &id(2), &evil);
    assert!(folder.findings().join("").contains("that is not a session id"));
    let (store, recovered) = folder.open();
    let said = told(&recovered.notices);
    assert!(said.contains("that is not a session id") && said.contains("another session's"), "{said}");
    assert_eq!((recovered.records.len(), position(&recovered, 1)), (1, Some(1)));
    store.keep(at_position(2, 5)).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(fs::read_dir(folder.at("sessions")).unwrap().count(), 2);
}

#[tokio::test]
async fn a_record_that_cannot_be_written_holds_up_no_other() {
    // A2, REQ-STATE-02, REQ-STATE-04
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(at_position(1, 1)).await.unwrap();
    store.flush().await.unwrap();
    folder_in_place(&folder.record(2));
    store.keep(at_position(2, 2)).await.unwrap();
    store.keep(at_position(3, 3)).await.unwrap();
    store.flush().await.unwrap();
    assert!(folder.inspect().show_at(&id(3), "HEAD").unwrap().contains("position: 3"));
    let health = store.health();
    assert_eq!((health.failing, health.stuck.len(), health.waiting), (None, 1, 0));
    assert!(health.stuck[0].contains(&id(2)), "{:?}", health.stuck);
    store.close().await;
    drop(store);
    let findings = folder.findings().join("\n");
    assert!(findings.contains("record of session ses_00000002 can't be written"), "{findings}");

    let (store, recovered) = folder.open();
    assert_eq!((position(&recovered, 2), position(&recovered, 3)), (Some(2), Some(3)));
    store.keep(at_position(1, 4)).await.unwrap();
    store.flush().await.unwrap();
    assert!(folder.inspect().show_at(&id(1), "HEAD").unwrap().contains("position: 4"));
    assert_eq!(store.health().stuck.len(), 1);

    fs::remove_dir_all(folder.record(2)).unwrap();
    store.keep(at_position(1, 5)).await.unwrap();
    store.flush().await.unwrap();
    assert_eq!(store.health().stuck, [""; 0]);
    assert!(folder.inspect().show_at(&id(2), "HEAD").unwrap().contains("position: 2"));
    store.close().await;
    drop(store);
    assert_eq!(folder.findings(), [""; 0]);
}

#[tokio::test]
async fn what_is_no_plain_file_costs_its_session_only() {
    // A9, REQ-STATE-04
    for odd in [pipe, looping_link, folder_in_place] {
        let folder = two_sessions().await;
        fs::remove_file(folder.record(1)).unwrap();
        odd(&folder.record(1));
        assert!(folder.findings().join("").contains("it is not a regular file"));
        let (store, recovered) = folder.open();
        assert_eq!((position(&recovered, 1), position(&recovered, 2)), (None, Some(2)));
        assert!(recovered.unrecoverable[0].to_string().contains("it is not a regular file"));
        store.keep(at_position(2, 3)).await.unwrap();
        store.flush().await.unwrap();
    }
}

#[tokio::test]
async fn what_lies_among_the_journals_files_and_is_none_is_told_and_left_alone() {
    // A9, A11, REQ-STATE-04
    let folder = two_sessions().await;
    let at = |name: &str| folder.at("journal").join(name);
    folder_in_place(&at("00000000000000000099-0000000009.journal"));
    pipe(&at("00000000000000000098-0000000009.journal"));
    fs::write(at("18446744073709551615-18446744073709551615.journal"), "x").unwrap();
    assert_eq!(folder.findings().len(), 3, "{:?}", folder.findings());
    let (store, recovered) = folder.open();
    assert_eq!(told(&recovered.notices).matches("not a journal file").count(), 3);
    store.keep(at_position(1, 7)).await.unwrap();
    store.flush().await.unwrap();
}

#[tokio::test]
async fn numbers_at_the_end_of_their_range_are_not_counted_on_from() {
    // A11, REQ-STATE-04
    let folder = Folder::new();
    let (store, _) = folder.open_without_rounds();
    store.keep(at_position(1, 1)).await.unwrap();
    drop(store);
    plant(&folder, u64::MAX, &id(2), &sample(2));
    fs::write(folder.at("lock"), format!("{}\nheld by nobody\n", u64::MAX)).unwrap();
    let (store, recovered) = folder.open();
    assert_eq!((recovered.records.len(), position(&recovered, 1)), (1, Some(1)));
    store.keep(at_position(1, 2)).await.unwrap();
    store.audit(audit_entry("per_1")).await.unwrap();
    store.close().await;
    drop(store);
    assert_eq!(position(&folder.open().1, 1), Some(2));
}
