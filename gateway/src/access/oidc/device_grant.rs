//! The provider's side of a sign-in at a command line (RFC 8628).

use super::Oidc;
use super::provider::{ProviderFault, Tokens};
use crate::access::device_offer::{DEVICE_GRANT, DeviceOffer, OfferedDevice};
use crate::access::provider_http::HttpAnswer;
use gateway_proof::jwt::id_token::{IdToken, Nonce};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// What it answers to whoever asks whether the person has confirmed.
pub(in crate::access) enum DeviceAnswer {
    Pending,
    SlowDown,
    /// The provider's token was verified.
    Tokens(Box<IdToken>, Option<String>),
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
        let offer: DeviceOffer = serde_json::from_slice(&answer.body)
            .map_err(|_| ProviderFault::Refused("its device code can't be read".to_owned()))?;
        offer.checked(self.settings.is_plain()).map_err(|why| ProviderFault::Refused(why.to_owned()))
    }

    pub(in crate::access) async fn ask_device(
        &self,
        code: &SecretString,
    ) -> Result<DeviceAnswer, ProviderFault> {
        let published = self.provider.published().await?;
        let form = [("grant_type", DEVICE_GRANT), ("device_code", code.expose_secret())];
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

fn error_of(answer: &HttpAnswer) -> String {
    let error = serde_json::from_slice::<DeviceError>(&answer.body).map(|answer| answer.error);
    error.unwrap_or_else(|_| format!("it answered {}", answer.status))
}
