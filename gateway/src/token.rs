//! A shared secret that a peer or a program presents, how it is compared, the one that a gateway makes for itself, and the root
//! secret of its keys. Beside it the tokens that each pod has for itself, and how often wrong ones may be tried.

mod attempts;
mod first_use;
mod own;
mod pod_tokens;
mod root_secret;

pub(crate) use attempts::{Attempts, WrongTokenReply};
pub(crate) use first_use::FirstUse;
pub(crate) use own::{make_private, own_token_file, private_folder, read_or_make, write_private};
pub use pod_tokens::PodTokens;
pub(crate) use pod_tokens::{PodToken, is_pod_name};
pub(crate) use root_secret::{own_root_secret_file, read_root_secret, root_secret};

use axum::http::{HeaderMap, header};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Never printed: `SecretString` hides it in `Debug`.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    pub fn new(token: impl Into<SecretString>) -> Self {
        Self(token.into())
    }

    /// Compares digests, so that neither content nor length shows in the time it takes.
    pub(crate) fn matches(&self, presented: &str) -> bool {
        let ours = Sha256::digest(self.expose().as_bytes());
        let theirs = Sha256::digest(presented.as_bytes());
        ours.ct_eq(&theirs).into()
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// What a request presents as `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
