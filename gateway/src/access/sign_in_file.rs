//! The sign-ins on disk: one file, replaced as a whole, for the gateway's own user only.

use super::sign_in_entry::{SignIn, Way};
use crate::token::write_private;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Sheet {
    version: u32,
    sign_ins: Vec<SignIn>,
}

/// What a sign-in must fit to hold over a restart.
#[derive(Clone, Debug, Default)]
pub(super) struct StillValid {
    /// Of the token that is set now.
    pub(super) mark: Option<String>,
    /// Issuer and client of the provider that is set now.
    pub(super) provider: Option<(String, String)>,
}

impl StillValid {
    fn holds(&self, sign_in: &SignIn, now: Timestamp) -> bool {
        let by = match &sign_in.way {
            Way::Token { mark } => self.mark.as_ref() == Some(mark),
            Way::Oidc(provided) => {
                let current = self.provider.as_ref();
                current
                    .is_some_and(|(issuer, client)| *issuer == provided.issuer && *client == provided.client)
            }
            // Looked at once all others are known.
            Way::PassedOn { .. } => true,
        };
        by && sign_in.ends > now
    }
}

/// The sign-ins that still hold. Where the file can't be read nobody is signed in, and the log says so.
pub(super) fn read(path: &Path, valid: &StillValid, now: Timestamp) -> Vec<SignIn> {
    let sheet =
        fs::read(path).and_then(|text| serde_json::from_slice::<Sheet>(&text).map_err(io::Error::from));
    match sheet {
        Ok(sheet) if sheet.version == VERSION => {
            with_origin(sheet.sign_ins.into_iter().filter(|sign_in| valid.holds(sign_in, now)).collect())
        }
        Ok(sheet) => {
            tracing::error!(file = %path.display(), version = sheet.version, "sign-ins of another version: everyone has to sign in again");
            vec![]
        }
        Err(error) if error.kind() == ErrorKind::NotFound => vec![],
        Err(error) => {
            tracing::error!(file = %path.display(), %error, "sign-ins can't be read: everyone has to sign in again");
            vec![]
        }
    }
}

/// Without those that came from a sign-in which is gone.
fn with_origin(mut all: Vec<SignIn>) -> Vec<SignIn> {
    loop {
        let known: HashSet<String> = all.iter().map(|sign_in| sign_in.id.clone()).collect();
        let before = all.len();
        all.retain(|sign_in| match &sign_in.way {
            Way::PassedOn { from } => known.contains(from),
            Way::Token { .. } | Way::Oidc(_) => true,
        });
        if all.len() == before {
            return all;
        }
    }
}

pub(super) fn write(path: &Path, sign_ins: Vec<SignIn>) -> io::Result<()> {
    let text = serde_json::to_string(&Sheet { version: VERSION, sign_ins })?;
    write_private(path, &text)
}
