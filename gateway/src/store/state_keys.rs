//! Who wrote it: what the state says is signed with a key that is not kept with it (REQ-PROOF-03).
//!
//! A checksum tells that a file is whole; whoever may write the file makes it fit. The signature tells that a gateway with
//! the key wrote it. Where it lies is signed along, so nothing that is authentic in one place passes in another.

use gateway_proof::keys::{self, BYTES, Purpose, RootSecret};
use std::fmt;
use std::sync::Arc;

/// Letters of a signature: it is written in hexadecimal.
pub(super) const SIGNATURE: usize = 2 * BYTES;

/// What is signed. A signature of one kind never passes for one of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    Record,
    /// A line of the journal or of the ledger.
    Frame,
    Grants,
    Delivery,
}

impl Signed {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Record => b"record v1",
            Self::Frame => b"frame v1",
            Self::Grants => b"grants v1",
            Self::Delivery => b"delivery v1",
        }
    }
}

/// The key that the state is signed with. Never printed.
#[derive(Clone)]
pub struct StateKeys(Arc<[u8; BYTES]>);

impl StateKeys {
    /// None cannot happen with a secret of the right length.
    pub fn of(root: &RootSecret) -> Option<Self> {
        root.key(Purpose::Records).map(|key| Self(Arc::new(key)))
    }

    pub(super) fn sign(&self, what: Signed, parts: &[&[u8]]) -> String {
        hex::encode(keys::sign(&self.0, &message(what, parts)))
    }

    pub(super) fn is_signed(&self, what: Signed, parts: &[&[u8]], signature: &str) -> bool {
        let tag = hex::decode(signature);
        tag.is_ok_and(|tag| keys::is_signed(&self.0, &message(what, parts), &tag))
    }
}

/// Each part with its length, so that no two lists of parts are one message.
fn message(what: Signed, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len() + 8).sum::<usize>() + what.label().len();
    let mut message = Vec::with_capacity(length);
    message.extend_from_slice(what.label());
    for part in parts {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part);
    }
    message
}

impl fmt::Debug for StateKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateKeys")
    }
}

/// What is believed of what lies there.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    keys: Option<StateKeys>,
    adopts: bool,
}

impl Trust {
    /// Without keys nothing is signed and everything is believed, as before there were any. `adopts`: what is not signed is
    /// taken over, and signed from then on.
    pub(super) fn new(keys: Option<StateKeys>, adopts: bool) -> Self {
        let adopts = adopts && keys.is_some();
        Self { keys, adopts }
    }

    pub(super) fn keys(&self) -> Option<&StateKeys> {
        self.keys.as_ref()
    }

    pub(super) fn adopts(&self) -> bool {
        self.adopts
    }

    pub(super) fn believes(&self, proof: Proof) -> bool {
        match proof {
            Proof::Signed | Proof::NotAsked => true,
            Proof::Missing => self.adopts,
        }
    }

    pub(super) fn proof(&self, is_signed: impl FnOnce(&StateKeys) -> bool) -> Proof {
        match &self.keys {
            None => Proof::NotAsked,
            Some(keys) if is_signed(keys) => Proof::Signed,
            Some(_) => Proof::Missing,
        }
    }
}

/// Whether something is signed by this gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Signed,
    /// It has no signature, or one that does not fit.
    Missing,
    /// There is no key to look with.
    NotAsked,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(seed: u8) -> StateKeys {
        StateKeys::of(&RootSecret::new(&[seed; BYTES])).unwrap()
    }

    #[test]
    fn a_signature_fits_its_own_kind_place_and_text_only() {
        // REQ-PROOF-03
        let signature = keys(1).sign(Signed::Record, &[b"ses_1", b"text"]);
        assert_eq!(signature.len(), SIGNATURE);
        assert!(keys(1).is_signed(Signed::Record, &[b"ses_1", b"text"], &signature));
        for (what, parts) in [
            (Signed::Frame, [&b"ses_1"[..], &b"text"[..]]),
            (Signed::Record, [b"ses_2", b"text"]),
            (Signed::Record, [b"ses_1", b"texts"]),
            (Signed::Record, [b"ses_1t", b"ext"]),
        ] {
            assert!(!keys(1).is_signed(what, &parts, &signature), "{what:?} {parts:?}");
        }
        assert!(!keys(2).is_signed(Signed::Record, &[b"ses_1", b"text"], &signature));
        assert!(!keys(1).is_signed(Signed::Record, &[b"ses_1", b"text"], "not hexadecimal"));
        assert!(!format!("{:?}", keys(7)).contains('7'));
    }

    #[test]
    fn what_is_not_signed_is_believed_without_keys_and_when_it_is_taken_over() {
        // REQ-PROOF-03
        for (keys, adopts, believed) in [
            (None, false, true),
            (None, true, true),
            (Some(keys(1)), false, false),
            (Some(keys(1)), true, true),
        ] {
            let trust = Trust::new(keys, adopts);
            assert_eq!(trust.believes(trust.proof(|_| false)), believed);
            assert!(trust.believes(trust.proof(|_| true)));
        }
    }
}
