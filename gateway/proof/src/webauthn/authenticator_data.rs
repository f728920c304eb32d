//! What an authenticator says of itself and signs: for which site, whether the person was there and known to it, its counter,
//! and a new key where there is one.

use super::{CoseKey, PasskeyFault, Site, cbor};
use crate::tree::sha256;

/// Bytes of all that is always there, of a key's model, and of the longest credential id.
const HEAD: usize = 37;
const AAGUID: usize = 16;
const LONGEST_ID: usize = 1023;

const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_COPIED: u8 = 1 << 3;
const IS_COPIED: u8 = 1 << 4;
const HAS_KEY: u8 = 1 << 6;
const HAS_EXTENSIONS: u8 = 1 << 7;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatorData {
    pub flags: u8,
    pub counter: u32,
    pub(super) made: Option<NewKey>,
}

/// The key of a passkey that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewKey {
    pub(super) aaguid: [u8; AAGUID],
    pub(super) id: Vec<u8>,
    /// As it came.
    pub(super) cose: Vec<u8>,
    pub(super) key: CoseKey,
}

impl AuthenticatorData {
    /// Reads it whole, and refuses it where it is for another site, or nobody proved to the authenticator who they are.
    pub(super) fn checked(bytes: &[u8], site: &Site<'_>) -> Result<Self, PasskeyFault> {
        let (head, rest) =
            bytes.split_at_checked(HEAD).ok_or(PasskeyFault::Malformed("authenticator data"))?;
        if head[..32] != sha256(&[site.rp_id.as_bytes()]) {
            return Err(PasskeyFault::Site);
        }
        let flags = head[32];
        if flags & PRESENT == 0 {
            return Err(PasskeyFault::NotTouched);
        }
        if flags & VERIFIED == 0 {
            return Err(PasskeyFault::NotVerified);
        }
        // A key that is copied without being one that may be: no honest authenticator says so.
        if flags & IS_COPIED != 0 && flags & MAY_BE_COPIED == 0 {
            return Err(PasskeyFault::Malformed("backup flags"));
        }
        let counter = head[33..].iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
        let (made, rest) = if flags & HAS_KEY == 0 { (None, rest) } else { new_key(rest)? };
        let rest = if flags & HAS_EXTENSIONS == 0 { rest } else { cbor::first(rest)?.1 };
        match rest {
            [] => Ok(Self { flags, counter, made }),
            _ => Err(PasskeyFault::Malformed("more behind the authenticator data")),
        }
    }

    /// It can be copied to other devices of the same person, by whoever keeps it for them.
    pub fn may_be_copied(&self) -> bool {
        self.flags & MAY_BE_COPIED != 0
    }
}

fn new_key(bytes: &[u8]) -> Result<(Option<NewKey>, &[u8]), PasskeyFault> {
    let short = PasskeyFault::Malformed("the new key");
    let (aaguid, rest) = bytes.split_first_chunk::<AAGUID>().ok_or(short.clone())?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(short.clone())?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > LONGEST_ID {
        return Err(short);
    }
    let (id, rest) = rest.split_at_checked(length).ok_or(short)?;
    let (map, behind) = cbor::first(rest)?;
    let cose = rest[..rest.len() - behind.len()].to_vec();
    let key = CoseKey::of(&map)?;
    Ok((Some(NewKey { aaguid: *aaguid, id: id.to_vec(), cose, key }), behind))
}
