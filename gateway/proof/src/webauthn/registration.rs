//! A new passkey: its key, and what its maker says of it. The attestation is kept as it came and not judged: nobody here
//! decides which makers are good.

use super::authenticator_data::AuthenticatorData;
use super::cbor::{self, Value};
use super::{CoseKey, PasskeyFault, Site, client_data};
use crate::tree::Hash;

/// Attestations with certificates have some kilobytes.
const LONGEST: usize = 16 * 1_024;

/// What the browser brought, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registration<'a> {
    pub attestation_object: &'a [u8],
    pub client_data_json: &'a [u8],
}

/// A passkey that was made for us just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: Vec<u8>,
    pub key: CoseKey,
    /// The key as the authenticator wrote it.
    pub cose: Vec<u8>,
    /// Its model; zeros where it is not told.
    pub aaguid: [u8; 16],
    pub flags: u8,
    pub may_be_copied: bool,
    pub counter: u32,
}

impl Registration<'_> {
    pub fn check(&self, challenge: &Hash, site: &Site<'_>) -> Result<Credential, PasskeyFault> {
        client_data::checked(self.client_data_json, "webauthn.create", challenge, site)?;
        if self.attestation_object.len() > LONGEST {
            return Err(PasskeyFault::Malformed("attestation"));
        }
        let object = cbor::whole(self.attestation_object)?;
        let bytes = object.named("authData").and_then(Value::bytes);
        let bytes = bytes.ok_or(PasskeyFault::Malformed("attestation"))?;
        let data = AuthenticatorData::checked(bytes, site)?;
        let (flags, counter, may_be_copied) = (data.flags, data.counter, data.may_be_copied());
        let made = data.made.ok_or(PasskeyFault::Malformed("no new key"))?;
        Ok(Credential {
            id: made.id,
            key: made.key,
            cose: made.cose,
            aaguid: made.aaguid,
            flags,
            may_be_copied,
            counter,
        })
    }
}
