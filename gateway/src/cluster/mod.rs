//! What the gateway asks of the cluster it runs in: who leads ([`lead`]), who a pod is ([`review`]), whether
//! one is gone ([`pod_lookup`]), and whether it may ask all this ([`rights`]). Nothing here is used outside a cluster.

mod label;
mod lead;
mod pod_lookup;
mod review;
pub mod rights;

pub use lead::{Term, Times};
pub use rights::{Right, RightState};

use crate::clock::Clock;
use kube::{Client, Config};
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for one answer of the API server: below the time after which a lease counts as lost.
const PATIENCE: Duration = Duration::from_secs(4);

/// A watch may be silent for as long as the server keeps it open, which is five minutes at most.
const PATIENCE_OF_WATCHES: Duration = Duration::from_secs(330);

/// Whom the API server is told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub pod: String,
    pub namespace: String,
    /// The accounts whose pods may connect to the bridge, such as `system:serviceaccount:ai-dev:codev`.
    pub bridge_accounts: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    #[error("The Kubernetes API can't be reached: no service account in the pod and no kubeconfig")]
    NoWay(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("The Kubernetes API refused the request or did not answer")]
    Call(#[from] kube::Error),
}

/// The API server, as one identity. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    watching: Client,
    identity: Identity,
    times: Times,
    clock: Arc<dyn Clock>,
}

impl Cluster {
    /// By the pod's service account, or a kubeconfig on a developer's machine.
    pub async fn reach(identity: Identity, clock: Arc<dyn Clock>) -> Result<Self, ClusterError> {
        let mut config = Config::infer().await.map_err(|error| ClusterError::NoWay(Box::new(error)))?;
        config.connect_timeout = Some(PATIENCE);
        config.read_timeout = Some(PATIENCE);
        config.write_timeout = Some(PATIENCE);
        let mut patient = config.clone();
        patient.read_timeout = Some(PATIENCE_OF_WATCHES);
        let (client, watching) = (Client::try_from(config)?, Client::try_from(patient)?);
        Ok(Self { client, watching, identity, times: Times::default(), clock })
    }

    /// For those who have things of their own in the cluster: one that answers soon, and one for watches.
    pub fn clients(&self) -> (Client, Client) {
        (self.client.clone(), self.watching.clone())
    }

    /// With other times, for tests that need not wait.
    pub fn with_times(self, times: Times) -> Self {
        Self { times, ..self }
    }
}
