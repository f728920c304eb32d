//! A person's sign-in in one browser, as it is kept.

use gateway_domain::Person;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// How long a sign-in holds: a working day. Whoever works longer signs in once more.
pub(super) const LASTS: SignedDuration = SignedDuration::from_hours(12);

/// `Debug` is left out on purpose: there are secrets in it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignIn {
    /// What lists call it. Nobody comes in with it.
    pub(super) id: String,
    /// Of the word in the cookie: whoever reads the file can't come in with it.
    pub(super) cookie: String,
    pub(super) person: Person,
    /// Groups, as the provider says them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) groups: Vec<String>,
    pub(super) way: Way,
    #[serde(default, skip_serializing_if = "Carrier::is_cookie")]
    pub(super) carrier: Carrier,
    /// Such as `Firefox on Linux`.
    pub(super) browser: String,
    pub(super) began: Timestamp,
    pub(super) ends: Timestamp,
}

/// What carries the word of a sign-in. As the other it is worth nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Carrier {
    /// A browser.
    #[default]
    Cookie,
    /// A command line, as `Authorization: Bearer …`.
    Bearer,
}

impl Carrier {
    fn is_cookie(&self) -> bool {
        *self == Self::Cookie
    }
}

/// How the person came in, and with that what else ends the sign-in.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub(super) enum Way {
    /// With the gateway's token, or a link from somebody who has it. Another token ends it.
    Token {
        mark: String,
    },
    Oidc(Provided),
    Github(GithubAccount),
    /// From another sign-in: it ends with that one.
    PassedOn {
        from: String,
    },
}

by_name::by_name!(Way);

/// What a provider said, and how it is asked whether that still holds.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Provided {
    pub(super) issuer: String,
    pub(super) client: String,
    pub(super) subject: String,
    /// The person's session at the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<String>,
    /// When the person last showed the provider that it is them, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) auth_time: Option<i64>,
    /// None where the provider gives no refresh tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) refresh: Option<Refresh>,
}

/// An account at GitHub, and how it is asked whether the person is still there.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct GithubAccount {
    /// Whose numbers they are.
    pub(super) host: String,
    pub(super) client: String,
    pub(super) id: u64,
    /// It was given without a scope: it reads what everybody can read, and whose it is.
    pub(super) token: String,
    /// When it is used next.
    pub(super) due: Timestamp,
}

/// A refresh token and when it is used next.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Refresh {
    pub(super) token: String,
    pub(super) due: Timestamp,
}

impl SignIn {
    pub(super) fn provided(&self) -> Option<&Provided> {
        match &self.way {
            Way::Oidc(provided) => Some(provided),
            Way::Token { .. } | Way::Github(_) | Way::PassedOn { .. } => None,
        }
    }
}

/// What is kept of a cookie's word.
pub(super) fn hash(word: &str) -> String {
    hex::encode(Sha256::digest(word.as_bytes()))
}

/// By what a sign-in knows the token that it came from, without keeping the token.
pub(super) fn mark_of(token: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"opencode-gateway sign-in\0");
    hash.update(token.as_bytes());
    hex::encode(&hash.finalize()[..16])
}
