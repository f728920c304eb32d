//! A touch of a passkey: it signs a challenge.

use super::authenticator_data::AuthenticatorData;
use super::{CoseKey, PasskeyFault, Site, client_data};
use crate::tree::Hash;

/// More than any signature that is understood.
const LONGEST: usize = 1_024;

/// What the browser brought, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assertion<'a> {
    pub authenticator_data: &'a [u8],
    pub client_data_json: &'a [u8],
    pub signature: &'a [u8],
}

impl Assertion<'_> {
    /// Whether this key signed this challenge, on our own page, with the person there. `counter`: where the key was last.
    pub fn check(
        &self,
        challenge: &Hash,
        site: &Site<'_>,
        key: &CoseKey,
        counter: u32,
    ) -> Result<AuthenticatorData, PasskeyFault> {
        let digest = client_data::checked(self.client_data_json, "webauthn.get", challenge, site)?;
        if self.authenticator_data.len() > LONGEST || self.signature.len() > LONGEST {
            return Err(PasskeyFault::Malformed("too long"));
        }
        let data = AuthenticatorData::checked(self.authenticator_data, site)?;
        let signed = [self.authenticator_data, &digest[..]].concat();
        if !key.has_signed(&signed, self.signature) {
            return Err(PasskeyFault::Signature);
        }
        follows(counter, data.counter)?;
        Ok(data)
    }
}

/// Keys that live on several devices always count 0. All others count upwards.
fn follows(before: u32, now: u32) -> Result<(), PasskeyFault> {
    match (before, now) {
        (0, 0) => Ok(()),
        (before, now) if now > before => Ok(()),
        (before, now) => Err(PasskeyFault::Counter { before, now }),
    }
}
