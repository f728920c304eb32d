//! What people typed is in no record file and no history with its secrets, and the agent gets it all the same.

use super::*;
use crate::store::records::sample::SampleAsk;
use std::fs;
use std::process::Command;

const TYPED: &str = "typed: the password is Hunter22!x";

fn waiting(n: usize, position: u64) -> Arc<Sample> {
    let ask = SampleAsk { id: "per_1".into(), command: TYPED.into() };
    Arc::new(Sample { position, asks: vec![ask], ..sample(n) })
}

fn command(recovered: &Recovered<Sample>) -> String {
    recovered.records.iter().find(|record| record.session == id(1)).unwrap().asks[0].command.clone()
}

/// Whether record file or history have the words, as git itself prints it.
fn are_kept(folder: &Folder) -> bool {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder.directory.path()).args(["cat-file", "--batch", "--batch-all-objects"]);
    let output = command.output().unwrap();
    let file = fs::read_to_string(folder.record(1)).unwrap();
    file.contains("Hunter22") || String::from_utf8_lossy(&output.stdout).contains("Hunter22")
}

fn typed_files(folder: &Folder) -> usize {
    fs::read_dir(folder.at("private/typed")).map_or(0, Iterator::count)
}

#[tokio::test]
async fn typed_secrets_are_in_no_record_and_no_history_and_survive_stop_and_kill() {
    // REQ-PROOF-04, H9
    for killed in [false, true] {
        let folder = Folder::new();
        let (store, _) = folder.open();
        store.keep(waiting(1, 1)).await.unwrap();
        store.flush().await.unwrap();
        if !killed {
            store.close().await;
        }
        drop(store);
        assert!(!are_kept(&folder), "killed: {killed}");
        let (store, recovered) = folder.open();
        assert_eq!(command(&recovered), TYPED, "the agent still gets it; killed: {killed}");
        assert_eq!(folder.findings(), [""; 0]);
        store.keep(at_position(1, 2)).await.unwrap();
        store.close().await;
        drop(store);
        assert_eq!(typed_files(&folder), 0, "it is delivered");
        assert!(!are_kept(&folder));
        assert_eq!(position(&folder.open().1, 1), Some(2));
    }
}

#[tokio::test]
async fn what_was_typed_counts_with_its_own_revision_and_signature_only() {
    // REQ-PROOF-04, REQ-PROOF-03
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(waiting(1, 1)).await.unwrap();
    store.close().await;
    drop(store);
    let file = fs::read_dir(folder.at("private/typed")).unwrap().next().unwrap().unwrap().path();
    let honest = fs::read(&file).unwrap();
    let older = honest.clone();
    for forged in
        [String::from_utf8(honest.clone()).unwrap().replace("Hunter22", "Mallory2").into_bytes(), vec![]]
    {
        fs::write(&file, forged).unwrap();
        let (store, recovered) = folder.open();
        assert_eq!(command(&recovered), "•••", "nothing that somebody else wrote reaches the agent");
        drop(store);
    }
    fs::write(&file, honest).unwrap();
    let (store, _) = folder.open();
    store.keep(waiting(1, 3)).await.unwrap();
    store.close().await;
    drop(store);
    fs::write(&file, older).unwrap();
    assert_eq!(command(&folder.open().1), "•••", "an older one is of another time");
}

#[tokio::test]
async fn an_edit_by_hand_keeps_what_was_typed() {
    // REQ-PROOF-04, REQ-PROOF-03
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(waiting(1, 1)).await.unwrap();
    store.close().await;
    drop(store);
    folder.edit(1, |text| text.replace("title: Implement", "title: Do not implement"));
    let (store, recovered) = folder.open();
    assert_eq!(command(&recovered), TYPED);
    assert!(recovered.records[0].title.starts_with("Do not implement"));
    store.close().await;
    drop(store);
    assert!(!are_kept(&folder));
    assert_eq!(command(&folder.open().1), TYPED);
}

#[tokio::test]
async fn a_purge_finds_what_was_typed_too() {
    // REQ-PROOF-04
    use crate::store::purge::{Purge, PurgeTarget, Unwanted};
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.keep(waiting(1, 1)).await.unwrap();
    store.close().await;
    drop(store);
    let target = PurgeTarget::Text(Unwanted::new(b"Hunter22!x").unwrap());
    let purge = Purge::of(folder.directory.path(), folder.keys.clone(), target);
    assert_eq!(purge.survey::<Sample>().unwrap().files, 1);
    assert_eq!(purge.carry_out::<Sample>(folder.clock.as_ref()).unwrap(), [""; 0]);
    assert_eq!(command(&folder.open().1), "typed: the password is •••", "the rest of the message is there");
}
