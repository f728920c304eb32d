//! Signed tokens of other issuers (JWS in its compact form, RFC 7515): whose key signed it, and what it says.
//!
//! The algorithm is one of four, and must fit the kind of the key that the issuer published: a token cannot choose how it
//! is checked. What the claims must be is said by [`id_token`] and [`logout_token`].

mod claims;
pub mod id_token;
pub mod key_set;
pub mod logout_token;

pub use claims::{Claims, Expected};
pub use key_set::KeySet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// Longer ones are not even read. Tokens with many groups have some kilobytes.
const LONGEST: usize = 32 * 1024;

/// Why a token counts for nothing. The sentences are for logs and for whoever sets a provider up, not for strangers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    #[error("it is not a signed token of three parts")]
    Malformed,
    #[error("its algorithm {0:?} is not accepted; use RS256, PS256, ES256 or EdDSA")]
    Algorithm(String),
    #[error("it demands extensions (`crit`) that are not understood")]
    Critical,
    #[error("its type {0:?} is not that of the token that was expected")]
    Type(String),
    #[error("no key of the issuer fits it (kid {0:?})")]
    UnknownKey(Option<String>),
    #[error("its signature does not fit")]
    Signature,
    #[error("its `{0}` is missing or is not what was expected")]
    Claim(&'static str),
    #[error("it is not for this client (`aud`, `azp`)")]
    Audience,
    #[error("it ended at {0}")]
    Ended(i64),
    #[error("it was issued in the future ({0}); compare the clocks")]
    TooEarly(i64),
}

/// How a token says that it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "RS256" => Self::Rs256,
            "PS256" => Self::Ps256,
            "ES256" => Self::Es256,
            // RFC 9864 gives the second name to the same signature.
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return None,
        })
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<serde_json::Value>,
}

/// The claims of a token that one of these keys signed. `types` are those that its header may name; none is allowed too.
pub(crate) fn signed_claims(token: &str, keys: &KeySet, types: &[&str]) -> Result<Claims, TokenFault> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenFault::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(TokenFault::Malformed)?;
    if token.len() > LONGEST || claims.contains('.') {
        return Err(TokenFault::Malformed);
    }
    let header: Header = json(header)?;
    if header.crit.is_some() {
        return Err(TokenFault::Critical);
    }
    let algorithm = Algorithm::named(&header.alg).ok_or(TokenFault::Algorithm(header.alg))?;
    if let Some(other) = header.typ.filter(|typ| !types.iter().any(|one| one.eq_ignore_ascii_case(typ))) {
        return Err(TokenFault::Type(other));
    }
    let key = keys.find(algorithm, header.kid.as_deref()).ok_or(TokenFault::UnknownKey(header.kid))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenFault::Malformed)?;
    if !key.has_signed(algorithm, signed.as_bytes(), &signature) {
        return Err(TokenFault::Signature);
    }
    json(claims).map(Claims::new)
}

fn json<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)
}

#[cfg(test)]
mod tests;
