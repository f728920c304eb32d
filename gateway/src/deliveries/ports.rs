//! What deliveries need of a forge, and of rules.

use futures_util::future::BoxFuture;
use gateway_delivery::{Attempt, Facts, ForgeSeen, Order, Outcome, Refusal, RepositoryAbout};
use gateway_outgoing::{Person, Remote};
use jiff::Timestamp;

/// A place at the forge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `owner/name`
    pub repository: String,
    /// Where git fetches it and pushes to it.
    pub address: String,
}

/// What the forge says of a repository.
pub type About = RepositoryAbout;

pub trait ForgeHands: Send + Sync + 'static {
    /// None: that address isn't of this forge.
    fn site(&self, address: &str) -> Option<Site>;

    /// Who commits: the app's own account.
    fn author<'a>(&'a self, site: &'a Site, now: Timestamp) -> BoxFuture<'a, Result<Person, Refusal>>;

    /// The host whose accounts people are named by: `github.com`.
    fn host(&self) -> &str;

    /// The login of an account by its number; none where there is no such account.
    fn login_of<'a>(
        &'a self,
        site: &'a Site,
        account: u64,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Option<String>, Outcome>>;

    /// With its default branch; `base` where another one was configured.
    fn about<'a>(
        &'a self,
        site: &'a Site,
        base: Option<&'a str>,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<About, Outcome>>;

    /// Something that is done with a token that can do no more than it has to, and that is gone afterwards.
    fn with_remote<'a>(
        &'a self,
        site: &'a Site,
        writes: bool,
        now: Timestamp,
        then: Box<dyn FnOnce(Remote) -> BoxFuture<'a, Outcome> + Send + 'a>,
    ) -> BoxFuture<'a, Outcome>;

    /// One of the orders outside, but for pushing.
    fn carry_out<'a>(
        &'a self,
        site: &'a Site,
        order: &'a Order,
        attempt: Attempt,
        now: Timestamp,
    ) -> BoxFuture<'a, Outcome>;

    /// None: it couldn't be read now.
    fn look<'a>(&'a self, site: &'a Site, watch: Watch, now: Timestamp) -> BoxFuture<'a, Looked>;

    fn read_failures<'a>(
        &'a self,
        site: &'a Site,
        head: &'a str,
        checks: &'a [String],
        now: Timestamp,
    ) -> BoxFuture<'a, Outcome>;
}

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    pub branch: String,
    pub number: Option<u64>,
    pub base: String,
    /// Commits of the branch that are ours.
    pub ours: Vec<String>,
    /// Paths that were changed, whose owners count.
    pub paths: Vec<String>,
}

#[derive(Clone, Debug)]
pub enum Looked {
    Seen(Box<ForgeSeen>),
    Refused(Refusal),
    NoAnswer,
}

pub trait Judge: Send + Sync + 'static {
    fn judge<'a>(&'a self, project: Option<&'a str>, facts: Facts) -> BoxFuture<'a, Outcome>;
}
