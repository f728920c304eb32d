//! The pod's label that the service looks for: plugins and people are led to the gateway that works.

use super::Cluster;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use std::time::Duration;

/// Where the service's selector looks.
pub(super) const ROLE: &str = "opencode-gateway/role";

/// A label that could not be written is written again after this: nobody finds the gateway until then.
const AGAIN: Duration = Duration::from_secs(1);

/// After so many refusals it is an operator's matter; the gateway works all the same.
const ATTEMPTS: u32 = 10;

impl Cluster {
    /// Labels this gateway's own pod.
    pub async fn show_role(&self, role: &'static str) {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.identity.namespace);
        let patch = Patch::Merge(json!({ "metadata": { "labels": { ROLE: role } } }));
        for _ in 0..ATTEMPTS {
            match pods.patch(&self.identity.pod, &PatchParams::default(), &patch).await {
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, role, "the pod's label is not written; trying again"),
            }
            tokio::time::sleep(AGAIN).await;
        }
        tracing::error!(
            role,
            pod = self.identity.pod,
            "the pod's label cannot be written; the service does not see what this gateway is"
        );
    }
}
