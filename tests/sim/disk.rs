//! The state volume: whole records as text, replaced at once or not at all, and the audit log.

use gateway_domain::{AuditEntry, SessionRecord};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Disk {
    records: BTreeMap<String, KeptRecord>,
    pub audit: Vec<AuditEntry>,
    /// Until then every write fails: the disk is full, or broken.
    refuses_until: u64,
}

struct KeptRecord {
    text: String,
    record: SessionRecord,
}

impl Disk {
    pub fn refuse_until(&mut self, until: u64) {
        self.refuses_until = until;
    }

    pub fn refuses(&self, now: u64) -> bool {
        now < self.refuses_until
    }

    /// Gives back the text that is on disk now.
    pub fn keep(&mut self, record: &SessionRecord) -> &str {
        let text = serde_json::to_string(record).unwrap();
        let kept = KeptRecord { text, record: record.clone() };
        let place = self.records.entry(record.session.clone()).or_insert_with(|| KeptRecord {
            text: String::new(),
            record: SessionRecord::new(&record.session, &record.pod),
        });
        *place = kept;
        &place.text
    }

    pub fn get(&self, session: &str) -> Option<&SessionRecord> {
        self.records.get(session).map(|kept| &kept.record)
    }

    /// What a gateway finds when it starts.
    pub fn read_all(&self) -> Vec<SessionRecord> {
        let read = |kept: &KeptRecord| serde_json::from_str(&kept.text).unwrap();
        self.records.values().map(read).collect()
    }
}
