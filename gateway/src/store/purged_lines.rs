//! Lines of the audit log that somebody had a text removed from (`gateway state purge`).
//!
//! Such a line says what its hash was, and so stays the leaf that it was: all signed heads still fit. What is left of its
//! words is not covered by that hash. The newest entry `purged text` covers it: it names all such lines of the log, with a digest of
//! them as they are now. A line that claims to be one and is not named was changed by somebody.

use crate::store::audit_fault::AuditFault;
use crate::store::audit_log::AuditLine;
use crate::store::foreign_lines::{self, ForeignLines};
use gateway_domain::{AuditEntry, AuditSubject, MASK};
use gateway_proof::tree::{Hash, leaf_hash};
use memchr::memmem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What a purge's entry says that was done.
pub(super) const WHAT: &str = "purged text";

/// A line that was no entry, once a text was removed from it.
#[derive(Serialize, Deserialize)]
struct Rest {
    purged: String,
}

/// The line's hash in the tree.
pub(super) fn leaf(line: &[u8]) -> Hash {
    was(line).unwrap_or_else(|| leaf_hash(line))
}

pub(super) fn is_purged(line: &[u8]) -> bool {
    was(line).is_some()
}

/// Nothing but the hash is left of it.
pub(super) fn is_of_no_entry(line: &[u8]) -> bool {
    is_purged(line) && serde_json::from_slice::<AuditLine>(line).is_err()
}

fn was(line: &[u8]) -> Option<Hash> {
    // Most lines are read once only.
    const FIELD: &[u8] = b"\"purged\":\"";
    memmem::find(line, FIELD)?;
    let rest: Rest = serde_json::from_slice(line).ok()?;
    let mut hash = Hash::default();
    hex::decode_to_slice(rest.purged, &mut hash).ok()?;
    Some(hash)
}

/// The line without a text: `without` gives what is left of each string, and None where nothing has to go.
pub(super) fn purged(line: &[u8], without: &dyn Fn(&str) -> Option<String>) -> Option<Vec<u8>> {
    let leaf = hex::encode(leaf(line));
    let Ok(entry) = serde_json::from_slice::<AuditLine>(line) else {
        let text = String::from_utf8_lossy(line);
        return without(&text).and_then(|_| serde_json::to_vec(&Rest { purged: leaf }).ok());
    };
    let mut entry = entry;
    let AuditEntry { who, session, ask, answer, told, .. } = &mut entry.link.entry;
    let mut has_changed = false;
    for text in [who, session, ask, answer] {
        if let Some(rest) = without(text) {
            (*text, has_changed) = (rest, true);
        }
    }
    let mut words = serde_json::to_value(&*told).ok()?;
    if without_in(&mut words, without) {
        *told = serde_json::from_value(words).unwrap_or_default();
        has_changed = true;
    }
    has_changed.then(|| rest_of(entry, leaf)).flatten()
}

/// The line without any words that people or agents wrote. None for one that the log itself needs, or that has lost them.
pub(super) fn wordless(line: &[u8]) -> Option<Vec<u8>> {
    let leaf = hex::encode(leaf(line));
    let mut entry: AuditLine = serde_json::from_slice(line).ok()?;
    let is_the_logs_own = [WHAT, "log_key"].contains(&entry.link.entry.what.as_str());
    let AuditEntry { answer, told, .. } = &mut entry.link.entry;
    let AuditSubject { human, proof, rule, passkey, .. } = told.clone();
    let left =
        AuditSubject { subject: MASK.to_owned(), human, proof, rule, passkey, ..AuditSubject::default() };
    let is_done = is_the_logs_own || *told == left;
    *told = left;
    if !answer.is_empty() {
        *answer = MASK.to_owned();
    }
    (!is_done).then(|| rest_of(entry, leaf)).flatten()
}

/// A digest of what was removed, or a salt, would let others guess it.
fn rest_of(mut entry: AuditLine, leaf: String) -> Option<Vec<u8>> {
    entry.link.entry.digest.clear();
    entry.salt.clear();
    entry.purged = Some(leaf);
    serde_json::to_vec(&entry).ok()
}

