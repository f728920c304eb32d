//! GitHub, or an Enterprise Server, as deliveries need it (`gateway-forge`).

use super::ports::{About, ForgeHands, Looked, Site, Watch};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use gateway_delivery::{Attempt, Order, Outcome, Preset, Refusal, RepositoryAbout};
use gateway_forge::{
    ApiAddress, AppKey, Forge, ForgeFault, ForgeSettings, LookError, PushToken, RepoName, SignIn,
};
use gateway_outgoing::{Person, Remote};
use jiff::Timestamp;
use secrecy::SecretString;
use std::sync::Arc;

/// As the configuration has it.
#[derive(Clone, Debug)]
pub struct GithubSettings {
    pub sign_in: GithubSignIn,
    pub api_url: String,
    /// `https://github.com`
    pub url: String,
    pub label: Option<String>,
    /// Without one no webhooks are taken.
    pub webhook_secret: Option<SecretString>,
}

#[derive(Clone, Debug)]
pub enum GithubSignIn {
    App { app: u64, pem: SecretString },
    Personal(SecretString),
}

pub struct Github {
    forge: Arc<Forge>,
    /// `https://github.com/`
    root: String,
}

impl Github {
    /// Why it can't be used, as a sentence.
    pub fn new(settings: GithubSettings, preset: &Preset) -> Result<Self, String> {
        let GithubSettings { sign_in, api_url, url, label, webhook_secret: _ } = settings;
        let address = ApiAddress::new(&api_url).map_err(|fault| fault.to_string())?;
        let sign_in = match sign_in {
            GithubSignIn::App { app, pem } => {
                SignIn::App(AppKey::from_pem(app, &pem).map_err(|fault| fault.to_string())?)
            }
            GithubSignIn::Personal(token) => SignIn::Personal(token),
        };
        let settings = ForgeSettings { label, ..ForgeSettings::new(address, preset.clone()) };
        let forge = Forge::new(settings, sign_in).map_err(|error| error.to_string())?;
        Ok(Self { forge: Arc::new(forge), root: format!("{}/", url.trim_end_matches('/')) })
    }

    pub fn forge(&self) -> &Arc<Forge> {
        &self.forge
    }

    async fn token(&self, repo: &RepoName, writes: bool, now: Timestamp) -> Result<PushToken, ForgeFault> {
        match writes {
            true => self.forge.push_token(repo, now).await,
            false => self.forge.fetch_token(repo, now).await,
        }
    }
}

impl ForgeHands for Github {
    fn site(&self, address: &str) -> Option<Site> {
        let below = strip(address, &self.root)?;
        let name = below.trim_end_matches('/').trim_end_matches(".git");
        let repo = RepoName::parse(name).ok()?;
        let repository = format!("{}/{}", repo.owner(), repo.name());
        Some(Site { address: format!("{}{repository}.git", self.root), repository })
    }

    fn author<'a>(&'a self, site: &'a Site, now: Timestamp) -> BoxFuture<'a, Result<Person, Refusal>> {
        async move {
            let repo = repo(site).map_err(|_| Refusal::Other { why: "an odd repository".to_owned() })?;
            match self.forge.author(&repo, now).await {
                Ok(author) => Ok(Person { name: author.name, mail: author.mail }),
                Err(fault) => Err(refusal(fault)),
            }
        }
        .boxed()
    }

    fn host(&self) -> &str {
        let host = self.root.split("://").nth(1).unwrap_or_default();
        host.trim_end_matches('/')
    }

    fn login_of<'a>(
        &'a self,
        site: &'a Site,
        account: u64,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<String>, Outcome>> {
        async move {
            let repo = repo(site)?;
            match self.forge.login_of(&repo, account, now).await {
                Ok(login) => Ok(login),
                Err(ForgeFault::Refused(refusal)) => Err(Outcome::Refused(refusal)),
                Err(ForgeFault::NoAnswer { .. }) => Err(Outcome::Unknown),
            }
        }
        .boxed()
    }

