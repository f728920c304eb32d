//! Who decided what, in a list that shows when somebody changed it: each entry carries the hash of the one before.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the first entry carries in place of a hash.
pub const GENESIS: &str = "genesis";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    pub at: Timestamp,
    /// Who, such as `web:anna`; `gateway` for its own defaults.
    pub who: String,
    /// What was done, such as `answered` or `refused`.
    pub what: String,
    pub session: String,
    pub ask: String,
    /// Of what was asked.
    pub digest: String,
    pub answer: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChainedEntry {
    pub number: u64,
    #[serde(flatten)]
    pub entry: AuditEntry,
    pub previous: String,
    pub hash: String,
}

/// What is wrong with a chain, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditFault {
    #[error("entry {number} was changed: its content does not fit its hash")]
    Changed { number: u64 },
    #[error("between entries {before} and {number} something was removed or inserted")]
    Broken { before: u64, number: u64 },
}

/// The next entry of a chain.
pub fn chain(last: Option<&ChainedEntry>, entry: AuditEntry) -> ChainedEntry {
    let number = last.map_or(1, |last| last.number + 1);
    let previous = last.map_or_else(|| GENESIS.to_owned(), |last| last.hash.clone());
    let hash = hash(number, &entry, &previous);
    ChainedEntry { number, entry, previous, hash }
}

/// Checks a whole chain. Cutting off its end leaves a valid chain: whoever keeps it must remember its length.
pub fn verify(chain: &[ChainedEntry]) -> Result<(), AuditFault> {
    let (mut number, mut previous) = (0, GENESIS);
    for link in chain {
        if hash(link.number, &link.entry, &link.previous) != link.hash {
            return Err(AuditFault::Changed { number: link.number });
        }
        if link.number != number + 1 || link.previous != previous {
            return Err(AuditFault::Broken { before: number, number: link.number });
        }
        (number, previous) = (link.number, &link.hash);
    }
    Ok(())
}

fn hash(number: u64, entry: &AuditEntry, previous: &str) -> String {
    let AuditEntry { at, who, what, session, ask, digest, answer } = entry;
    let text = serde_json::json!([number, at, who, what, session, ask, digest, answer, previous]).to_string();
    hex::encode(Sha256::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<ChainedEntry> {
        let mut all: Vec<ChainedEntry> = vec![];
        for n in 0..5 {
            let entry = AuditEntry {
                at: Timestamp::from_second(n).unwrap(),
                who: "web:anna".into(),
                what: "answered".into(),
                session: "ses_12345678".into(),
                ask: format!("per_{n}"),
                digest: "d".into(),
                answer: "once".into(),
            };
            let next = chain(all.last(), entry);
            all.push(next);
        }
        all
    }

    #[test]
    fn an_untouched_chain_is_right() {
        // REQ-ASK-10
        assert_eq!(verify(&sample()), Ok(()));
    }

    #[test]
    fn a_changed_a_removed_and_an_inserted_entry_are_found() {
        // REQ-ASK-10
        let mut changed = sample();
        changed[2].entry.answer = "deny".into();
        assert_eq!(verify(&changed), Err(AuditFault::Changed { number: 3 }));
        let mut removed = sample();
        removed.remove(2);
        assert_eq!(verify(&removed), Err(AuditFault::Broken { before: 2, number: 4 }));
        let mut inserted = sample();
        let copy = inserted[1].clone();
        inserted.insert(2, copy);
        assert_eq!(verify(&inserted), Err(AuditFault::Broken { before: 2, number: 2 }));
    }
}
