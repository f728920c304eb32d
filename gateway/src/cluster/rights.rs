//! Every right that the gateway needs in the cluster. The manifests grant these and no others (a test compares them),
//! and `gateway doctor` asks the API server for each.

use super::{Cluster, ClusterError};
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::Api;
use kube::api::PostParams;

/// One verb on one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    pub group: &'static str,
    pub resource: &'static str,
    pub verb: &'static str,
    pub on: On,
    /// What it is for.
    pub why: &'static str,
}

/// What a right is limited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// All of the cluster's.
    Cluster,
    /// All in the gateway's namespace.
    Namespace,
    /// This one, in the gateway's namespace.
    Named(&'static str),
    /// The gateways' own pods.
    OwnPods,
}

const LEASES: &str = "coordination.k8s.io";

pub const ALL_RIGHTS: [Right; 6] = [
    Right { group: LEASES, resource: "leases", verb: "create", on: On::Namespace, why: "create the lease" },
    Right {
        group: LEASES,
        resource: "leases",
        verb: "get",
        on: On::Named(super::lead::LEASE),
        why: "see which gateway is active",
    },
    Right {
        group: LEASES,
        resource: "leases",
        verb: "update",
        on: On::Named(super::lead::LEASE),
        why: "lead",
    },
    Right {
        group: "",
        resource: "pods",
        verb: "patch",
        on: On::OwnPods,
        why: "label the active pod for the Service",
    },
    Right {
        group: "",
        resource: "pods",
        verb: "get",
        on: On::Namespace,
        why: "see whether the pod that had a session is gone",
    },
    Right {
        group: "authentication.k8s.io",
        resource: "tokenreviews",
        verb: "create",
        on: On::Cluster,
        why: "check which service account a pod's token belongs to",
    },
];

/// Whether a right is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightState {
    Granted,
    /// With the API server's reason, if it gives one.
    Missing(String),
}

impl Cluster {
    pub async fn may(&self, right: &Right) -> Result<RightState, ClusterError> {
        let (namespace, name) = match right.on {
            On::Cluster => (None, None),
            On::Namespace => (Some(self.identity.namespace.clone()), None),
            On::Named(name) => (Some(self.identity.namespace.clone()), Some(name.to_owned())),
            On::OwnPods => (Some(self.identity.namespace.clone()), Some(self.identity.pod.clone())),
        };
        let attributes = ResourceAttributes {
            group: Some(right.group.to_owned()),
            resource: Some(right.resource.to_owned()),
            verb: Some(right.verb.to_owned()),
            namespace,
            name,
            ..ResourceAttributes::default()
        };
        let spec =
            SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
        let review = SelfSubjectAccessReview { spec, ..Default::default() };
        let reviews: Api<SelfSubjectAccessReview> = Api::all(self.client.clone());
        let status = reviews.create(&PostParams::default(), &review).await?.status.unwrap_or_default();
        let reason = status.reason.unwrap_or_default();
        Ok(if status.allowed { RightState::Granted } else { RightState::Missing(reason) })
    }
}
