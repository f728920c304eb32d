//! Sign-in with a provider of OpenID Connect: the code flow with PKCE, in the name that the provider proves.
//!
//! `provider` knows what the provider publishes and checks its tokens, `sign_in_flow` is a browser's sign-in, `rechecks` asks
//! later whether it still holds, and `back_channel` hears from the provider that it does not.

mod back_channel;
mod device_grant;
mod oidc_person;
mod provider;
mod rechecks;
mod sign_in_flow;

pub(crate) use back_channel::back_channel;
pub(super) use device_grant::DeviceAnswer;
pub(crate) use provider::ProviderFault;
pub(super) use rechecks::recheck;
pub(crate) use sign_in_flow::{begin, callback};

use super::flow_cookie::FlowCookies;
use crate::clock::Clock;
use back_channel::UsedTokens;
use jiff::SignedDuration;
use provider::Provider;
use secrecy::SecretString;
use std::sync::Arc;

/// Where a sign-in begins; the provider sends the browser back to a page below it.
pub(crate) const BEGIN: &str = "/sign-in/oidc";
pub(crate) const CALLBACK: &str = "/sign-in/oidc/callback";
pub(crate) const BACK_CHANNEL: &str = "/sign-in/oidc/back-channel";

/// A provider, as it was set.
#[derive(Clone, Debug)]
pub struct OidcSettings {
    /// To the last character as the provider writes it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Option<SecretString>,
    /// What people know it as.
    pub name: String,
    /// The claim with a person's groups.
    pub groups_claim: Option<String>,
    /// Without them what the provider offers of those that are needed.
    pub scopes: Vec<String>,
    /// Command lines can sign in, if the provider can do that.
    pub device_flow: bool,
    /// How often the provider is asked whether a sign-in still holds.
    pub recheck: SignedDuration,
    /// Where people open the console.
    pub public_url: String,
}

impl OidcSettings {
    fn redirect_uri(&self) -> String {
        format!("{}{CALLBACK}", self.public_url)
    }

    /// Whether the provider is on this machine, without TLS.
    fn is_plain(&self) -> bool {
        self.issuer.starts_with("http://")
    }
}

/// A provider and what is remembered of sign-ins that are under way.
pub(super) struct Oidc {
    pub(super) settings: OidcSettings,
    provider: Provider,
    flows: FlowCookies,
    used: UsedTokens,
}

impl Oidc {
    pub(super) fn new(settings: OidcSettings, clock: Arc<dyn Clock>) -> Self {
        let provider = Provider::new(settings.clone(), clock);
        Self { settings, provider, flows: FlowCookies::new(), used: UsedTokens::default() }
    }
}

/// What `gateway doctor` finds when it asks a provider what it publishes.
pub(crate) async fn look_up(
    settings: OidcSettings,
    clock: Arc<dyn Clock>,
) -> Result<Vec<String>, ProviderFault> {
    Provider::new(settings, clock).look_up().await
}

#[cfg(test)]
mod tests;
