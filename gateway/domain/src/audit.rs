//! The audit log: who decided what. Each entry carries the hash of the one before, so that changes show.

use crate::ask::held_call::HeldCall;
use crate::ask::{Answer, Ask, AskBody};
use crate::mask::{mask, mask_text};
use crate::pod_identity::PodIdentity;
use crate::proven::{PasskeyNote, Proof, SignedAnswer};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
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
    #[serde(flatten)]
    pub told: AuditSubject,
}

/// What the decision was about, in words that a person reads years later. Entries from before it was kept have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditSubject {
    /// What was asked: the command, the file, the question; secrets are masked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub subject: String,
    /// What "always" or a grant covers from then on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub always: Vec<String>,
    /// The session's title at that time.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Which of the people that the configuration names it was.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub human: String,
    /// How far that is proven; none is a name only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// The rules that it was decided under, each with a fingerprint.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<String>,
    /// Why it was allowed, in the person's own words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What the person's passkey signed. Without it the entry is the gateway's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedAnswer>>,
    /// The passkey that was added: whoever checks what it signs takes the key from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<Box<PasskeyNote>>,
}

/// Longest subject in an entry; the digest is of all of it.
const SUBJECT: usize = 2_000;

impl AuditSubject {
    pub(crate) fn of_session(title: &str) -> Self {
        Self { title: mask(title), ..Self::default() }
    }

    /// The ask's body is masked already.
    pub(crate) fn of_ask(ask: &Ask, answer: &Answer, title: &str) -> Self {
        let always = match (&ask.body, answer) {
            (AskBody::Permission { always, .. }, Answer::Always) => always.clone(),
            (AskBody::Held { .. }, Answer::Grant { pattern: Some(pattern), .. }) => vec![mask(pattern)],
            (AskBody::Held { held }, Answer::Grant { pattern: None, .. }) => vec![shortened(&held.in_full())],
            _ => vec![],
        };
        Self { subject: shortened(&ask.body.in_full()), always, ..Self::of_session(title) }
    }

    /// Of what a person wrote, with the digest of all of it as it may be kept.
    fn of_words(words: &str, title: &str) -> (Self, String) {
        let kept = mask_text(words);
        let digest = match kept.is_empty() {
            true => String::new(),
            false => hex::encode(Sha256::digest(kept.as_bytes())),
        };
        (Self { subject: shortened(&kept), ..Self::of_session(title) }, digest)
    }

    /// Of a call that a rule decided.
    pub(crate) fn of_call(call: &HeldCall, title: &str) -> Self {
        Self { subject: shortened(&mask(&call.in_full())), ..Self::of_session(title) }
    }

    /// Whether a person who looks for that finds it here.
    fn mentions(&self, wanted: &str) -> bool {
        let texts = [&self.subject, &self.title, &self.human, &self.reason];
        texts
            .into_iter()
            .chain(&self.always)
            .chain(&self.rule)
            .any(|text| text.to_lowercase().contains(wanted))
    }
}

impl AuditEntry {
    /// What somebody did, about no ask; whatever else is known of it is put in by the caller.
    pub fn new(at: Timestamp, who: impl Into<String>, what: impl Into<String>, session: &str) -> Self {
        Self {
            at,
            who: who.into(),
            what: what.into(),
            session: session.to_owned(),
            ask: String::new(),
            digest: String::new(),
            answer: String::new(),
            told: AuditSubject::default(),
        }
    }

    /// Of something that somebody did besides answering, with what was written or chosen. The log outlives every secret,
    /// so it gets the words as they may be kept.
    pub fn of_act(at: Timestamp, who: &str, what: &str, session: &str, title: &str, words: &str) -> Self {
        let (told, digest) = AuditSubject::of_words(words, title);
        Self { digest, told, ..Self::new(at, who, what, session) }
    }

    /// A pod spoke for a session that is another pod's.
    pub fn of_foreign_word(pod: &PodIdentity, session: &str, what: &str, title: &str, at: Timestamp) -> Self {
        let (answer, told) = (what.to_owned(), AuditSubject::of_session(title));
        Self { answer, told, ..Self::new(at, format!("pod:{pod}"), "pod_refused", session) }
    }

    /// Whether the text stands anywhere in the entry, in capitals or not.
    pub fn mentions(&self, text: &str) -> bool {
        let wanted = text.to_lowercase();
        let own = [&self.who, &self.what, &self.session, &self.ask, &self.answer];
        self.told.mentions(&wanted) || own.into_iter().any(|text| text.to_lowercase().contains(&wanted))
    }
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= SUBJECT {
        return text.to_owned();
    }
    let kept: String = text.chars().take(SUBJECT).collect();
    format!("{kept}… ({} more characters)", count - SUBJECT)
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
    #[error("entry {number} was changed: its content doesn't match its hash")]
    Changed { number: u64 },
    #[error("entries were removed or inserted between {before} and {number}")]
    Broken { before: u64, number: u64 },
}

/// The next entry of a chain.
pub fn chain(last: Option<&ChainedEntry>, entry: AuditEntry) -> ChainedEntry {
    chain_salted(last, entry, "")
}

