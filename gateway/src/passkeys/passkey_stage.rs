//! A passkey of a person in tests, and what a log was told.

use super::*;
use crate::clock::Clock;
use crate::sessions::ports::NotKept;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use futures_util::future::BoxFuture;
use gateway_domain::{AuditEntry, SessionRecord};
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::{Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Log(Mutex<Vec<AuditEntry>>);

impl Log {
    pub(super) fn entries(&self) -> Vec<AuditEntry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn kinds(&self) -> Vec<String> {
        self.entries().into_iter().map(|entry| entry.what).collect()
    }
}

impl Keeper for Log {
    fn keep<'a>(&'a self, _: &'a SessionRecord) -> BoxFuture<'a, Result<(), NotKept>> {
        Box::pin(async { Ok(()) })
    }

    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        Box::pin(async { Ok(()) })
    }
}

pub(super) struct Hands(Mutex<Timestamp>);

impl Hands {
    pub(super) fn wait(&self, time: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += time;
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Stage {
    pub(super) folder: tempfile::TempDir,
    pub(super) log: Arc<Log>,
    pub(super) clock: Arc<Hands>,
    pub(super) passkeys: Passkeys,
}

impl Stage {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start = Timestamp::from_second(1_795_000_000).unwrap();
        let (log, clock) = (Arc::new(Log::default()), Arc::new(Hands(Mutex::new(start))));
        let passkeys = opened(&folder, &log, &clock);
        Self { folder, log, clock, passkeys }
    }

    /// As a restart reads them.
    pub(super) fn reopened(&self) -> Passkeys {
        opened(&self.folder, &self.log, &self.clock)
    }
}

fn opened(folder: &tempfile::TempDir, log: &Arc<Log>, clock: &Arc<Hands>) -> Passkeys {
    Passkeys::new(PasskeyParts {
        site: PasskeySite::of("https://gateway.example.com"),
        log: "opencode-gateway/01020304".to_owned(),
        file: folder.path().join("passkeys.json"),
        key: [7; BYTES],
        own_machine: false,
        keeper: Arc::clone(log) as Arc<dyn Keeper>,
        clock: Arc::clone(clock) as Arc<dyn Clock>,
    })
}

/// Somebody's device.
pub(super) struct Device {
    pair: EcdsaKeyPair,
    id: [u8; 16],
    pub(super) counter: u32,
}

impl Device {
    pub(super) fn new(id: u8) -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let bytes = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, bytes.as_ref(), &random).unwrap();
        Self { pair, id: [id; 16], counter: 0 }
    }

    fn head(&self, flags: u8) -> Vec<u8> {
        let site = Sha256::digest("gateway.example.com");
        [&site[..], &[flags], &self.counter.to_be_bytes()].concat()
    }

    pub(super) fn registration(&self, new: &NewPasskey, name: &str) -> GivenRegistration {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        let key = [&[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32][..], x, &[0x22, 0x58, 32], y].concat();
        let made = [&self.head(0b0100_0101)[..], &[0; 16], &[0, 16], &self.id, &key].concat();
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(made.len()).unwrap());
        object.extend(made);
        let value = json!({
            "name": name,
            "attestation_object": BASE64.encode(object),
            "client_data_json": BASE64.encode(client("webauthn.create", &new.challenge())),
        });
        serde_json::from_value(value).unwrap()
    }

    pub(super) fn touch(&self, wanted: &TouchWanted) -> GivenAssertion {
        let client = client("webauthn.get", &wanted.challenge());
        let data = self.head(0b101);
        let signed = [&data[..], &Sha256::digest(&client)[..]].concat();
        let signature = self.pair.sign(&SystemRandom::new(), &signed).unwrap();
        let value = json!({
            "credential": BASE64.encode(self.id),
            "authenticator_data": BASE64.encode(data),
            "client_data_json": BASE64.encode(client),
            "signature": BASE64.encode(signature.as_ref()),
        });
        serde_json::from_value(value).unwrap()
    }
}

fn client(kind: &str, challenge: &str) -> Vec<u8> {
    json!({ "type": kind, "challenge": challenge, "origin": "https://gateway.example.com" })
        .to_string()
        .into_bytes()
}

/// As the browser gets it.
pub(super) trait Asks: serde::Serialize {
    fn challenge(&self) -> String {
        serde_json::to_value(self).unwrap()["challenge"].as_str().unwrap().to_owned()
    }
}

impl Asks for NewPasskey {}
impl Asks for TouchWanted {}
