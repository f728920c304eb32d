//! The cluster: whose a token is that a pod presents to the bridge.

use futures_util::future::BoxFuture;

/// Whose a token is that is not the shared one: in a cluster its pods present tokens of their own.
pub trait Accounts: Send + Sync + 'static {
    /// The account's name, if it may connect.
    fn account_of<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<Option<String>, Unreviewed>>;
}

/// Nobody could say whose it is.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreviewed(pub String);
