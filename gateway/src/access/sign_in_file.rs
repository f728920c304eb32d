//! The sign-ins on disk: one file, replaced as a whole, for the gateway's own user only.

use super::github::GithubSettings;
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
    pub(super) github: Option<GithubSettings>,
}

impl StillValid {
    fn holds(&self, sign_in: &SignIn) -> bool {
        match &sign_in.way {
            Way::Token { mark } => self.mark.as_ref() == Some(mark),
            Way::Oidc(provided) => {
                let current = self.provider.as_ref();
                current
                    .is_some_and(|(issuer, client)| *issuer == provided.issuer && *client == provided.client)
            }
            Way::Github(account) => self.github.as_ref().is_some_and(|github| github.holds(account)),
            // Looked at once all others are known.
            Way::PassedOn { .. } => true,
        }
    }
}

/// The sign-ins whose time is not over yet.
#[derive(Default)]
pub(super) struct ReadSignIns {
    pub(super) hold: Vec<SignIn>,
    /// Another token or provider is set now, or GitHub's account is no longer one of those that are let in.
    pub(super) ended: Vec<SignIn>,
}

/// Where the file can't be read nobody is signed in, and the log says so.
pub(super) fn read(path: &Path, valid: &StillValid, now: Timestamp) -> ReadSignIns {
    let in_time = all(path).into_iter().filter(|sign_in| sign_in.ends > now);
    let (hold, ended) = in_time.partition(|sign_in| valid.holds(sign_in));
    let mut read = ReadSignIns { hold, ended };
    read.end_without_origin();
    read
}

fn all(path: &Path) -> Vec<SignIn> {
    let sheet =
        fs::read(path).and_then(|text| serde_json::from_slice::<Sheet>(&text).map_err(io::Error::from));
    match sheet {
        Ok(sheet) if sheet.version == VERSION => sheet.sign_ins,
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

impl ReadSignIns {
    /// Those that came from a sign-in which is gone.
    fn end_without_origin(&mut self) {
        loop {
            let known: HashSet<String> = self.hold.iter().map(|sign_in| sign_in.id.clone()).collect();
            let is_lost = |sign_in: &mut SignIn| match &sign_in.way {
                Way::PassedOn { from } => !known.contains(from),
                Way::Token { .. } | Way::Oidc(_) | Way::Github(_) => false,
            };
            let before = self.ended.len();
            self.ended.extend(self.hold.extract_if(.., is_lost));
            if self.ended.len() == before {
                return;
            }
        }
    }
}

pub(super) fn write(path: &Path, sign_ins: Vec<SignIn>) -> io::Result<()> {
    let text = serde_json::to_string(&Sheet { version: VERSION, sign_ins })?;
    write_private(path, &text)
}
