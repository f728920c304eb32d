//! What the browser says: what is signed, and in which page. A page cannot choose it.

use super::{PasskeyFault, Site};
use crate::tree::{Hash, sha256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// More than any browser writes.
const LONGEST: usize = 4_096;

#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin")]
    top_origin: Option<serde_json::Value>,
}

/// Which challenge it is about; nothing of it is checked yet. For whoever has to find the statement first.
pub fn challenge_in(bytes: &[u8]) -> Result<Hash, PasskeyFault> {
    challenge(&read(bytes)?)
}

/// The digest of what was checked, which the authenticator signs.
pub(super) fn checked(
    bytes: &[u8],
    kind: &'static str,
    wanted: &Hash,
    site: &Site<'_>,
) -> Result<Hash, PasskeyFault> {
    let data = read(bytes)?;
    if data.kind != kind {
        return Err(PasskeyFault::Type(kind));
    }
    if challenge(&data)? != *wanted {
        return Err(PasskeyFault::Challenge);
    }
    if data.origin != site.origin {
        return Err(PasskeyFault::Origin(data.origin));
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return Err(PasskeyFault::Embedded);
    }
    Ok(sha256(&[bytes]))
}

fn read(bytes: &[u8]) -> Result<ClientData, PasskeyFault> {
    let read = (bytes.len() <= LONGEST).then(|| serde_json::from_slice(bytes).ok()).flatten();
    read.ok_or(PasskeyFault::Malformed("client data"))
}

fn challenge(data: &ClientData) -> Result<Hash, PasskeyFault> {
    let bytes = URL_SAFE_NO_PAD.decode(&data.challenge).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(PasskeyFault::Challenge)
}
