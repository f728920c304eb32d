//! Whether a pod is gone: its name is free, belongs to another one, or all its containers have ended for good.

use super::Cluster;
use gateway_domain::{PodCredential, PodIdentity};
use k8s_openapi::api::core::v1::Pod;
use kube::Api;

/// Nothing runs in such a pod any more, and nothing will.
const OVER: [&str; 2] = ["Succeeded", "Failed"];

impl Cluster {
    /// A pod on a node that nobody reaches is still there.
    pub(super) async fn has_ended(&self, pod: &PodIdentity) -> Result<bool, kube::Error> {
        let namespace = pod.credential.namespace().unwrap_or(&self.identity.namespace);
        let pods: Api<Pod> = Api::namespaced(self.client.clone(), namespace);
        Ok(pods.get_opt(&pod.name).await?.is_none_or(|found| is_another_or_over(pod, &found)))
    }
}

fn is_another_or_over(pod: &PodIdentity, found: &Pod) -> bool {
    let is_another = match &pod.credential {
        PodCredential::Bound { uid, .. } => found.metadata.uid.as_ref() != Some(uid),
        _ => false,
    };
    let phase = found.status.as_ref().and_then(|status| status.phase.as_deref());
    is_another || phase.is_some_and(|phase| OVER.contains(&phase))
}
