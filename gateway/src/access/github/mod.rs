//! Sign-in with GitHub, at github.com or at an organization's own. GitHub speaks OAuth 2 and not OpenID Connect: nothing that it
//! gives is signed, so the gateway itself asks it who the person is, over TLS, with the token that it got for the code.
//!
//! `github_calls` is what GitHub is asked, `github_flow` a browser's sign-in, `github_device` a command line's, and `github_rechecks` asks later whether the person is
//! still there.

mod github_calls;
mod github_device;
mod github_flow;
mod github_rechecks;

pub(crate) use github_calls::GithubFault;
pub(crate) use github_flow::{begin, callback};
pub(super) use github_rechecks::recheck;

use super::flow_cookie::FlowCookies;
use super::readable_name;
use super::sign_in_entry::GithubAccount;
use gateway_domain::Person;
use github_calls::{GithubCalls, GithubUser};
use jiff::SignedDuration;
use secrecy::SecretString;
use std::collections::BTreeSet;

/// Where a sign-in begins; GitHub sends the browser back to a page below it.
pub(crate) const BEGIN: &str = "/sign-in/github";
pub(crate) const CALLBACK: &str = "/sign-in/github/callback";

/// GitHub, as it was set.
#[derive(Clone, Debug)]
pub struct GithubSettings {
    /// Where people sign in, without a slash at the end: `https://github.com`.
    pub url: String,
    /// Where programs ask: `https://api.github.com`.
    pub api_url: String,
    /// Whose numbers its accounts have: `github.com`.
    pub host: String,
    pub client_id: String,
    pub client_secret: SecretString,
    /// What people know it as.
    pub name: String,
    pub lets_in: LetsIn,
    /// How often it is asked whether a person is still there.
    pub recheck: SignedDuration,
    /// Where people open the console.
    pub public_url: String,
    /// Whether command lines may sign in.
    pub device_flow: bool,
}

/// Whom of all that have an account there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LetsIn {
    /// Those whose numbers the configuration has.
    Listed(BTreeSet<u64>),
    /// For a GitHub that only the organization's own people have accounts at.
    Everyone,
}

impl LetsIn {
    pub(super) fn lets(&self, id: u64) -> bool {
        match self {
            Self::Listed(ids) => ids.contains(&id),
            Self::Everyone => true,
        }
    }
}

impl GithubSettings {
    fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK}", self.public_url)
    }

    /// Whether it is on this machine, without TLS.
    fn is_plain(&self) -> bool {
        self.url.starts_with("http://")
    }

    /// Whether a sign-in from before a restart still holds.
    pub(super) fn holds(&self, account: &GithubAccount) -> bool {
        account.host == self.host && account.client == self.client_id && self.lets_in.lets(account.id)
    }

    /// The number is the account's for ever. A login can be changed, and taken by somebody else then; beside that it is
    /// only for reading. The name that people give themselves may be anybody's, so it is not shown.
    fn person(&self, user: &GithubUser) -> Person {
        let name = readable_name(&user.login).unwrap_or_else(|| user.id.to_string());
        Person { id: format!("github:{}#{}", self.host, user.id), name }
    }
}

/// GitHub, and what is remembered of sign-ins that are under way.
pub(super) struct Github {
    pub(super) settings: GithubSettings,
    calls: GithubCalls,
    flows: FlowCookies,
}

impl Github {
    pub(super) fn new(settings: GithubSettings) -> Self {
        let calls = GithubCalls::new(settings.clone());
        Self { settings, calls, flows: FlowCookies::new() }
    }
}

/// What `gateway doctor` finds when it shows GitHub the client's secret.
pub(crate) async fn look_up(settings: GithubSettings) -> Result<String, GithubFault> {
    GithubCalls::new(settings).look_up().await
}

#[cfg(test)]
mod double;
#[cfg(test)]
mod tests;
