//! Stands for the API server of a cluster, with the controllers and the kubelet behind it.
//!
//! It imitates, in the real server's words: namespaces, quotas, limit ranges, network policies, ConfigMaps, Services, service
//! accounts, claims, Deployments, ReplicaSets, pods with their logs, Ingresses and events; versions, uids, generations; get, list (pages,
//! label and field selectors, tables), watch (bookmarks, 410 for what is too old), create, replace, merge patches, server-side
//! apply with owners of fields, delete with preconditions; rights by the manifests, quotas, limit ranges, Pod Security
//! `restricted`, the gateway's two ValidatingAdmissionPolicies; namespaces that go, finalizers; Deployments down to pods that
//! do what a test says ([`Outcome`]). And leases with conflicts, token reviews, access reviews, and the pods of the
//! gateway's own namespace, which are a name and a uid ([`State`]): [`Cluster`] knows nothing of those.
//!
//! It is stricter than the real server: what a type does not know is refused always, not only with `fieldValidation=Strict`.
//!
//! It has no TLS, one version of each kind, of custom resources cert-manager's Certificates and nothing that makes one, no CEL, no JSON patches, `$patch` directives, evictions, exec
//! or port-forward, no protobuf (`kubectl apply` and `create -f` send none; `kubectl create configmap` does). Lists are as of now, whatever version was asked for. Few defaults are filled in. A quota is looked
//! at when something is created, not when it grows. Containers run nothing, unless a test has a [`Node`] for their image; images are
//! never pulled, networks are not there, so no NetworkPolicy keeps anybody from anything, a claim is bound to nothing,
//! and no controller serves an Ingress. Controllers come to rest within each write; a pod is gone at once. A token of a
//! pod that is gone is refused at once, which takes the real server some seconds. kubectl finds no schemas, so it leaves
//! the checking to the server.

mod admission;
mod api;
mod cluster;
mod container_logs;
mod controllers;
mod defaults;
mod deletion;
mod discovery;
mod failure;
mod fields;
mod kinds;
mod managers;
mod node;
mod rbac;
mod request;
mod reviews;
mod routes;
mod selectors;
mod state;
mod store;
mod table;
mod validation;
mod watching;
mod world;
mod writes;

pub use cluster::{Cluster, FINALIZER};
pub use controllers::Outcome;
pub use node::Node;
pub use rbac::GATEWAY;
pub use state::{Call, MadeToken, State};

use anyhow::Context;
use gateway::clock::{Clock, system};
use rbac::User;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The namespace that the gateway is in.
pub const NAMESPACE: &str = "ai-dev";

const GATEWAY_TOKEN: &str = "token-of-the-gateway";
const ADMINISTRATOR_TOKEN: &str = "token-of-the-administrator";

pub struct Kube {
    folder: TempDir,
    state: Arc<Mutex<State>>,
    cluster: Arc<Cluster>,
    stop: [CancellationToken; 2],
}

impl Kube {
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_at(system()).await
    }

    /// With a clock of the test's own.
    pub async fn start_at(clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let state = Arc::new(Mutex::new(State::default()));
        let cluster = Arc::new(Cluster::new(clock));
        let door = |everybody| routes::router(Arc::clone(&state), &cluster, everybody);
        let gateway = User { name: GATEWAY.to_owned(), administrator: false };
        let (address, stop) = crate::bare_bridge::serve(door(None)).await;
        let (without_token, kubectl) = crate::bare_bridge::serve(door(Some(gateway))).await;
        let folder = TempDir::with_prefix("kube-")?;
        for (file, address, token) in [
            ("config", address, GATEWAY_TOKEN),
            ("administrator", address, ADMINISTRATOR_TOKEN),
            ("kubectl", without_token, ""),
        ] {
            let config = format!(
                "apiVersion: v1\nkind: Config\ncurrent-context: double\n\
                 clusters: [{{ name: double, cluster: {{ server: 'http://{address}' }} }}]\n\
                 users: [{{ name: somebody, user: {{ token: '{token}' }} }}]\n\
                 contexts: [{{ name: double, context: {{ cluster: double, user: somebody, namespace: {NAMESPACE} }} }}]\n"
            );
            std::fs::write(folder.path().join(file), config).context("the kubeconfig")?;
        }
        Ok(Self { folder, state, cluster, stop: [stop, kubectl] })
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

    /// Of somebody to whom nothing is forbidden.
    pub fn administrator(&self) -> PathBuf {
        self.folder.path().join("administrator")
    }

    /// Of the gateway, for kubectl: it sends no token over plain HTTP, so it has a door where none is asked for.
    pub fn for_kubectl(&self) -> PathBuf {
        self.folder.path().join("kubectl")
    }

    /// What is in the cluster, and what becomes of it.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// How things stand; held for a moment only.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kube {
    fn drop(&mut self) {
        self.cluster.stop.cancel();
        for stop in &self.stop {
            stop.cancel();
        }
    }
}
