//! The passkeys on disk: one file, replaced as a whole, for the gateway's own user only. Each line is signed with a key that is made
//! of the root secret: a hand can take passkeys away, and never give one.

use super::passkey::Passkey;
use crate::token::write_private;
use gateway_proof::keys::{self, BYTES};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

const VERSION: u32 = 1;

/// No signature of another kind of state passes for one of a passkey.
const LABEL: &[u8] = b"passkey v1\0";

#[derive(Serialize, Deserialize)]
struct PasskeySheet {
    version: u32,
    passkeys: Vec<SignedPasskey>,
}

#[derive(Serialize, Deserialize)]
struct SignedPasskey {
    #[serde(flatten)]
    passkey: Passkey,
    signature: String,
}

/// Those that this gateway wrote. Where the file can't be read nobody has one, and the log says so.
pub(super) fn read(path: &Path, key: &[u8; BYTES]) -> Vec<Passkey> {
    let sheet = fs::read(path)
        .and_then(|text| serde_json::from_slice::<PasskeySheet>(&text).map_err(io::Error::from));
    match sheet {
        Ok(PasskeySheet { version: VERSION, passkeys }) => {
            passkeys.into_iter().filter_map(|one| believed(one, key, path)).collect()
        }
        Ok(sheet) => {
            tracing::error!(file = %path.display(), version = sheet.version, "passkeys of another version: nobody can use one");
            vec![]
        }
        Err(error) if error.kind() == ErrorKind::NotFound => vec![],
        Err(error) => {
            tracing::error!(file = %path.display(), %error, "passkeys can't be read: nobody can use one");
            vec![]
        }
    }
}

fn believed(one: SignedPasskey, key: &[u8; BYTES], path: &Path) -> Option<Passkey> {
    let SignedPasskey { passkey, signature } = one;
    let tag = hex::decode(signature).unwrap_or_default();
    let is_ours = message(&passkey).is_ok_and(|message| keys::is_signed(key, &message, &tag));
    if !is_ours {
        tracing::error!(file = %path.display(), person = passkey.person, "a passkey that this gateway didn't write is ignored");
    }
    is_ours.then_some(passkey)
}

pub(super) fn write(path: &Path, key: &[u8; BYTES], all: Vec<Passkey>) -> io::Result<()> {
    let sign = |passkey: Passkey| {
        let signature = hex::encode(keys::sign(key, &message(&passkey)?));
        Ok::<_, serde_json::Error>(SignedPasskey { passkey, signature })
    };
    let passkeys = all.into_iter().map(sign).collect::<Result<_, _>>()?;
    write_private(path, &serde_json::to_string(&PasskeySheet { version: VERSION, passkeys })?)
}

/// All of it, in one order: that of its type.
fn message(passkey: &Passkey) -> serde_json::Result<Vec<u8>> {
    Ok([LABEL, &serde_json::to_vec(passkey)?].concat())
}
