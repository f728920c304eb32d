//! Passkeys (Web Authentication, level 3): whose key signed what, in which page, with whose touch.
//!
//! Only what this gateway needs: no attestation is judged, no extension is understood. What is signed is one statement of
//! ours, so a signature is worth nothing for any other. All that comes in is from a stranger until it fits.

pub mod assertion;
pub mod authenticator_data;
mod cbor;
pub mod client_data;
pub mod cose_key;
pub mod registration;
mod spki;
pub mod statement;

pub use assertion::Assertion;
pub use cose_key::CoseKey;
pub use registration::{Credential, Registration};

/// Why what a browser brought counts for nothing. The sentences are for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyFault {
    #[error("the browser's answer can't be read ({0})")]
    Malformed(&'static str),
    #[error("it was created for something else ({0})")]
    Type(&'static str),
    #[error("it signs another request than the one that you were shown")]
    Challenge,
    #[error("it comes from a page of another address ({0})")]
    Origin(String),
    #[error("it comes from a page that is embedded in another one")]
    Embedded,
    #[error("it belongs to another site")]
    Site,
    #[error("the passkey wasn't touched")]
    NotTouched,
    #[error("the passkey didn't check that it is you (PIN, fingerprint or face)")]
    NotVerified,
    #[error("its kind of key isn't supported; use ES256, EdDSA or RS256")]
    Key,
    #[error("its signature doesn't fit")]
    Signature,
    #[error("it counted backwards, from {before} to {now}: there may be a copy of this passkey")]
    Counter { before: u32, now: u32 },
}

/// Where passkeys are used here: what they are made for, and the one page that may use them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// The host's name.
    pub rp_id: &'a str,
    /// As the browser writes it, such as `https://gateway.example.com`. Pages on names below the host's could ask for the same
    /// passkeys, so this is compared exactly.
    pub origin: &'a str,
}

#[cfg(test)]
mod stage;
#[cfg(test)]
mod tests;
