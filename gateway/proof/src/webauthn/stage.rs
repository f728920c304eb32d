//! An authenticator of our own for tests, which does everything that a dishonest one could do too.

use super::statement::challenge;
use super::{Assertion, CoseKey, Credential, PasskeyFault, Registration, Site};
use crate::tree::{Hash, sha256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

pub(super) const SITE: Site<'static> =
    Site { rp_id: "gateway.example.com", origin: "https://gateway.example.com" };

pub(super) struct Authenticator {
    pair: EcdsaKeyPair,
    pub(super) rp_id: &'static str,
    pub(super) flags: u8,
    pub(super) counter: u32,
    pub(super) client: Value,
}

pub(super) struct Touch {
    pub(super) authenticator_data: Vec<u8>,
    pub(super) client_data_json: Vec<u8>,
    pub(super) signature: Vec<u8>,
}

impl Touch {
    pub(super) fn check(&self, statement: &str, key: &CoseKey, counter: u32) -> Result<u32, PasskeyFault> {
        let assertion = Assertion {
            authenticator_data: &self.authenticator_data,
            client_data_json: &self.client_data_json,
            signature: &self.signature,
        };
        assertion.check(&challenge(statement), &SITE, key, counter).map(|data| data.counter)
    }
}

impl Authenticator {
    pub(super) fn new() -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let bytes = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, bytes.as_ref(), &random).unwrap();
        let client = json!({ "origin": SITE.origin, "crossOrigin": false });
        Self { pair, rp_id: SITE.rp_id, flags: 0b101, counter: 1, client }
    }

    fn point(&self) -> &[u8] {
        &self.pair.public_key().as_ref()[1..]
    }

    pub(super) fn key(&self) -> CoseKey {
        CoseKey::Es256(self.point().try_into().unwrap())
    }

    fn client_data(&self, kind: &str, challenge: &Hash) -> Vec<u8> {
        let mut client = json!({ "type": kind, "challenge": URL_SAFE_NO_PAD.encode(challenge) });
        client.as_object_mut().unwrap().extend(self.client.as_object().unwrap().clone());
        client.to_string().into_bytes()
    }

    fn head(&self, flags: u8) -> Vec<u8> {
        [&sha256(&[self.rp_id.as_bytes()])[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    pub(super) fn touch(&self, statement: &str) -> Touch {
        let client_data_json = self.client_data("webauthn.get", &challenge(statement));
        let authenticator_data = self.head(self.flags);
        let signed = [&authenticator_data[..], &sha256(&[&client_data_json])].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec();
        Touch { authenticator_data, client_data_json, signature }
    }

    fn cose(&self) -> Vec<u8> {
        let (x, y) = self.point().split_at(32);
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat()
    }

    /// As an attestation of the kind `none`.
    pub(super) fn attestation(&self) -> Vec<u8> {
        let id = [9; 16];
        let made = [&self.head(self.flags | 0b0100_0000)[..], &[0; 16], &[0, 16], &id, &self.cose()].concat();
        let mut object = vec![0xa3, 0x63];
        object.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(made.len()).unwrap());
        object.extend(made);
        object
    }

    pub(super) fn register(&self, statement: &str) -> Result<Credential, PasskeyFault> {
        let client_data_json = self.client_data("webauthn.create", &challenge(statement));
        let attestation_object = self.attestation();
        let brought =
            Registration { attestation_object: &attestation_object, client_data_json: &client_data_json };
        brought.check(&challenge(statement), &SITE)
    }
}
