//! What the provider publishes, and the tokens that it gives.

use super::OidcSettings;
use crate::access::provider_http::{HttpAnswer, ProviderHttp};
use crate::clock::Clock;
use gateway_proof::jwt::id_token::{self, IdToken, Nonce};
use gateway_proof::jwt::logout_token::{self, LogoutToken};
use gateway_proof::jwt::{Expected, KeySet, TokenFault};
use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use secrecy::ExposeSecret;
use serde::Deserialize;
use std::sync::{Arc, Mutex, PoisonError};

/// After this it is looked up anew: a key that was withdrawn counts no longer than that.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Strangers can send tokens with keys that nobody knows: the provider is not asked for each.
const ASK_AGAIN: SignedDuration = SignedDuration::from_secs(60);

/// Nor is one that is down asked by each who waits for it.
const REST: SignedDuration = SignedDuration::from_secs(3);

/// Why a provider is of no use right now.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum ProviderFault {
    #[error("the provider can't be reached: {0}")]
    Unreached(String),
    #[error("the provider's configuration is not usable: {0}")]
    Unusable(String),
    /// It answered no.
    #[error("the provider refused: {0}")]
    Refused(String),
    #[error("the provider's token is not valid: {0}")]
    Token(#[from] TokenFault),
}

/// The document of OpenID Connect Discovery, as far as it is used.
#[derive(Debug, Deserialize)]
pub(super) struct Published {
    issuer: String,
    pub(super) authorization_endpoint: String,
    token_endpoint: String,
    pub(super) device_authorization_endpoint: Option<String>,
    jwks_uri: String,
    scopes_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    backchannel_logout_supported: bool,
}

/// What the token endpoint gives.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) id_token: Option<String>,
    pub(super) refresh_token: Option<String>,
}

#[derive(Deserialize)]
struct OAuthError {
    error: String,
}

pub(super) struct Provider {
    settings: OidcSettings,
    http: Result<ProviderHttp, String>,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
    /// One looks up; the others wait for what it finds.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    published: Option<(Timestamp, Arc<Published>)>,
    keys: Option<(Timestamp, Arc<KeySet>)>,
    /// When the keys were last asked for, whatever came of it.
    asked_for_keys: Option<Timestamp>,
    /// Why the last look brought nothing.
    failed: Option<(Timestamp, ProviderFault)>,
}

impl Provider {
    pub(super) fn new(settings: OidcSettings, clock: Arc<dyn Clock>) -> Self {
        let http = ProviderHttp::new(settings.is_plain())
            .map_err(|error| format!("this machine has no usable CA certificates ({error})"));
        Self { settings, http, clock, known: Mutex::default(), looking: tokio::sync::Mutex::default() }
    }

    pub(super) async fn published(&self) -> Result<Arc<Published>, ProviderFault> {
        if let Some(known) = self.known().published(self.clock.now()) {
            return known;
        }
        let _alone = self.looking.lock().await;
        let now = self.clock.now();
        if let Some(known) = self.known().published(now) {
            return known;
        }
        let found = self.look_for_published().await.map(Arc::new);
        let mut known = self.known();
        match &found {
            Ok(published) => known.published = Some((now, Arc::clone(published))),
            Err(fault) => known.failed = Some((now, fault.clone())),
        }
        found
    }

    async fn look_for_published(&self) -> Result<Published, ProviderFault> {
        let url = format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let text = self.http()?.document(&url).await.map_err(ProviderFault::Unreached)?;
        let published: Published = serde_json::from_slice(&text)
            .map_err(|error| ProviderFault::Unusable(format!("{url}: {error}")))?;
        published.check(&self.settings)?;
        Ok(published)
    }

