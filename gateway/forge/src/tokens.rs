//! Tokens of the app's installations: each for one repository and the rights that it needs, until shortly before it expires.

use crate::app_key::AppKey;
use crate::client::{Call, Signed};
use crate::fault::ForgeFault;
use crate::forge::{Forge, SignIn};
use crate::memo::Memo;
use crate::pace::{Holder, Kind};
use crate::repo_name::RepoName;
use crate::rights::{self, Rights};
use crate::trail::Trail;
use crate::wire::Answer;
use gateway_delivery::Refusal;
use hyper::Method;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// A token that ends within this time isn't used any longer.
const EARLY: SignedDuration = SignedDuration::from_mins(5);
const MOST: usize = 1000;

pub(crate) struct Tokens {
    minted: Mutex<HashMap<(String, Rights), Minted>>,
    installations: Memo<Installation>,
    /// Ids outlive a new name.
    ids: Memo<u64>,
    /// Two who need the same token at once get the same.
    turn: Semaphore,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) permissions: Value,
    pub(crate) html_url: Option<String>,
    pub(crate) suspended_at: Option<String>,
}

#[derive(Clone)]
struct Minted {
    signed: Signed,
    expires: Timestamp,
}

#[derive(Deserialize)]
struct MintedShown {
    token: String,
    expires_at: Timestamp,
    #[serde(default)]
    repositories: Vec<RepositoryShown>,
}

#[derive(Deserialize)]
struct RepositoryShown {
    id: u64,
}

/// A token that can push to one repository. Give it back once the push is over.
pub struct PushToken {
    secret: SecretString,
    is_ours: bool,
    expires: Option<Timestamp>,
}

impl PushToken {
    pub fn secret(&self) -> SecretString {
        self.secret.clone()
    }

    /// As a remote of gateway-outgoing takes it.
    pub fn source(&self) -> impl Fn() -> SecretString + Send + Sync + 'static {
        let secret = self.secret.clone();
        move || secret.clone()
    }

    /// None: a person's own token.
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }
}

impl fmt::Debug for PushToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("PushToken").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            minted: Mutex::default(),
            installations: Memo::new(SignedDuration::from_mins(10)),
            ids: Memo::new(SignedDuration::from_hours(24 * 365)),
            turn: Semaphore::new(1),
        }
    }
}

impl Tokens {
    fn lock(&self) -> MutexGuard<'_, HashMap<(String, Rights), Minted>> {
        self.minted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, repo: &RepoName, rights: Rights, now: Timestamp) -> Option<Signed> {
        let minted = self.lock().get(&(repo.key(), rights)).cloned()?;
        (minted.expires.duration_since(now) > EARLY).then_some(minted.signed)
    }

    fn put(&self, repo: &RepoName, rights: Rights, minted: Minted, now: Timestamp) {
        let mut all = self.lock();
        if all.len() >= MOST {
            all.retain(|_, minted| minted.expires > now);
        }
        all.insert((repo.key(), rights), minted);
    }

    pub(crate) fn forget_installation(&self, repo: &RepoName) {
        self.installations.forget(&repo.key());
    }

    /// It was refused: nobody uses it again.
    pub(crate) fn forget(&self, repo: &RepoName, rights: Rights, refused: &Signed) {
        let is_it = |minted: &Minted| minted.signed.token.expose_secret() == refused.token.expose_secret();
        let mut all = self.lock();
        if all.get(&(repo.key(), rights)).is_some_and(is_it) {
            all.remove(&(repo.key(), rights));
        }
    }
}

impl Forge {
    pub(crate) async fn signed(
        &self,
        repo: &RepoName,
        rights: Rights,
        now: Timestamp,
    ) -> Result<Signed, ForgeFault> {
        let key = match &self.sign_in {
            SignIn::Personal(token) => return Ok(Signed { holder: Holder::Person, token: token.clone() }),
            SignIn::App(key) => key,
        };
        if let Some(signed) = self.tokens.get(repo, rights, now) {
            return Ok(signed);
        }
        let _turn = self.tokens.turn.acquire().await;
        if let Some(signed) = self.tokens.get(repo, rights, now) {
            return Ok(signed);
        }
        let minted = self.mint(key, repo, rights, now).await?;
        self.tokens.put(repo, rights, minted.clone(), now);
        Ok(minted.signed)
    }

    async fn mint(
        &self,
        key: &AppKey,
        repo: &RepoName,
        rights: Rights,
        now: Timestamp,
    ) -> Result<Minted, ForgeFault> {
        let installation = self.installation(repo, now).await?;
        let permissions: serde_json::Map<String, Value> =
            rights.iter().map(|(name, level)| ((*name).to_owned(), json!(level))).collect();
        let body = match self.tokens.ids.get(&repo.key(), now) {
            Some(id) => json!({ "repository_ids": [id], "permissions": permissions }),
            None => json!({ "repositories": [repo.name()], "permissions": permissions }),
        };
        let url = self.client.address.rest(&format!("/app/installations/{}/access_tokens", installation.id));
        let call = Call::with(Method::POST, url, Some(body), Kind::Token);
        let answer = self.as_app(key, &call, now).await?;
        if !answer.is_good() {
            return Err(self.not_minted(repo, rights, &answer, now).await);
        }
        let shown: MintedShown = answer.json()?;
        if let Some(one) = shown.repositories.first() {
            self.tokens.ids.put(&repo.key(), &one.id, now);
        }
        let signed = Signed { holder: Holder::Installation(installation.id), token: shown.token.into() };
        Ok(Minted { signed, expires: shown.expires_at })
    }

