//! A person's passkey, as it is kept.

use super::{PasskeyRefusal, PasskeySite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use gateway_domain::PasskeyNote;
use gateway_proof::webauthn::{CoseKey, Credential};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes in base64url, as the browser brings them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Passkey {
    /// What the authenticator calls it.
    pub(super) credential: String,
    pub(super) person: String,
    /// What the person calls it.
    pub(super) name: String,
    pub(super) rp_id: String,
    pub(super) origin: String,
    pub(super) cose_key: String,
    /// As they came, for whoever wants to judge the maker later.
    pub(super) attestation_object: String,
    pub(super) client_data_json: String,
    pub(super) aaguid: String,
    pub(super) flags: u8,
    pub(super) may_be_copied: bool,
    pub(super) counter: u32,
    /// Also the time of its entry in the audit log.
    pub(super) created: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_used: Option<Timestamp>,
}

/// What is known of a passkey besides what it says of itself.
pub(super) struct About<'a> {
    pub(super) person: &'a str,
    pub(super) name: String,
    pub(super) site: &'a PasskeySite,
    pub(super) attestation_object: &'a [u8],
    pub(super) client_data_json: &'a [u8],
    pub(super) created: Timestamp,
}

impl Passkey {
    pub(super) fn new(credential: Credential, about: About<'_>) -> Self {
        let About { person, name, site, attestation_object, client_data_json, created } = about;
        Self {
            credential: BASE64.encode(&credential.id),
            person: person.to_owned(),
            name,
            rp_id: site.rp_id.clone(),
            origin: site.origin.clone(),
            cose_key: BASE64.encode(&credential.cose),
            attestation_object: BASE64.encode(attestation_object),
            client_data_json: BASE64.encode(client_data_json),
            aaguid: hex::encode(credential.aaguid),
            flags: credential.flags,
            may_be_copied: credential.may_be_copied,
            counter: credential.counter,
            created,
            last_used: None,
        }
    }

    /// What lists and paths call it: the authenticator's own name may be a thousand letters long.
    pub(super) fn id(&self) -> String {
        hex::encode(&Sha256::digest(&self.credential)[..8])
    }

    pub(super) fn key(&self) -> Result<CoseKey, PasskeyRefusal> {
        let bytes = BASE64.decode(&self.cose_key).unwrap_or_default();
        Ok(CoseKey::read(&bytes)?)
    }

    /// What the log tells of it.
    pub(super) fn note(&self) -> Result<PasskeyNote, PasskeyRefusal> {
        Ok(PasskeyNote {
            credential: self.credential.clone(),
            rp_id: self.rp_id.clone(),
            origin: self.origin.clone(),
            public_key: self.key()?.pem(),
            cose_key: self.cose_key.clone(),
        })
    }

    /// Of the whole attestation, which is too long for the log.
    pub(super) fn attestation_digest(&self) -> String {
        hex::encode(Sha256::digest(BASE64.decode(&self.attestation_object).unwrap_or_default()))
    }
}

/// A passkey as its person sees it.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct PasskeyView {
    id: String,
    name: String,
    created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used: Option<Timestamp>,
    /// Its maker may copy it to the person's other devices.
    synced: bool,
}

impl PasskeyView {
    pub(super) fn of(passkey: &Passkey) -> Self {
        let Passkey { name, created, last_used, may_be_copied, .. } = passkey.clone();
        Self { id: passkey.id(), name, created, last_used, synced: may_be_copied }
    }
}
