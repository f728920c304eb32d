//! Stands for the API server of a cluster. It imitates the few routes that the gateway calls: leases with versions and
//! conflicts, token reviews, access reviews, pods with their uids and labels. It is strict: a body must be its Kubernetes type and nothing
//! more, a write must name the version it was made from, and what was not granted is forbidden.
//!
//! It has no watches, no TLS, one namespace, and nothing runs in it: a pod is a name and a uid. A token of a pod that is gone is refused at once;
//! the real server may still take it for some seconds.

mod routes;
mod state;

pub use state::{Call, MadeToken, State};

use anyhow::Context;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The namespace that the double has.
pub const NAMESPACE: &str = "ai-dev";

pub struct Kube {
    folder: TempDir,
    state: Arc<Mutex<State>>,
    stop: CancellationToken,
}

impl Kube {
    pub async fn start() -> anyhow::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let (address, stop) = crate::bare_bridge::serve(routes::router(Arc::clone(&state))).await;
        let folder = TempDir::with_prefix("kube-")?;
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: double\n\
             clusters: [{{ name: double, cluster: {{ server: 'http://{address}' }} }}]\n\
             users: [{{ name: gateway, user: {{ token: token-of-the-gateway }} }}]\n\
             contexts: [{{ name: double, context: {{ cluster: double, user: gateway, namespace: {NAMESPACE} }} }}]\n"
        );
        std::fs::write(folder.path().join("config"), config).context("the kubeconfig")?;
        Ok(Self { folder, state, stop })
    }

    /// What a gateway needs to find it, and to be somebody in it.
    pub fn env(&self, pod: &str) -> Vec<(String, String)> {
        let pairs = [
            ("KUBECONFIG", self.kubeconfig().display().to_string()),
            ("POD_NAME", pod.to_owned()),
            ("POD_NAMESPACE", NAMESPACE.to_owned()),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    pub fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// How things stand; held for a moment only.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kube {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
