//! The keys that an issuer publishes (JWK set, RFC 7517). Those that are not understood are left out: an issuer may have
//! more of them than we need.

use super::Algorithm;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

/// More keys than any issuer has.
const MOST: usize = 100;

/// Bytes of a coordinate on P-256, and of a key of Ed25519.
const COORDINATE: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a JWK set (an object with a list `keys`)")]
pub struct NoKeySet;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    id: Option<String>,
    /// The only algorithm that it is for, if its issuer says so.
    only_for: Option<Algorithm>,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    pub fn parse(text: &[u8]) -> Result<Self, NoKeySet> {
        let set: Value = serde_json::from_slice(text).map_err(|_| NoKeySet)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(NoKeySet)?;
        let understood = keys.iter().take(MOST).filter_map(|key| Key::read(Jwk::deserialize(key).ok()?));
        Ok(Self(understood.collect()))
    }

    /// How many of them can be used.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one key that fits. Without a `kid` there must be no choice.
    pub(super) fn find(&self, algorithm: Algorithm, id: Option<&str>) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| key.is_for(algorithm));
        match id {
            Some(id) => fitting.find(|key| key.id.as_deref() == Some(id)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

impl Key {
    fn read(jwk: Jwk) -> Option<Self> {
        if jwk.used_for.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let only_for = match jwk.alg.as_deref() {
            None => None,
            Some(name) => Some(Algorithm::named(name)?),
        };
        let kind = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Kind::Rsa { n: number(jwk.n.as_deref()?)?, e: number(jwk.e.as_deref()?)? },
            ("EC", Some("P-256")) => {
                let (x, y) = (coordinate(jwk.x.as_deref()?)?, coordinate(jwk.y.as_deref()?)?);
                // The point as it is, not compressed.
                Kind::P256([vec![4], x, y].concat())
            }
            ("OKP", Some("Ed25519")) => Kind::Ed25519(coordinate(jwk.x.as_deref()?)?),
            _ => return None,
        };
        Some(Self { id: jwk.kid, only_for, kind })
    }

    fn is_for(&self, algorithm: Algorithm) -> bool {
        let fits = match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 => matches!(self.kind, Kind::Rsa { .. }),
            Algorithm::Es256 => matches!(self.kind, Kind::P256(_)),
            Algorithm::EdDsa => matches!(self.kind, Kind::Ed25519(_)),
        };
        fits && self.only_for.is_none_or(|only| only == algorithm)
    }

    pub(super) fn has_signed(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let checked = match (&self.kind, algorithm) {
            (Kind::Rsa { n, e }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            (Kind::Rsa { n, e }, Algorithm::Ps256) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, message, signature)
            }
            (Kind::P256(point), Algorithm::Es256) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            (Kind::Ed25519(key), Algorithm::EdDsa) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature)
            }
            _ => return false,
        };
        checked.is_ok()
    }
}

/// A large number without zeros before it, as ring wants it.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let first = bytes.iter().position(|byte| *byte != 0)?;
    Some(bytes[first..].to_vec())
}

fn coordinate(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == COORDINATE)
}