/// The same with a salt: once entry and salt are gone, nobody can find out by guessing what the hash was made of.
pub fn chain_salted(last: Option<&ChainedEntry>, entry: AuditEntry, salt: &str) -> ChainedEntry {
    let number = last.map_or(1, |last| last.number.saturating_add(1));
    let previous = last.map_or_else(|| GENESIS.to_owned(), |last| last.hash.clone());
    let hash = hash(number, &entry, &previous, salt);
    ChainedEntry { number, entry, previous, hash }
}

/// Checks a whole chain. Cutting off its end leaves a valid chain: whoever keeps it must remember its length.
pub fn verify(chain: &[ChainedEntry]) -> Result<(), AuditFault> {
    let (mut number, mut previous) = (0_u64, GENESIS);
    for link in chain {
        if hash(link.number, &link.entry, &link.previous, "") != link.hash {
            return Err(AuditFault::Changed { number: link.number });
        }
        if link.number != number.saturating_add(1) || link.previous != previous {
            return Err(AuditFault::Broken { before: number, number: link.number });
        }
        (number, previous) = (link.number, &link.hash);
    }
    Ok(())
}

fn hash(number: u64, entry: &AuditEntry, previous: &str, salt: &str) -> String {
    let AuditEntry { at, who, what, session, ask, digest, answer, told } = entry;
    let mut parts = vec![
        json!(number),
        json!(at),
        json!(who),
        json!(what),
        json!(session),
        json!(ask),
        json!(digest),
        json!(answer),
        json!(previous),
    ];
    // Entries from before it was kept have the hash that they had then.
    if *told != AuditSubject::default() {
        parts.push(json!(told));
    }
    if !salt.is_empty() {
        parts.push(json!(salt));
    }
    hex::encode(Sha256::digest(Value::Array(parts).to_string()))
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
                told: AuditSubject {
                    subject: format!("make {n}"),
                    title: "Fix".into(),
                    ..AuditSubject::default()
                },
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
    fn a_line_from_before_it_was_told_what_was_allowed_stays_valid() {
        // REQ-ASK-10, B8: this line was written by 2026.11.
        let old = r#"{"number":1,"at":"1970-01-01T00:00:00Z","who":"web:anna","what":"answered","session":"ses_12345678","ask":"per_0","digest":"d","answer":"once","previous":"genesis","hash":"HASH"}"#;
        let hash = hex::encode(Sha256::digest(
            r#"[1,"1970-01-01T00:00:00Z","web:anna","answered","ses_12345678","per_0","d","once","genesis"]"#,
        ));
        let old: ChainedEntry = serde_json::from_str(&old.replace("HASH", &hash)).unwrap();
        assert_eq!(old.entry.told, AuditSubject::default());
        assert_eq!(verify(std::slice::from_ref(&old)), Ok(()));
        let next = chain(Some(&old), sample()[1].entry.clone());
        assert_eq!(verify(&[old, next]), Ok(()), "new lines go on behind old ones");
    }

    #[test]
    fn who_it_was_changes_nothing_of_entries_that_do_not_say_it() {
        // REQ-PROOF-01, REQ-RULES-02: an older entry is hashed as it was.
        let told = sample()[1].entry.told.clone();
        assert_eq!(serde_json::to_string(&told).unwrap(), r#"{"subject":"make 1","title":"Fix"}"#);
    }

    #[test]
    fn an_entry_is_found_by_what_stands_in_it() {
        // B8
        let entry = &sample()[3].entry;
        assert!(entry.mentions("MAKE 3") && entry.mentions("fix") && entry.mentions("anna"));
        assert!(!entry.mentions("make 4"));
    }

    #[test]
    fn a_changed_a_removed_and_an_inserted_entry_are_found() {
        // REQ-ASK-10
        let mut changed = sample();
        changed[2].entry.answer = "deny".into();
        assert_eq!(verify(&changed), Err(AuditFault::Changed { number: 3 }));
        for spoil in [
            |told: &mut AuditSubject| told.subject.clear(),
            |told: &mut AuditSubject| told.title = "Other".into(),
            |told: &mut AuditSubject| told.always.push("*".into()),
            |told: &mut AuditSubject| told.human = "ben".into(),
            |told: &mut AuditSubject| told.proof = Some(Proof::Passkey),
            |told: &mut AuditSubject| told.rule.push("shop@1a2b3c4d".into()),
            |told: &mut AuditSubject| told.reason = "The shop is down.".into(),
            |told: &mut AuditSubject| told.signed = Some(Box::default()),
            |told: &mut AuditSubject| *told = AuditSubject::default(),
        ] {
            let mut changed = sample();
            spoil(&mut changed[2].entry.told);
            assert_eq!(verify(&changed), Err(AuditFault::Changed { number: 3 }), "what was allowed (B8)");
        }
        let mut removed = sample();
        removed.remove(2);
        assert_eq!(verify(&removed), Err(AuditFault::Broken { before: 2, number: 4 }));
        let mut inserted = sample();
        let copy = inserted[1].clone();
        inserted.insert(2, copy);
        assert_eq!(verify(&inserted), Err(AuditFault::Broken { before: 2, number: 2 }));
    }
}
