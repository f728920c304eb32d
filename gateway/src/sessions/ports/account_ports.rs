//! The cluster: whose a token is that a pod presents to the bridge, and whether a pod is still there.

use futures_util::future::BoxFuture;
use gateway_domain::PodIdentity;

/// In a cluster pods present tokens of their own.
pub trait Accounts: Send + Sync + 'static {
    fn holder_of<'a>(&'a self, token: &'a str) -> BoxFuture<'a, Result<TokenHolder, Unreviewed>>;

    /// Whether the pod is gone for good, so that none of its processes can be heard any more.
    fn is_gone<'a>(&'a self, pod: &'a PodIdentity) -> BoxFuture<'a, Result<bool, Unreviewed>>;
}

/// Whose a token is, as the cluster says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenHolder {
    /// Nobody who may connect.
    Nobody,
    /// An account that may connect, but the token is not bound to one pod.
    Account(String),
    Pod(PodIdentity),
}

/// Nobody could say it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreviewed(pub String);
