//! The forge as the gateway sees it: GitHub, or an Enterprise Server.

use crate::api_address::ApiAddress;
use crate::app_key::AppKey;
use crate::client::Client;
use crate::look::Memory;
use crate::memo::Memo;
use crate::pace::Pace;
use crate::repo_name::RepoName;
use crate::rights::Rights;
use crate::tokens::Tokens;
use crate::trail::Trail;
use crate::visit::Visit;
use crate::wire::Wire;
use gateway_delivery::Preset;
use hyper::header::HeaderValue;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use std::fmt;
use std::io;
use std::time::Duration;

/// Whose rights are used.
pub enum SignIn {
    App(AppKey),
    /// For a forge without an app of ours. It has all the rights that its owner gave it.
    Personal(SecretString),
}

#[derive(Clone, Debug)]
pub struct ForgeSettings {
    pub address: ApiAddress,
    pub preset: Preset,
    /// A label for each pull request that is opened.
    pub label: Option<String>,
    /// Whoever sets this label stops the delivery.
    pub stop_label: String,
    /// The first one of these that a repository allows: `merge`, `squash`, `rebase`.
    pub merge_methods: Vec<MergeMethod>,
    /// For a whole request.
    pub patience: Duration,
    /// Between two writes.
    pub write_pause: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeMethod {
    Merge,
    Squash,
    Rebase,
}

impl ForgeSettings {
    pub fn new(address: ApiAddress, preset: Preset) -> Self {
        let stop_label = format!("{}:stop", preset.name);
        Self {
            address,
            preset,
            label: None,
            stop_label,
            merge_methods: vec![MergeMethod::Squash, MergeMethod::Merge, MergeMethod::Rebase],
            patience: Duration::from_secs(20),
            write_pause: Duration::from_secs(1),
        }
    }
}

pub struct Forge {
    pub(crate) settings: ForgeSettings,
    pub(crate) sign_in: SignIn,
    pub(crate) client: Client,
    pub(crate) tokens: Tokens,
    pub(crate) memory: Memory,
    /// Under which name we act.
    pub(crate) login: Memo<String>,
}

impl Forge {
    /// Fails only where the machine's certificates can't be read, or a name makes no header.
    pub fn new(settings: ForgeSettings, sign_in: SignIn) -> io::Result<Self> {
        let agent = format!("{}-gateway/{}", settings.preset.name, env!("CARGO_PKG_VERSION"));
        let agent = HeaderValue::try_from(agent).map_err(io::Error::other)?;
        let (wire, pace) = (Wire::new(settings.patience)?, Pace::new(settings.write_pause));
        let client = Client::new(settings.address.clone(), agent, wire, pace);
        let login = Memo::new(SignedDuration::from_hours(24));
        Ok(Self { settings, sign_in, client, tokens: Tokens::default(), memory: Memory::default(), login })
    }

    pub(crate) fn visit<'a>(
        &'a self,
        repo: &'a RepoName,
        rights: Rights,
        now: Timestamp,
        trail: &'a Trail,
    ) -> Visit<'a> {
        Visit { forge: self, repo, rights, now, trail }
    }

    /// For figures.
    pub fn figures(&self) -> Figures {
        let (asked, unchanged) = self.client.counts();
        Figures { asked, unchanged }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Requests that were sent.
    pub asked: u64,
    /// Those of them that found nothing new, and weren't counted by the forge.
    pub unchanged: u64,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App(key) => out.debug_tuple("App").field(key).finish(),
            Self::Personal(_) => out.write_str("Personal"),
        }
    }
}

impl fmt::Debug for Forge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Forge")
            .field("settings", &self.settings)
            .field("sign_in", &self.sign_in)
            .finish_non_exhaustive()
    }
}