fn without_in(value: &mut Value, without: &dyn Fn(&str) -> Option<String>) -> bool {
    match value {
        Value::String(text) => {
            let rest = without(text);
            let has_changed = rest.is_some();
            *text = rest.unwrap_or_else(|| std::mem::take(text));
            has_changed
        }
        // All are looked at, whatever the first of them says.
        Value::Array(all) => all.iter_mut().fold(false, |changed, one| without_in(one, without) | changed),
        Value::Object(all) => all.values_mut().fold(false, |changed, one| without_in(one, without) | changed),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What the entry of a purge says of the log: which lines have lost a text, this time or earlier, and a digest of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PurgedLines {
    /// Counted from 1, such as `3,7-9`.
    pub(super) lines: String,
    pub(super) digest: String,
}

/// All lines of a log that have lost a text, and what its purges say of them.
#[derive(Debug, Default)]
pub(super) struct Purges {
    seen: u64,
    purged: BTreeMap<u64, Vec<u8>>,
    named: Vec<(u64, PurgedLines)>,
    foreign: ForeignLines,
}

impl Purges {
    /// In the order of the log.
    pub(super) fn look(&mut self, line: &[u8]) {
        self.seen += 1;
        if is_purged(line) {
            self.purged.insert(self.seen, line.to_vec());
        } else if let Some(entry) = said_in(line) {
            self.foreign.look(self.seen, &entry);
            self.named.extend(named_in(&entry).map(|named| (self.seen, named)));
        }
    }

    pub(super) fn found(&self) -> PurgedLines {
        PurgedLines {
            lines: ranges(&self.purged.keys().copied().collect()),
            digest: digest(self.purged.values()),
        }
    }

    /// Lines that no gateway with the log's key wrote, as entries behind them say.
    pub(super) fn foreign(&self) -> BTreeSet<u64> {
        self.foreign.all(self.seen)
    }

    /// What the newest purge says. One that somebody wrote who can't sign is none.
    fn newest(&self) -> Option<&(u64, PurgedLines)> {
        let foreign = self.foreign();
        self.named.iter().rev().find(|(by, _)| !foreign.contains(by))
    }

    /// Whether the newest purge of `other`, the log as it is, says what is found here.
    pub(super) fn is_named_in(&self, other: &Self) -> bool {
        self.purged.is_empty() || other.newest().is_some_and(|(_, named)| *named == self.found())
    }

    /// Whether all that the newest purge of `other`, the log as it is, says to be removed is removed here, and so that it fits.
    pub(super) fn complete(&self, other: &Self) -> bool {
        let Some((_, named)) = other.newest() else { return true };
        let claimed = numbers(&named.lines, self.seen);
        let left = claimed.iter().map_while(|n| self.purged.get(n)).collect::<Vec<_>>();
        left.len() == claimed.len() && digest(left) == named.digest
    }

    /// The entry that lines which lost a text rest on, where `signed` entries are covered by a checkpoint and it isn't among them.
    pub(super) fn unsigned(&self, signed: u64) -> Option<AuditFault> {
        let (by, _) = self.newest().filter(|(by, _)| !self.purged.is_empty() && *by > signed)?;
        Some(AuditFault::PurgeNotSigned { by: *by })
    }

    pub(super) fn fault(&self) -> Option<AuditFault> {
        let (found, named) = (self.found(), self.newest());
        let claimed = named.map(|(_, named)| numbers(&named.lines, self.seen)).unwrap_or_default();
        let unnamed = self.purged.keys().find(|n| !claimed.contains(n)).copied();
        if let Some(n) = unnamed {
            return Some(AuditFault::PurgedByNobody { n });
        }
        let (by, named) = named?;
        let left = claimed.iter().find(|n| !self.purged.contains_key(n)).copied();
        match left {
            Some(n) => Some(AuditFault::PurgeBrokenOff { n, by: *by }),
            None => (named.digest != found.digest).then_some(AuditFault::PurgedOtherwise { by: *by }),
        }
    }
}

fn digest<'a>(lines: impl IntoIterator<Item = &'a Vec<u8>>) -> String {
    let mut digest = Sha256::default();
    for line in lines {
        digest.update(line);
        digest.update(b"\n");
    }
    hex::encode(digest.finalize())
}

/// The entry, if it may say something of other lines.
fn said_in(line: &[u8]) -> Option<AuditEntry> {
    let has = |what: &str| memmem::find(line, what.as_bytes()).is_some();
    let entry: AuditLine =
        (has(WHAT) || has(foreign_lines::WHAT)).then(|| serde_json::from_slice(line).ok()).flatten()?;
    Some(entry.link.entry)
}

fn named_in(entry: &AuditEntry) -> Option<PurgedLines> {
    (entry.what == WHAT).then(|| serde_json::from_str(&entry.answer).ok()).flatten()
}

/// `3,7-9`
pub(super) fn ranges(numbers: &BTreeSet<u64>) -> String {
    let mut ranges: Vec<(u64, u64)> = vec![];
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let text = ranges.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    text.collect::<Vec<_>>().join(",")
}

/// What stands there and is no range of a log of so many lines counts for nothing: the digest tells the rest.
pub(super) fn numbers(ranges: &str, lines: u64) -> BTreeSet<u64> {
    let mut all = BTreeSet::new();
    for range in ranges.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        if let (Ok(first), Ok(last)) = (first.parse::<u64>(), last.parse::<u64>())
            && last <= lines
        {
            all.extend(first..=last);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::chain;
    use jiff::Timestamp;

    fn line(what: &str, subject: &str, answer: &str) -> Vec<u8> {
        let told = AuditSubject { subject: subject.to_owned(), ..AuditSubject::default() };
        let entry = AuditEntry::new(Timestamp::UNIX_EPOCH, "web:anna", what, "ses_12345678");
        let entry = AuditEntry { digest: "d".into(), answer: answer.to_owned(), told, ..entry };
        let link = chain(None, entry);
        serde_json::to_vec(&AuditLine { change: 1, salt: "5a".into(), purged: None, link }).unwrap()
    }

    fn without(text: &str) -> Option<String> {
        text.contains("hunter22").then(|| text.replace("hunter22", MASK))
    }

    fn named(purges: &Purges) -> Vec<u8> {
        line(WHAT, "", &serde_json::to_string(&purges.found()).unwrap())
    }

    fn looked(lines: &[&[u8]]) -> Purges {
        let mut purges = Purges::default();
        lines.iter().for_each(|line| purges.look(line));
        purges
    }

    #[test]
    fn a_line_without_its_text_stays_the_leaf_that_it_was() {
        // REQ-PROOF-04, REQ-PROOF-02
        let whole = line("wrote", "the word is hunter22", "");
        let rest = purged(&whole, &without).unwrap();
        assert_eq!(leaf(&rest), leaf_hash(&whole));
        let text = String::from_utf8(rest.clone()).unwrap();
        assert!(text.contains("the word is •••") && !text.contains("hunter22"), "{text}");
        assert!(!text.contains("salt") && text.contains(r#""digest":"""#), "nothing to guess by: {text}");
        let again = purged(&rest, &|text| text.contains("word").then(|| MASK.to_owned())).unwrap();
        assert_eq!(leaf(&again), leaf_hash(&whole), "removed from twice");
        assert_eq!(purged(&whole, &|_| None), None);
        let broken = purged(b"no entry, hunter22", &without).unwrap();
        assert!(is_of_no_entry(&broken) && leaf(&broken) == leaf_hash(b"no entry, hunter22"));
        let words = wordless(&whole).unwrap();
        assert!(!String::from_utf8(words.clone()).unwrap().contains("word"));
        assert_eq!((wordless(&words), wordless(&line("log_key", "a note", ""))), (None, None));
    }

    #[test]
    fn an_entry_cannot_claim_by_its_text_that_it_was_purged() {
        // REQ-PROOF-02
        let forged = line("wrote", r#"","purged":"00"#, "");
        assert_eq!(leaf(&forged), leaf_hash(&forged));
    }

    #[test]
    fn what_lost_a_text_is_as_the_newest_purge_says_or_somebody_changed_it() {
        // REQ-PROOF-04, REQ-PROOF-02
        let (first, second) = (line("wrote", "hunter22 a", ""), line("wrote", "hunter22 b", ""));
        let [a, b] = [&first, &second].map(|line| purged(line, &without).unwrap());
        let entry = named(&looked(&[&a, &b]));
        assert_eq!(looked(&[&a, &b, &entry]).fault(), None);
        assert_eq!(looked(&[&a, &b]).fault(), Some(AuditFault::PurgedByNobody { n: 1 }));
        let of_one = named(&looked(&[&a]));
        assert_eq!(looked(&[&a, &b, &of_one]).fault(), Some(AuditFault::PurgedByNobody { n: 2 }));
        let unfinished = looked(&[&a, &second, &entry]).fault();
        assert_eq!(unfinished, Some(AuditFault::PurgeBrokenOff { n: 2, by: 3 }));
        let swapped = String::from_utf8(b.clone()).unwrap().replace("anna", "dora").into_bytes();
        assert_eq!(looked(&[&a, &swapped, &entry]).fault(), Some(AuditFault::PurgedOtherwise { by: 3 }));
        assert_eq!(looked(&[&first, &second]).fault(), None);
    }

    #[test]
    fn ranges_are_read_as_they_are_written() {
        let all = BTreeSet::from([1, 3, 4, 5, 9]);
        assert_eq!((ranges(&all).as_str(), numbers("1,3-5,9", 9)), ("1,3-5,9", all));
        assert!(numbers("", 9).is_empty() && numbers("x,-,1-99999999999999", 9).is_empty());
    }
}
