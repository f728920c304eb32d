//! Lines that somebody who can write the folder, and has no key, adds to the audit log while no gateway runs.

use super::audit_heads::{against, python};
use super::*;
use crate::store::audit_log::AuditLine;
use crate::store::purged_lines::Purges;
use gateway_domain::chain;
use std::fs;
use std::process::Command;

const LOG: &str = "audit/000001.jsonl";

struct SavedLog {
    folder: Folder,
    kept: String,
}

async fn saved_log() -> SavedLog {
    let folder = Folder::new();
    let (store, _) = folder.open();
    for n in 1..=4 {
        store.audit(audit_entry(&format!("per_{n}"))).await.unwrap();
        store.keep(at_position(n as usize, 1)).await.unwrap();
    }
    store.flush().await.unwrap();
    store.close().await;
    drop(store);
    let kept = folder.inspect().audit_checkpoint().unwrap();
    SavedLog { folder, kept }
}

/// The log with one more line, chained as the gateway chains it.
fn chained(log: &str, entry: AuditEntry) -> String {
    let last: AuditLine = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let link = chain(Some(&last.link), entry);
    let line = AuditLine { change: last.change + 1, salt: String::new(), purged: None, link };
    format!("{log}{}\n", serde_json::to_string(&line).unwrap())
}

fn edit(folder: &Folder, change: impl FnOnce(String) -> String) {
    let log = fs::read_to_string(folder.at(LOG)).unwrap();
    fs::write(folder.at(LOG), change(log)).unwrap();
}

/// As the gateway's own commits look, with the newest entry in the message.
fn commit(folder: &Folder) {
    let log = fs::read_to_string(folder.at(LOG)).unwrap();
    let last: AuditLine = serde_json::from_str(log.lines().last().unwrap()).unwrap();
    let message = format!("answered\n\nAudit: {} {}", last.link.number, last.link.hash);
    let args = ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qam", &message];
    let done = Command::new("git").arg("-C").arg(folder.directory.path()).args(args).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

/// A gateway starts, works, and ends.
async fn started(folder: &Folder) -> Vec<AuditEntry> {
    let (store, recovered) = folder.open();
    for entry in &recovered.to_log {
        store.audit(entry.clone()).await.unwrap();
    }
    store.audit(audit_entry("per_9")).await.unwrap();
    store.flush().await.unwrap();
    store.close().await;
    recovered.to_log
}

#[tokio::test]
async fn a_line_that_was_added_by_hand_is_told_of_for_ever() {
    // REQ-PROOF-02, REQ-PROOF-03: the next start signed it, and nobody could tell it from a decision.
    for commits in [false, true] {
        let SavedLog { folder, kept } = saved_log().await;
        let forged = AuditEntry { who: "web:mallory".into(), ..audit_entry("per_forged") };
        edit(&folder, |log| chained(&log, forged));
        if commits {
            commit(&folder);
        }
        let told = started(&folder).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].what.as_str(), told[0].answer.as_str()), ("foreign entries", "5"));
        assert_eq!(started(&folder).await, [], "once");
        let faults = against(&folder, &kept).join("\n");
        assert!(faults.contains("Nobody with this log's key wrote the entries 5"), "{faults}");
        assert!(python(&folder, &kept).unwrap_err().contains("entries [5] were added by hand"));
        let health = folder.open().1.notices;
        assert!(health.iter().any(|notice| notice.to_string().contains("added them by hand")), "{health:?}");
    }
}

#[tokio::test]
async fn a_purge_that_was_added_by_hand_is_none_even_after_a_start_has_signed_over_it() {
    // REQ-PROOF-02, REQ-PROOF-04: so the words of any old entry could be changed by someone without a key.
    let SavedLog { folder, kept } = saved_log().await;
    edit(&folder, |log| {
        let line = log.lines().nth(1).unwrap();
        let mut forged: serde_json::Value = serde_json::from_str(line).unwrap();
        forged["purged"] = hex::encode(gateway_proof::tree::leaf_hash(line.as_bytes())).into();
        forged["who"] = "web:dora".into();
        let log = log.replace(line, &forged.to_string());
        let mut purges = Purges::default();
        log.lines().for_each(|line| purges.look(line.as_bytes()));
        let answer = serde_json::to_string(&purges.found()).unwrap();
        let at = "2026-03-09T12:00:00Z".parse().unwrap();
        chained(&log, AuditEntry { answer, ..AuditEntry::new(at, "cli:anna", "purged text", "") })
    });
    commit(&folder);
    started(&folder).await;
    let faults = against(&folder, &kept).join("\n");
    assert!(faults.contains("Entry 2 claims that a text was removed from it, and no entry"), "{faults}");
    assert!(python(&folder, &kept).unwrap_err().starts_with("FAULT: "));
}

#[tokio::test]
async fn a_gateway_that_was_killed_is_no_stranger_to_its_own_lines() {
    // REQ-PROOF-02, REQ-STATE-03
    let SavedLog { folder, kept } = saved_log().await;
    let before = fs::read(folder.at("audit/checkpoint")).unwrap();
    let (store, _) = folder.open_without_rounds();
    store.audit(audit_entry("per_5")).await.unwrap();
    drop(store);
    assert_eq!(started(&folder).await, []);
    // The lines reached the disk, the commit has their checkpoint, and the file with it was lost in a power cut.
    fs::write(folder.at("audit/checkpoint"), before).unwrap();
    assert_eq!(started(&folder).await, []);
    assert_eq!((folder.findings(), against(&folder, &kept)), (vec![], vec![]));
}