    fn about<'a>(
        &'a self,
        site: &'a Site,
        base: Option<&'a str>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<About, Outcome>> {
        async move {
            let repo = repo(site)?;
            match self.forge.about(&repo, now).await {
                Ok(about) => Ok(RepositoryAbout {
                    name: site.repository.clone(),
                    base: base.map_or_else(|| about.default_branch.clone(), str::to_owned),
                    default_branch: about.default_branch,
                    private: about.private,
                }),
                Err(ForgeFault::Refused(refusal)) => Err(Outcome::Refused(refusal)),
                Err(ForgeFault::NoAnswer { .. }) => Err(Outcome::Unknown),
            }
        }
        .boxed()
    }

    fn with_remote<'a>(
        &'a self,
        site: &'a Site,
        writes: bool,
        now: Timestamp,
        then: Box<dyn FnOnce(Remote) -> BoxFuture<'a, Outcome> + Send + 'a>,
    ) -> BoxFuture<'a, Outcome> {
        async move {
            let repo = match repo(site) {
                Ok(repo) => repo,
                Err(outcome) => return outcome,
            };
            let token = match self.token(&repo, writes, now).await {
                Ok(token) => token,
                Err(ForgeFault::Refused(refusal)) => return Outcome::Refused(refusal),
                Err(ForgeFault::NoAnswer { .. }) => return Outcome::Unknown,
            };
            let remote = match Remote::new(&site.address) {
                Ok(remote) => remote.with_token(token.source()),
                Err(fault) => return Outcome::Refused(Refusal::Other { why: fault.to_string() }),
            };
            let outcome = then(remote).await;
            // It ends by itself within the hour where that fails.
            if let Err(fault) = self.forge.give_back(token, now).await {
                tracing::warn!(%fault, repository = site.repository, "a token wasn't given back");
            }
            outcome
        }
        .boxed()
    }

    fn carry_out<'a>(
        &'a self,
        site: &'a Site,
        order: &'a Order,
        attempt: Attempt,
        now: Timestamp,
    ) -> BoxFuture<'a, Outcome> {
        async move {
            let repo = match repo(site) {
                Ok(repo) => repo,
                Err(outcome) => return outcome,
            };
            let carried = self.forge.carry_out_noted(&repo, order, attempt, now).await;
            for note in &carried.notes {
                tracing::info!(repository = site.repository, note, "the forge took part of an order");
            }
            if !carried.request_ids.is_empty() {
                tracing::info!(
                    repository = site.repository,
                    ids = carried.request_ids.join(" "),
                    "written to the forge"
                );
            }
            carried.outcome
        }
        .boxed()
    }

    fn look<'a>(&'a self, site: &'a Site, watch: Watch, now: Timestamp) -> BoxFuture<'a, Looked> {
        async move {
            let (Ok(repo), Some(number)) = (repo(site), watch.number) else { return Looked::NoAnswer };
            match self.forge.look(&repo, number, &watch.ours, now).await {
                Ok(seen) => Looked::Seen(Box::new(seen)),
                Err(LookError::Refused(refusal)) => Looked::Refused(refusal),
                Err(LookError::NoAnswer { .. }) => Looked::NoAnswer,
            }
        }
        .boxed()
    }

    fn read_failures<'a>(
        &'a self,
        site: &'a Site,
        head: &'a str,
        checks: &'a [String],
        now: Timestamp,
    ) -> BoxFuture<'a, Outcome> {
        async move {
            let repo = match repo(site) {
                Ok(repo) => repo,
                Err(outcome) => return outcome,
            };
            match self.forge.read_failures(&repo, head, checks, now).await {
                Ok(text) => Outcome::Failures { text },
                Err(ForgeFault::Refused(refusal)) => Outcome::Refused(refusal),
                Err(ForgeFault::NoAnswer { .. }) => Outcome::Unknown,
            }
        }
        .boxed()
    }
}

fn repo(site: &Site) -> Result<RepoName, Outcome> {
    RepoName::parse(&site.repository)
        .map_err(|fault| Outcome::Refused(Refusal::Other { why: fault.to_string() }))
}

fn refusal(fault: ForgeFault) -> Refusal {
    match fault {
        ForgeFault::Refused(refusal) => refusal,
        ForgeFault::NoAnswer { why } => Refusal::Other { why: format!("The forge doesn't answer: {why}") },
    }
}

/// Hosts are the same in whichever letters.
fn strip<'a>(address: &'a str, root: &str) -> Option<&'a str> {
    let (start, rest) = address.split_at_checked(root.len())?;
    start.eq_ignore_ascii_case(root).then_some(rest)
}