    /// The installation as it is now says which right is missing.
    async fn not_minted(
        &self,
        repo: &RepoName,
        rights: Rights,
        answer: &Answer,
        now: Timestamp,
    ) -> ForgeFault {
        self.tokens.installations.forget(&repo.key());
        let installation = match self.installation(repo, now).await {
            Ok(installation) => installation,
            Err(fault) => return fault,
        };
        let missing = rights::missing(rights, &installation.permissions);
        ForgeFault::Refused(match (missing.is_empty(), answer.status) {
            (false, _) => Refusal::RightMissing { right: missing.join(", ") },
            (true, 404 | 422) => Refusal::NotInstalled { settings: installation.html_url },
            (true, _) => Refusal::Other { why: crate::refusals::quoted(&answer.message()) },
        })
    }

    pub(crate) async fn installation(
        &self,
        repo: &RepoName,
        now: Timestamp,
    ) -> Result<Installation, ForgeFault> {
        let SignIn::App(key) = &self.sign_in else {
            return Err(ForgeFault::other("there is a person's token instead of an app"));
        };
        if let Some(known) = self.tokens.installations.get(&repo.key(), now) {
            return Ok(known);
        }
        let answer =
            self.as_app(key, &Call::get(self.client.address.rest(&repo.path("/installation"))), now).await?;
        match answer.status {
            200 => {}
            404 => {
                let settings = self.install_page(key, now).await;
                return Err(ForgeFault::Refused(Refusal::NotInstalled { settings }));
            }
            _ => return Err(ForgeFault::other(crate::refusals::quoted(&answer.message()))),
        }
        let found: Installation = answer.json()?;
        if found.suspended_at.is_some() {
            return Err(ForgeFault::Refused(Refusal::Revoked));
        }
        self.tokens.installations.put(&repo.key(), &found, now);
        Ok(found)
    }

    /// Where an owner installs the app.
    pub(crate) async fn install_page(&self, key: &AppKey, now: Timestamp) -> Option<String> {
        let answer = self.as_app(key, &Call::get(self.client.address.rest("/app")), now).await.ok()?;
        let app: Value = answer.json().ok()?;
        Some(format!("{}/installations/new", app["html_url"].as_str()?))
    }

    pub(crate) async fn as_app(
        &self,
        key: &AppKey,
        call: &Call,
        now: Timestamp,
    ) -> Result<Answer, ForgeFault> {
        let token = key.jwt(now).map_err(|fault| ForgeFault::other(fault.to_string()))?;
        let signed = Signed { holder: Holder::App, token };
        let answer = self.client.send(&signed, call, now, &Trail::default()).await?;
        match answer.status {
            401 => Err(ForgeFault::other(
                "it doesn't accept the app's key: the key, the app's id or this machine's clock is wrong",
            )),
            _ => Ok(answer),
        }
    }

    /// A new token for one push. Nobody else gets it.
    pub async fn push_token(&self, repo: &RepoName, now: Timestamp) -> Result<PushToken, ForgeFault> {
        self.own_token(repo, rights::CONTENTS, now).await
    }

    /// Of one's own: it is not among those that are held.
    pub(crate) async fn own_token(
        &self,
        repo: &RepoName,
        rights: Rights,
        now: Timestamp,
    ) -> Result<PushToken, ForgeFault> {
        match &self.sign_in {
            SignIn::Personal(token) => Ok(PushToken { secret: token.clone(), is_ours: false, expires: None }),
            SignIn::App(key) => {
                let minted = self.mint(key, repo, rights, now).await?;
                Ok(PushToken { secret: minted.signed.token, is_ours: true, expires: Some(minted.expires) })
            }
        }
    }

    /// Revokes it. A person's own token stays.
    pub async fn give_back(&self, token: PushToken, now: Timestamp) -> Result<(), ForgeFault> {
        match token.is_ours {
            true => self.revoke(token.secret, now).await,
            false => Ok(()),
        }
    }

    /// Revokes all tokens that are held, such as before the gateway stops. How many are gone.
    pub async fn revoke_all(&self, now: Timestamp) -> usize {
        let all: Vec<Minted> = self.tokens.lock().drain().map(|(_, minted)| minted).collect();
        let mut gone = 0;
        for minted in all.into_iter().filter(|minted| minted.expires > now) {
            gone += usize::from(self.revoke(minted.signed.token, now).await.is_ok());
        }
        gone
    }

    async fn revoke(&self, token: SecretString, now: Timestamp) -> Result<(), ForgeFault> {
        let call =
            Call::with(Method::DELETE, self.client.address.rest("/installation/token"), None, Kind::Token);
        let signed = Signed { holder: Holder::App, token };
        let answer = self.client.send(&signed, &call, now, &Trail::default()).await?;
        match answer.status {
            // It is void already.
            200..300 | 401 | 404 => Ok(()),
            _ => Err(ForgeFault::other(crate::refusals::quoted(&answer.message()))),
        }
    }
}
