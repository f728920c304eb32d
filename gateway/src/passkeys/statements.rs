//! The statements that passkeys sign: canonical JSON, so that whoever has the parts can make the same text.

use super::AnswerWanted;
use super::passkey::Passkey;
use gateway_domain::{Answer, Ask, PasskeyNote, mask};
use gateway_proof::webauthn::statement::canonical;
use jiff::Timestamp;
use rand::RngExt;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const VERSION: u32 = 1;

/// What all statements of one moment have.
pub(super) struct Frame<'a> {
    pub(super) log: &'a str,
    pub(super) person: &'a str,
    pub(super) ends: Timestamp,
}

impl Frame<'_> {
    /// `shown` is the digest of the text that stands in the log's entry; the entry cuts it only where it is very long.
    pub(super) fn approval(&self, ask: &Ask, wanted: &AnswerWanted) -> String {
        let AnswerWanted { answer, because, break_glass } = wanted;
        let demand = ask.rules.demand.as_deref();
        let rules = demand.map(|demand| demand.rules.join(", "));
        let rule = rules.or_else(|| ask.rules.risk.clone()).unwrap_or_default();
        let mut about = json!({
            "answer": in_short(answer),
            "ask": ask.id,
            "digest": ask.digest,
            "rule": rule,
            "session": ask.session,
            "shown": hex::encode(Sha256::digest(ask.body.in_full().as_bytes())),
        });
        // Most answers say neither.
        if let Some(because) = because {
            about["because"] = json!(mask(because));
        }
        if *break_glass {
            about["override"] = json!(true);
        }
        self.statement("approval", about)
    }

    pub(super) fn adding(&self) -> String {
        self.statement("new passkey", json!({}))
    }

    pub(super) fn confirmation(&self, note: &PasskeyNote) -> String {
        let key = hex::encode(Sha256::digest(note.public_key.as_bytes()));
        self.statement("another passkey", json!({ "credential": note.credential, "public_key": key }))
    }

    pub(super) fn removal(&self, passkey: &Passkey) -> String {
        self.statement("remove passkey", json!({ "credential": passkey.credential }))
    }

    fn statement(&self, kind: &str, about: Value) -> String {
        let nonce = hex::encode(rand::rng().random::<[u8; 16]>());
        let mut all = json!({
            "ends": self.ends, "kind": kind, "log": self.log, "nonce": nonce, "person": self.person, "v": VERSION,
        });
        if let (Some(all), Value::Object(about)) = (all.as_object_mut(), about) {
            all.extend(about);
        }
        canonical(&all)
    }
}

/// `once`, or more where there is more to it. Secrets are masked, as in the log.
fn in_short(answer: &Answer) -> Value {
    let value = serde_json::to_value(answer.masked()).unwrap_or_default();
    match value.as_object() {
        Some(map) if map.len() == 1 => map.get("answer").cloned().unwrap_or(value),
        _ => value,
    }
}