    /// `again` where a token names a key that is not among them.
    async fn keys(&self, again: bool) -> Result<Arc<KeySet>, ProviderFault> {
        let published = self.published().await?;
        let _alone = self.looking.lock().await;
        let now = self.clock.now();
        if let Some(keys) = self.known().keys(now, again) {
            return Ok(keys);
        }
        self.known().asked_for_keys = Some(now);
        let text = self.http()?.document(&published.jwks_uri).await.map_err(ProviderFault::Unreached)?;
        let keys = KeySet::parse(&text).map_err(|error| ProviderFault::Unusable(error.to_string()))?;
        let keys = Arc::new(keys);
        self.known().keys = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    pub(super) async fn id_token(&self, token: &str, nonce: Nonce<'_>) -> Result<IdToken, ProviderFault> {
        self.checked(|keys, expected| id_token::read(token, keys, expected, nonce)).await
    }

    pub(super) async fn logout_token(&self, token: &str) -> Result<LogoutToken, ProviderFault> {
        self.checked(|keys, expected| logout_token::read(token, keys, expected)).await
    }

    /// A key that is not known may be a new one.
    async fn checked<T>(
        &self,
        read: impl Fn(&KeySet, &Expected<'_>) -> Result<T, TokenFault>,
    ) -> Result<T, ProviderFault> {
        let (issuer, audience) = (&self.settings.issuer, &self.settings.client_id);
        let expected = Expected { issuer, audience, now: self.clock.now().as_second() };
        match read(&*self.keys(false).await?, &expected) {
            Err(TokenFault::UnknownKey(_)) => Ok(read(&*self.keys(true).await?, &expected)?),
            read => Ok(read?),
        }
    }

    pub(super) async fn tokens(&self, form: &[(&str, &str)]) -> Result<Tokens, ProviderFault> {
        let published = self.published().await?;
        tokens_of(&self.form(&published, &published.token_endpoint, form).await?)
    }

    /// A form in the client's name.
    pub(super) async fn form(
        &self,
        published: &Published,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<HttpAnswer, ProviderFault> {
        let id = self.settings.client_id.as_str();
        let secret = self.settings.client_secret.as_ref().map(|secret| secret.expose_secret());
        let in_header = secret.filter(|_| published.takes_basic());
        let mut form = form.to_vec();
        if in_header.is_none() {
            form.retain(|(name, _)| *name != "client_id");
            form.push(("client_id", id));
            form.extend(secret.map(|secret| ("client_secret", secret)));
        }
        let login = in_header.map(|secret| (id, secret));
        self.http()?.form(endpoint, &form, login).await.map_err(ProviderFault::Unreached)
    }

    /// What is asked for.
    pub(super) fn scope(&self, published: &Published) -> String {
        if !self.settings.scopes.is_empty() {
            return self.settings.scopes.join(" ");
        }
        let offered = |scope: &&str| {
            let offered = published.scopes_supported.as_deref().unwrap_or_default();
            offered.iter().any(|one| one == scope)
        };
        let useful = ["profile", "groups", "offline_access"].into_iter().filter(offered);
        std::iter::once("openid").chain(useful).collect::<Vec<_>>().join(" ")
    }

    /// What an operator wants to know of it.
    pub(super) async fn look_up(&self) -> Result<Vec<String>, ProviderFault> {
        let published = self.published().await?;
        let keys = self.keys(false).await?;
        if keys.is_empty() {
            let why = format!("{} has no key for RS256, PS256, ES256 or EdDSA", published.jwks_uri);
            return Err(ProviderFault::Unusable(why));
        }
        let mut told = vec![format!("{} answers, {} keys", published.issuer, keys.len())];
        if !published.backchannel_logout_supported {
            told.push("it doesn't say that it can tell of sign-outs (back-channel logout)".to_owned());
        }
        Ok(told)
    }

    fn http(&self) -> Result<&ProviderHttp, ProviderFault> {
        self.http.as_ref().map_err(|why| ProviderFault::Unreached(why.clone()))
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What is known, or why nothing is; none when it is time to look.
    fn published(&self, now: Timestamp) -> Option<Result<Arc<Published>, ProviderFault>> {
        if let Some((at, published)) = &self.published
            && now.duration_since(*at) < KNOWN_FOR
        {
            return Some(Ok(Arc::clone(published)));
        }
        let (at, fault) = self.failed.as_ref()?;
        (now.duration_since(*at) < REST).then(|| Err(fault.clone()))
    }

    fn keys(&self, now: Timestamp, again: bool) -> Option<Arc<KeySet>> {
        let (at, keys) = self.keys.as_ref()?;
        let asked_lately = self.asked_for_keys.is_some_and(|asked| now.duration_since(asked) < ASK_AGAIN);
        let holds = now.duration_since(*at) < KNOWN_FOR && (!again || asked_lately);
        holds.then(|| Arc::clone(keys))
    }
}

impl Published {
    fn check(&self, settings: &OidcSettings) -> Result<(), ProviderFault> {
        let unusable = |why: String| Err(ProviderFault::Unusable(why));
        if self.issuer != settings.issuer {
            let (said, set) = (&self.issuer, &settings.issuer);
            return unusable(format!("it calls itself {said:?}, and `sign_in.oidc.issuer` is {set:?}"));
        }
        let safe = |url: &&String| {
            Url::parse(url)
                .is_ok_and(|url| url.scheme() == "https" || (settings.is_plain() && url.scheme() == "http"))
        };
        let endpoints = [&self.authorization_endpoint, &self.token_endpoint, &self.jwks_uri];
        let mut endpoints = endpoints.into_iter().chain(&self.device_authorization_endpoint);
        if let Some(unsafe_one) = endpoints.find(|url| !safe(url)) {
            return unusable(format!("{unsafe_one:?} is not an https:// address"));
        }
        match &self.code_challenge_methods_supported {
            Some(methods) if !methods.iter().any(|method| method == "S256") => {
                unusable("it can't do PKCE with S256".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn token_endpoint(&self) -> &str {
        &self.token_endpoint
    }

    /// Which is what a provider does that says nothing of it.
    fn takes_basic(&self) -> bool {
        let methods = self.token_endpoint_auth_methods_supported.as_ref();
        methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"))
    }
}

/// A fault of the client's or the provider's own says nothing of the person.
const NOT_ABOUT_THE_PERSON: [&str; 5] =
    ["invalid_client", "unauthorized_client", "temporarily_unavailable", "server_error", "slow_down"];

fn tokens_of(answer: &HttpAnswer) -> Result<Tokens, ProviderFault> {
    if answer.status.is_success() {
        let tokens = serde_json::from_slice(&answer.body);
        return tokens.map_err(|_| ProviderFault::Unusable("its tokens can't be read".to_owned()));
    }
    match serde_json::from_slice::<OAuthError>(&answer.body) {
        Ok(OAuthError { error })
            if answer.status.is_client_error() && !NOT_ABOUT_THE_PERSON.contains(&error.as_str()) =>
        {
            Err(ProviderFault::Refused(error))
        }
        Ok(OAuthError { error }) => Err(ProviderFault::Unreached(format!("it answered {error:?}"))),
        Err(_) => Err(ProviderFault::Unreached(format!("its token endpoint answered {}", answer.status))),
    }
}
