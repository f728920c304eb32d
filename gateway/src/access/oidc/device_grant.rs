//! The provider's side of a sign-in at a command line (RFC 8628).

use super::Oidc;
use super::provider::{ProviderFault, Tokens};
use crate::access::device_table::INTERVAL;
use crate::access::provider_http::HttpAnswer;
use gateway_proof::jwt::id_token::{IdToken, Nonce};
use jiff::SignedDuration;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A code holds no longer here, whatever the provider says.
const LONGEST: i64 = 30 * 60;

/// Characters of a code that a person types, and of an address.
const LONGEST_CODE: usize = 64;
const LONGEST_ADDRESS: usize = 500;

/// What the provider offers a command line.
pub(in crate::access) struct OfferedDevice {
    pub(in crate::access) code: SecretString,
    pub(in crate::access) user_code: String,
    pub(in crate::access) address: String,
    pub(in crate::access) address_with_code: Option<String>,
    pub(in crate::access) lasts: SignedDuration,
    pub(in crate::access) interval: SignedDuration,
}

/// What it answers to whoever asks whether the person has confirmed.
pub(in crate::access) enum DeviceAnswer {
    Pending,
    SlowDown,
    /// The provider's token was verified.
    Tokens(Box<IdToken>, Option<String>),
}

#[derive(Deserialize)]
struct Offer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    verification_uri_complete: Option<String>,
    expires_in: i64,
    interval: Option<i64>,
}

#[derive(Deserialize)]
struct DeviceError {
    error: String,
}

impl Oidc {
    pub(in crate::access) async fn begin_device(&self) -> Result<OfferedDevice, ProviderFault> {
        let published = self.provider.published().await?;
        let endpoint = published.device_authorization_endpoint.as_ref().filter(|_| self.settings.device_flow);
        let none = || ProviderFault::Unusable("it has no device flow, or `device_flow` is off".to_owned());
        let (endpoint, scope) = (endpoint.ok_or_else(none)?, self.provider.scope(&published));
        // The name stands in the form, also where the secret stands in the header (section 3.1).
        let form = [("client_id", self.settings.client_id.as_str()), ("scope", scope.as_str())];
        let answer = self.provider.form(&published, endpoint, &form).await?;
        if !answer.status.is_success() {
            return Err(ProviderFault::Refused(error_of(&answer)));
        }
        let offer: Offer = serde_json::from_slice(&answer.body)
            .map_err(|_| ProviderFault::Refused("its device code can't be read".to_owned()))?;
        offer.checked(self.settings.is_plain())
    }

    pub(in crate::access) async fn ask_device(
        &self,
        code: &SecretString,
    ) -> Result<DeviceAnswer, ProviderFault> {
        let published = self.provider.published().await?;
        let form = [("grant_type", GRANT), ("device_code", code.expose_secret())];
        let answer = self.provider.form(&published, published.token_endpoint(), &form).await?;
        if answer.status.is_server_error() {
            return Err(ProviderFault::Unreached(format!("its token endpoint answered {}", answer.status)));
        }
        if !answer.status.is_success() {
            return match error_of(&answer).as_str() {
                "authorization_pending" => Ok(DeviceAnswer::Pending),
                "slow_down" => Ok(DeviceAnswer::SlowDown),
                error => Err(ProviderFault::Refused(error.to_owned())),
            };
        }
        self.device_tokens(&answer).await
    }

    async fn device_tokens(&self, answer: &HttpAnswer) -> Result<DeviceAnswer, ProviderFault> {
        let unreadable = |what: &str| ProviderFault::Refused(what.to_owned());
        let tokens: Tokens =
            serde_json::from_slice(&answer.body).map_err(|_| unreadable("its tokens can't be read"))?;
        let token = tokens.id_token.ok_or_else(|| unreadable("there is no id_token"))?;
        // The tokens are given once: a key that is not known now will not be asked about again.
        let token = self.provider.id_token(&token, Nonce::NotAsked).await.map_err(|fault| match fault {
            ProviderFault::Unreached(why) => ProviderFault::Refused(why),
            fault => fault,
        })?;
        Ok(DeviceAnswer::Tokens(Box::new(token), tokens.refresh_token))
    }
}

impl Offer {
    /// A terminal shows them to a person, who follows the address.
    fn checked(self, is_plain: bool) -> Result<OfferedDevice, ProviderFault> {
        let is_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ' ');
        let code = (1..=LONGEST_CODE).contains(&self.user_code.len()) && self.user_code.chars().all(is_code);
        let address = plain_address(&self.verification_uri, is_plain);
        let (true, Some(address)) = (code, address) else {
            return Err(ProviderFault::Refused("its code or address for a person is odd".to_owned()));
        };
        Ok(OfferedDevice {
            code: SecretString::from(self.device_code),
            user_code: self.user_code,
            address,
            address_with_code: self.verification_uri_complete.and_then(|url| plain_address(&url, is_plain)),
            lasts: SignedDuration::from_secs(self.expires_in.clamp(0, LONGEST)),
            interval: SignedDuration::from_secs(self.interval.unwrap_or(INTERVAL).clamp(1, 60)),
        })
    }
}

fn plain_address(text: &str, is_plain: bool) -> Option<String> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST_ADDRESS)?;
    let safe = url.scheme() == "https" || (is_plain && url.scheme() == "http");
    (safe && url.username().is_empty()).then(|| url.into())
}

fn error_of(answer: &HttpAnswer) -> String {
    let error = serde_json::from_slice::<DeviceError>(&answer.body).map(|answer| answer.error);
    error.unwrap_or_else(|_| format!("it answered {}", answer.status))
}
