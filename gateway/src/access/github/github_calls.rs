//! What GitHub is asked: a token for a code, and whose token it is.

use super::GithubSettings;
use crate::access::device_offer::{DEVICE_GRANT, DeviceOffer, OfferedDevice};
use crate::access::provider_http::{HttpAnswer, ProviderHttp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// Why GitHub signs nobody in.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum GithubFault {
    /// It says nothing of the person.
    #[error("GitHub can't be reached: {0}")]
    Unreached(String),
    #[error("GitHub refuses the gateway itself: {0}")]
    Client(String),
    #[error("GitHub signs no command line in: {0}")]
    NoDeviceFlow(String),
    /// It answered no, or something that is no answer.
    #[error("GitHub refused: {0}")]
    Refused(String),
}

/// An account, as far as it matters here.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct GithubUser {
    pub(super) id: u64,
    pub(super) login: String,
    /// `User`, or what is no person.
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// GitHub says with 200 that a code is no good.
#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    token_type: Option<String>,
    error: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ApiError {
    message: String,
}

/// What GitHub answers to whoever asks whether the person has confirmed.
pub(super) enum DeviceToken {
    Pending,
    SlowDown,
    Token(SecretString),
}

pub(super) struct GithubCalls {
    settings: GithubSettings,
    http: Result<ProviderHttp, String>,
}

/// Errors of the token endpoint that are about the gateway's own settings.
const ABOUT_THE_CLIENT: [&str; 3] =
    ["incorrect_client_credentials", "redirect_uri_mismatch", "application_suspended"];

impl GithubCalls {
    pub(super) fn new(settings: GithubSettings) -> Self {
        let http = ProviderHttp::new(settings.is_plain())
            .map_err(|error| format!("this machine has no usable CA certificates ({error})"));
        Self { settings, http }
    }

    /// The token for a code. GitHub takes a code once, from whoever has the secret and the verifier.
    pub(super) async fn token(&self, code: &str, verifier: &str) -> Result<SecretString, GithubFault> {
        let GithubSettings { client_id, client_secret, .. } = &self.settings;
        let redirect_uri = self.settings.redirect_uri();
        let form = [
            ("client_id", client_id.as_str()),
            ("client_secret", client_secret.expose_secret()),
            ("code", code),
            ("redirect_uri", redirect_uri.as_str()),
            ("code_verifier", verifier),
        ];
        self.exchange(&form).await
    }

    /// A code for a command line. No scope is asked for, as in a browser's sign-in.
    pub(super) async fn device_code(&self) -> Result<OfferedDevice, GithubFault> {
        let form = [("client_id", self.settings.client_id.as_str())];
        let answer = self.form("/login/device/code", &form).await?;
        if let Ok(TokenAnswer { error: Some(error), .. }) = serde_json::from_slice(&answer.body) {
            return Err(refusal(error));
        }
        let offer: DeviceOffer = serde_json::from_slice(&answer.body).map_err(|_| unclear(&answer))?;
        offer.checked(self.settings.is_plain()).map_err(|why| GithubFault::Refused(why.to_owned()))
    }

    /// Whether the person has confirmed that code. This exchange needs no secret.
    pub(super) async fn device_token(&self, code: &SecretString) -> Result<DeviceToken, GithubFault> {
        let form = [
            ("client_id", self.settings.client_id.as_str()),
            ("device_code", code.expose_secret()),
            ("grant_type", DEVICE_GRANT),
        ];
        match self.exchange(&form).await {
            Ok(token) => Ok(DeviceToken::Token(token)),
            Err(GithubFault::Refused(error)) if error == "authorization_pending" => Ok(DeviceToken::Pending),
            Err(GithubFault::Refused(error)) if error == "slow_down" => Ok(DeviceToken::SlowDown),
            Err(fault) => Err(fault),
        }
    }

    async fn exchange(&self, form: &[(&str, &str)]) -> Result<SecretString, GithubFault> {
        let answer = self.form("/login/oauth/access_token", form).await?;
        let read: TokenAnswer = serde_json::from_slice(&answer.body).map_err(|_| unclear(&answer))?;
        if let Some(error) = read.error {
            return Err(refusal(error));
        }
        let is_bearer = read.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        match read.access_token {
            Some(token) if is_bearer && answer.status.is_success() => Ok(SecretString::from(token)),
            _ => Err(unclear(&answer)),
        }
    }

    async fn form(&self, path: &str, form: &[(&str, &str)]) -> Result<HttpAnswer, GithubFault> {
        let endpoint = format!("{}{path}", self.settings.url);
        self.http()?.form(&endpoint, form, None).await.map_err(GithubFault::Unreached)
    }

    /// Whose token it is.
    pub(super) async fn user(&self, token: &SecretString) -> Result<GithubUser, GithubFault> {
        let url = format!("{}/user", self.settings.api_url);
        let answer = self.http()?.with_token(&url, token).await.map_err(GithubFault::Unreached)?;
        if !answer.status.is_success() {
            return Err(no_user(&answer));
        }
        let user: GithubUser = serde_json::from_slice(&answer.body)
            .map_err(|_| GithubFault::Refused("its answer names no account".to_owned()))?;
        match user.kind.as_deref() {
            None | Some("User") => Ok(user),
            Some(_) => Err(GithubFault::Refused("the account isn't a person's".to_owned())),
        }
    }

    /// A code that nobody was given shows whether the client's secret is right: GitHub looks at that first.
    pub(super) async fn look_up(&self) -> Result<String, GithubFault> {
        match self.token("gateway-doctor", "gateway-doctor").await {
            Err(GithubFault::Refused(_)) => {
                Ok(format!("{} answers, and takes the client's secret", self.settings.host))
            }
            Err(fault) => Err(fault),
            Ok(_) => Err(GithubFault::Refused("it gave a token for a code that nobody has".to_owned())),
        }
    }

    fn http(&self) -> Result<&ProviderHttp, GithubFault> {
        self.http.as_ref().map_err(|why| GithubFault::Unreached(why.clone()))
    }
}

fn refusal(error: String) -> GithubFault {
    match error.as_str() {
        "device_flow_disabled" => GithubFault::NoDeviceFlow(
            "switch on \"Enable Device Flow\" in the app's settings there".to_owned(),
        ),
        known if ABOUT_THE_CLIENT.contains(&known) => GithubFault::Client(error),
        _ => GithubFault::Refused(error),
    }
}

/// A client that is unknown is answered with 404.
fn unclear(answer: &HttpAnswer) -> GithubFault {
    match answer.status.as_u16() {
        404 => GithubFault::Client("it doesn't know this client".to_owned()),
        500.. | 429 => GithubFault::Unreached(format!("it answered {}", answer.status)),
        _ => GithubFault::Refused(format!("its answer can't be read ({})", answer.status)),
    }
}

/// A token that was taken back is answered with 401, a suspended account with 403, as a limit is too.
fn no_user(answer: &HttpAnswer) -> GithubFault {
    let ApiError { message } = serde_json::from_slice(&answer.body).unwrap_or_default();
    match answer.status.as_u16() {
        401 => GithubFault::Refused("the token no longer counts".to_owned()),
        403 if message.contains("suspended") => GithubFault::Refused("the account is suspended".to_owned()),
        _ => GithubFault::Unreached(format!("it answered {} about an account", answer.status)),
    }
}
