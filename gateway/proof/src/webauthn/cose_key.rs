//! The public key of a passkey (COSE, RFC 9053), and how others read it: as PEM.

use super::PasskeyFault;
use super::cbor::{self, Value};
use super::spki;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

/// Bytes of a coordinate on P-256, and of a key of Ed25519.
const COORDINATE: usize = 32;

/// The algorithms that are offered to authenticators, by their numbers in COSE.
pub const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];

const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoseKey {
    Es256([u8; 2 * COORDINATE]),
    EdDsa([u8; COORDINATE]),
    Rs256 { n: Vec<u8>, e: Vec<u8> },
}

impl CoseKey {
    pub fn read(bytes: &[u8]) -> Result<Self, PasskeyFault> {
        Self::of(&cbor::whole(bytes)?)
    }

    /// Kind, algorithm and curve must fit each other: a key cannot choose how it is used.
    pub(super) fn of(map: &Value<'_>) -> Result<Self, PasskeyFault> {
        let number = |key| map.at(key).and_then(Value::number);
        let bytes = |key| map.at(key).and_then(Value::bytes).ok_or(PasskeyFault::Key);
        match (number(1), number(3), number(-1)) {
            (Some(2), Some(ES256), Some(1)) => {
                let point = [coordinate(bytes(-2)?)?, coordinate(bytes(-3)?)?].concat();
                point.try_into().map(Self::Es256).map_err(|_| PasskeyFault::Key)
            }
            (Some(1), Some(EDDSA), Some(6)) => Ok(Self::EdDsa(coordinate(bytes(-2)?)?)),
            (Some(3), Some(RS256), _) => {
                Ok(Self::Rs256 { n: number_of(bytes(-1)?)?, e: number_of(bytes(-2)?)? })
            }
            _ => Err(PasskeyFault::Key),
        }
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let checked = match self {
            Self::Es256(point) => {
                // The point as it is, not compressed.
                let point = [&[4], &point[..]].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::EdDsa(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rs256 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        checked.is_ok()
    }

    /// What it is called in JOSE and by people.
    pub fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256(_) => "ES256",
            Self::EdDsa(_) => "EdDSA",
            Self::Rs256 { .. } => "RS256",
        }
    }

    /// A SubjectPublicKeyInfo in PEM, which OpenSSL reads.
    pub fn pem(&self) -> String {
        let der = match self {
            Self::Es256(point) => spki::p256(point),
            Self::EdDsa(key) => spki::ed25519(key),
            Self::Rs256 { n, e } => spki::rsa(n, e),
        };
        let text = BASE64.encode(der);
        // Base64 is ASCII, so bytes are letters.
        let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
    }
}

fn coordinate(bytes: &[u8]) -> Result<[u8; COORDINATE], PasskeyFault> {
    bytes.try_into().map_err(|_| PasskeyFault::Key)
}

/// A large number without zeros before it, as ring wants it.
fn number_of(bytes: &[u8]) -> Result<Vec<u8>, PasskeyFault> {
    let first = bytes.iter().position(|byte| *byte != 0).ok_or(PasskeyFault::Key)?;
    Ok(bytes[first..].to_vec())
}
