//! Lines at the end of the audit log that no gateway with our key wrote.
//!
//! Whoever can write the state folder can chain an entry to the log, and commit it too: neither takes the key. So a line counts as ours
//! when a checkpoint that we signed covers it, or when the journal, whose entries are signed, has it. Any other one stays where
//! it is, since it is evidence, and an entry behind it says so for ever. A purge that only such a line claims is none.

use crate::store::audit_log::AuditLine;
use crate::store::purged_lines;
use crate::store::purged_lines::{numbers, ranges};
use gateway_domain::{AuditEntry, AuditSubject};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};

/// What the entry about them says that was done.
pub(super) const WHAT: &str = "foreign entries";

/// Lines behind the first `signed` that the journal doesn't have, counted from 1.
pub(super) fn found(lines: &[Vec<u8>], signed: u64, journal: &[(u64, AuditEntry)]) -> BTreeSet<u64> {
    let ours: HashMap<u64, &AuditEntry> = journal.iter().map(|(change, entry)| (*change, entry)).collect();
    let is_ours = |line: &[u8]| {
        let Ok(AuditLine { change, link, .. }) = serde_json::from_slice(line) else { return false };
        ours.get(&change).is_some_and(|entry| **entry == link.entry) && !purged_lines::is_purged(line)
    };
    let numbered = (1..).zip(lines).skip(usize::try_from(signed).unwrap_or(usize::MAX));
    numbered.filter(|(_, line)| !is_ours(line)).map(|(number, _)| number).collect()
}

/// What the log itself says of them from then on.
pub(super) fn entry(at: Timestamp, lines: &str) -> AuditEntry {
    let subject = format!(
        "No gateway with this log's key wrote the entries {lines}: they were added by hand while no gateway ran. What they say \
            counts for nothing"
    );
    let told = AuditSubject { subject, ..AuditSubject::default() };
    AuditEntry { answer: lines.to_owned(), told, ..AuditEntry::new(at, "gateway", WHAT, "") }
}

/// Entries about lines of others, in the order of the log.
#[derive(Debug, Default)]
pub(super) struct ForeignLines(Vec<(u64, String)>);

impl ForeignLines {
    pub(super) fn look(&mut self, number: u64, entry: &AuditEntry) {
        if entry.what == WHAT && entry.who == "gateway" {
            self.0.push((number, entry.answer.clone()));
        }
    }

    /// All that were told of. One that is told of by a later one says nothing itself.
    pub(super) fn all(&self, lines: u64) -> BTreeSet<u64> {
        let mut all = BTreeSet::new();
        for (number, said) in self.0.iter().rev() {
            if !all.contains(number) {
                all.extend(numbers(said, lines));
            }
        }
        all
    }

    pub(super) fn named(lines: &BTreeSet<u64>) -> Option<String> {
        (!lines.is_empty()).then(|| ranges(lines))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::chain;

    fn entry_by(who: &str) -> AuditEntry {
        AuditEntry::new(Timestamp::UNIX_EPOCH, who, "answered", "ses_12345678")
    }

    fn line(change: u64, who: &str) -> Vec<u8> {
        let link = chain(None, entry_by(who));
        serde_json::to_vec(&AuditLine { change, salt: String::new(), purged: None, link }).unwrap()
    }

    #[test]
    fn a_line_is_ours_by_a_signature_or_by_the_journal() {
        // REQ-PROOF-02
        let lines = [line(1, "web:anna"), line(2, "web:anna"), line(3, "web:mallory"), b"no entry".to_vec()];
        let journal = [(2, entry_by("web:anna")), (3, entry_by("web:anna"))];
        assert_eq!(found(&lines, 1, &journal), BTreeSet::from([3, 4]), "another person than in the journal");
        assert_eq!(found(&lines, 4, &[]), BTreeSet::new());
        assert_eq!(found(&lines, 9, &[]), BTreeSet::new());
        assert_eq!(found(&lines, 0, &[]).len(), 4);
    }

    #[test]
    fn what_a_line_of_others_says_of_lines_of_others_counts_for_nothing() {
        // REQ-PROOF-02
        let mut foreign = ForeignLines::default();
        foreign.look(5, &entry(Timestamp::UNIX_EPOCH, "2-3"));
        foreign.look(6, &AuditEntry { who: "web:anna".into(), ..entry(Timestamp::UNIX_EPOCH, "1") });
        foreign.look(8, &entry(Timestamp::UNIX_EPOCH, "5,7"));
        assert_eq!(foreign.all(9), BTreeSet::from([5, 7]));
        assert_eq!(ForeignLines::named(&foreign.all(9)).as_deref(), Some("5,7"));
    }
}
