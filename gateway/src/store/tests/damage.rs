//! Planted damage, and whether `state verify` and `audit verify` find it.

use super::*;
use std::fs;

async fn sound() -> Folder {
    let folder = Folder::new();
    let (store, _) = folder.open();
    for n in 1..4 {
        store.keep(at_position(n, 1)).await.unwrap();
        store.audit(audit_entry(&format!("per_{n}"))).await.unwrap();
        store.flush().await.unwrap();
    }
    store.close().await;
    assert_eq!(folder.findings(), [""; 0]);
    folder
}

fn faults(folder: &Folder) -> String {
    let report = folder.inspect().audit().unwrap();
    report.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_changed_a_removed_an_inserted_and_a_cut_off_audit_entry_are_found() {
    // REQ-ASK-10
    type Plant = fn(&str) -> String;
    let plants: [(Plant, &str); 5] = [
        (|text| text.replace("per_2", "per_9"), "line 2: entry 2 was changed"),
        (|text| lines(text, &[0, 2]), "line 2: entry 3 does not follow the one before it"),
        (|text| lines(text, &[0, 1, 1, 2]), "line 3: entry 2 does not follow"),
        (|text| lines(text, &[0, 1]), "the log ends with entry 2"),
        (|text| text.replacen('{', "#", 1), "line 1: not a valid audit entry"),
    ];
    for (plant, says) in plants {
        let folder = sound().await;
        let path = folder.at("audit/000001.jsonl");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, plant(&text)).unwrap();
        assert!(faults(&folder).to_lowercase().contains(says), "{says}: {}", faults(&folder));
        assert!(!folder.findings().is_empty(), "{says}");
        // The next start writes it again from git, and keeps the evidence.
        let (store, recovered) = folder.open();
        assert!(told(&recovered.notices).contains("written again from the newest commit"), "{says}");
        drop(store);
        assert_eq!(faults(&folder), "", "{says}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(fs::read_dir(folder.at("damaged")).unwrap().count(), 1);
    }
}

fn lines(text: &str, chosen: &[usize]) -> String {
    let all: Vec<_> = text.lines().collect();
    chosen.iter().map(|index| format!("{}\n", all[*index])).collect()
}

#[tokio::test]
async fn entries_that_only_the_journal_has_are_counted() {
    // REQ-ASK-10
    let folder = sound().await;
    let config = StoreConfig { window: Duration::from_secs(600), ..folder.config() };
    let clock = Arc::clone(&folder.clock) as Arc<dyn Clock>;
    let (store, _) = Store::<Sample>::open(config, clock).await.unwrap();
    store.audit(audit_entry("per_4")).await.unwrap();
    for running in [true, false] {
        let report = folder.inspect().audit().unwrap();
        assert_eq!((report.entries, report.pending), (3, 1), "running: {running}");
        assert_eq!(report.faults, []);
        assert_eq!(folder.inspect().audit_entries().unwrap()[3].entry.ask, "per_4");
        if running {
            // As after kill -9.
            std::mem::forget(store.clone());
        }
    }
}

#[tokio::test]
async fn an_entry_that_is_given_again_after_a_kill_is_kept_once() {
    // REQ-ASK-10, REQ-STATE-03
    let folder = sound().await;
    let (store, _) = folder.open();
    store.audit(audit_entry("per_4")).await.unwrap();
    drop(store);
    let (store, _) = folder.open();
    for ask in ["per_1", "per_4", "per_5"] {
        store.audit(audit_entry(ask)).await.unwrap();
    }
    store.flush().await.unwrap();
    let entries = folder.inspect().audit_entries().unwrap();
    let asks: Vec<_> = entries.iter().map(|link| link.entry.ask.as_str()).collect();
    assert_eq!(asks, ["per_1", "per_2", "per_3", "per_4", "per_5"]);
}

#[tokio::test]
async fn a_changed_record_is_found_with_its_line() {
    // REQ-STATE-04
    let folder = sound().await;
    folder.edit(2, |text| text.replace("position: 1", "position: 9"));
    let found = folder.findings().join("\n");
    assert!(found.contains("line 6: it was changed outside the gateway"), "{found}");
    let folder = sound().await;
    fs::remove_file(folder.record(2)).unwrap();
    let found = folder.findings().join("\n");
    assert!(found.contains("the newest commit has this record"), "{found}");
    let (_store, recovered) = folder.open();
    assert_eq!(position(&recovered, 2), Some(1));
}

#[tokio::test]
async fn a_flipped_byte_in_the_journal_costs_one_entry_and_is_found() {
    // REQ-STATE-04
    let folder = Folder::new();
    let (store, _) = folder.open();
    store.flush().await.unwrap();
    for n in 1..4 {
        store.keep(at_position(n, 1)).await.unwrap();
    }
    drop(store);
    let path = folder.journal();
    let mut bytes = fs::read(&path).unwrap();
    let second = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 100;
    bytes[second] ^= 0x01;
    fs::write(&path, &bytes).unwrap();
    let found = folder.findings().join("\n");
    assert!(found.contains(".journal, line 2: ") && found.contains("are damaged"), "{found}");
    let (_store, recovered) = folder.open();
    assert_eq!((position(&recovered, 1), position(&recovered, 3)), (Some(1), Some(1)));
    assert!(told(&recovered.notices).contains("are damaged"));
}

#[tokio::test]
async fn a_missing_and_a_damaged_git_object_are_found() {
    // REQ-STATE-04
    for remove in [true, false] {
        let folder = sound().await;
        let files = fs::read_dir(folder.at(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
        for pack in files.filter(|path| path.extension().is_some_and(|end| end == "pack")) {
            let mut bytes = fs::read(&pack).unwrap();
            fs::remove_file(&pack).unwrap();
            if remove {
                fs::remove_file(pack.with_extension("idx")).unwrap();
            } else {
                (20..bytes.len() - 20).for_each(|at| bytes[at] ^= 0x5a);
                fs::write(&pack, bytes).unwrap();
            }
        }
        let found = folder.findings().join("\n");
        assert!(found.contains(".git/objects") && found.contains("Restore it from a backup"), "{found}");
        let (store, recovered) = folder.open();
        let said = told(&recovered.notices);
        assert!(said.contains("THE HISTORY WAS DAMAGED"), "CHAOS F10 n: {said}");
        assert_eq!((recovered.records.len(), position(&recovered, 2)), (3, Some(1)));
        store.flush().await.unwrap();
        assert_eq!(folder.findings(), [""; 0]);
    }
}

#[tokio::test]
async fn damage_in_the_ledger_is_found() {
    use crate::sessions::ports::PostState;
    let folder = Folder::new();
    let (store, _) = folder.open();
    for key in ["a", "b", "c"] {
        store.post(&id(1), key, PostState::Intended).await.unwrap();
    }
    store.close().await;
    drop(store);
    let path = folder.at("ledger/ledger.journal");
    let mut bytes = fs::read(&path).unwrap();
    bytes[60] ^= 0x01;
    fs::write(&path, bytes).unwrap();
    let found = folder.findings().join("\n");
    assert!(found.contains("ledger.journal, line 1"), "{found}");
    assert_eq!(folder.open().1.unresolved.len(), 2);
}
