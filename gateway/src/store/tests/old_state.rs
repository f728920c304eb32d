//! What the gateway of 2026-11-28 wrote is read, and written the same: either gateway may follow the other.

use crate::store::records::yaml;
use gateway_domain::SessionRecord;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(inside: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/state-2026-11-28").join(inside)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn records_with_orders_under_way_are_read_and_written_as_they_were() {
    // REQ-STATE-01
    let all = files(&fixture("sessions"));
    assert_eq!(all.len(), 9);
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        let id = file.file_name().unwrap().to_str().unwrap().split('.').next().unwrap();
        let sheet = yaml::read::<SessionRecord>(text.as_bytes(), id).unwrap();
        assert_eq!(sheet.record.outbox.len(), 1, "{id}");
        assert_eq!(yaml::render(&sheet.record, sheet.revision, &sheet.foreign).unwrap(), text);
    }
}

#[test]
fn so_are_those_that_only_the_journal_has() {
    // REQ-STATE-01
    let lines =
        files(&fixture("journal")).iter().map(|file| fs::read_to_string(file).unwrap()).collect::<String>();
    let mut found = 0;
    for line in lines.lines() {
        let entry: Value = serde_json::from_str(line.splitn(4, ' ').nth(3).unwrap()).unwrap();
        let written = &entry["body"]["record"];
        if written["outbox"].is_array() {
            let record: SessionRecord = serde_json::from_value(written.clone()).unwrap();
            assert_eq!(serde_json::to_value(&record).unwrap(), *written);
            found += 1;
        }
    }
    assert_eq!(found, 15);
}
