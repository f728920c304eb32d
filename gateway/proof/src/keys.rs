//! Keys for different purposes, all made of one root secret: whoever has one of them learns nothing of the others.

use ring::{hkdf, hmac};

/// Bytes of a root secret and of each key that is made of it.
pub const BYTES: usize = 32;

/// Separates these keys from those of any other program that is given the same secret.
const SALT: &[u8] = b"opencode-gateway keys v1";

/// What a key is for. Each purpose has a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The seed of the key that signs heads of the audit log.
    LogHead,
    /// What a record grants.
    Records,
    /// Who has which passkey.
    Passkeys,
    /// The seed of the key with which this gateway countersigns the logs of others.
    Witness,
    /// Cookies and other short-lived things that come back from browsers.
    Cookies,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::LogHead => b"log head",
            Self::Records => b"records",
            Self::Passkeys => b"passkeys",
            Self::Witness => b"witness",
            Self::Cookies => b"cookies",
        }
    }
}

/// The one secret that a gateway is given. It never leaves this type.
pub struct RootSecret(hkdf::Prk);

impl RootSecret {
    pub fn new(secret: &[u8; BYTES]) -> Self {
        Self(hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(secret))
    }

    pub fn key(&self, purpose: Purpose) -> Option<[u8; BYTES]> {
        let mut key = [0; BYTES];
        let label = [purpose.label()];
        let expanded = self.0.expand(&label, hkdf::HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
        // Fails for keys of other lengths only.
        expanded.ok().map(|()| key)
    }
}

/// A checksum that only who has the key can make.
pub fn sign(key: &[u8; BYTES], message: &[u8]) -> [u8; BYTES] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut bytes = [0; BYTES];
    bytes.copy_from_slice(tag.as_ref());
    bytes
}

/// Compares in constant time.
pub fn is_signed(key: &[u8; BYTES], message: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), message, tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let root = RootSecret::new(&[7; BYTES]);
        let all = [Purpose::LogHead, Purpose::Records, Purpose::Passkeys, Purpose::Witness, Purpose::Cookies];
        let keys = all.map(|purpose| root.key(purpose));
        assert!(keys.iter().all(Option::is_some));
        assert_eq!(std::collections::BTreeSet::from(keys).len(), all.len());
        assert_ne!(keys[0], RootSecret::new(&[8; BYTES]).key(Purpose::LogHead));
    }

    #[test]
    fn a_checksum_fits_its_message_and_key_only() {
        let tag = sign(&[1; BYTES], b"allowed");
        assert!(is_signed(&[1; BYTES], b"allowed", &tag));
        assert!(!is_signed(&[1; BYTES], b"denied", &tag));
        assert!(!is_signed(&[2; BYTES], b"allowed", &tag));
    }
}
