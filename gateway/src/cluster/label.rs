//! The pod's label that the service looks for: plugins and people are led to the gateway that works.

use super::Cluster;
use backon::{ConstantBuilder, Retryable};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use std::time::Duration;

/// Where the service's selector looks.
pub(super) const ROLE: &str = "opencode-gateway/role";

/// Nobody finds the gateway until its label is written. After so many refusals it is an operator's matter; the gateway
/// works all the same.
const AGAIN: ConstantBuilder = ConstantBuilder::new().with_delay(Duration::from_secs(1)).with_max_times(9);

impl Cluster {
    /// Labels this gateway's own pod.
    pub async fn show_role(&self, role: &'static str) {
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), &self.identity.namespace);
        let patch = Patch::Merge(json!({ "metadata": { "labels": { ROLE: role } } }));
        let params = PatchParams::default();
        let write = || pods.patch(&self.identity.pod, &params, &patch);
        let told = |error: &kube::Error, _| {
            tracing::warn!(%error, role, "pod label not written; retrying");
        };
        let Err(error) = write.retry(AGAIN).notify(told).await else { return };
        tracing::error!(
            %error,
            role,
            pod = self.identity.pod,
            "pod label cannot be written; the Service doesn't see which gateway is active"
        );
    }
}
