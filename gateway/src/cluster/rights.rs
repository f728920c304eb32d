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
    /// All in the namespaces of labs, which have no names yet.
    Labs,
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

/// What labs in the cluster need beside that.
pub const LAB_RIGHTS: [Right; 42] = lab_rights();

const APPS: &str = "apps";
const NETWORKS: &str = "networking.k8s.io";
const CERTIFICATES: &str = "cert-manager.io";

const fn lab_rights() -> [Right; 42] {
    const fn right(
        group: &'static str,
        resource: &'static str,
        verb: &'static str,
        why: &'static str,
    ) -> Right {
        Right { group, resource, verb, on: On::Labs, why }
    }
    [
        right("", "namespaces", "list", "find the labs that there are"),
        right("", "namespaces", "get", "see whose a namespace is"),
        right("", "namespaces", "create", "make a lab"),
        right("", "namespaces", "patch", "use a lab's namespace again"),
        right("", "namespaces", "delete", "remove a lab"),
        right("", "resourcequotas", "get", "see whether a quota has to be sent"),
        right("", "resourcequotas", "create", "keep a lab small"),
        right("", "resourcequotas", "patch", "keep a lab small"),
        right("", "limitranges", "get", "see whether limits have to be sent"),
        right("", "limitranges", "create", "keep a lab's containers small"),
        right("", "limitranges", "patch", "keep a lab's containers small"),
        right(NETWORKS, "networkpolicies", "get", "see whether a policy has to be sent"),
        right(NETWORKS, "networkpolicies", "create", "keep a lab from other networks"),
        right(NETWORKS, "networkpolicies", "patch", "keep a lab from other networks"),
        right("", "configmaps", "get", "see whether files have to be sent"),
        right("", "configmaps", "list", "find the files of an older attempt"),
        right("", "configmaps", "create", "bring a lab its files"),
        right("", "configmaps", "patch", "bring a lab its files"),
        right("", "configmaps", "delete", "remove the files of an older attempt"),
        right("", "persistentvolumeclaims", "get", "see whether a claim has to be sent"),
        right("", "persistentvolumeclaims", "create", "keep a lab's large files"),
        right("", "persistentvolumeclaims", "patch", "keep a lab's large files"),
        right("", "services", "get", "see whether a service has to be sent"),
        right("", "services", "list", "find the service of an older attempt"),
        right("", "services", "create", "lead people to a lab"),
        right("", "services", "patch", "lead people to a lab"),
        right("", "services", "delete", "remove the service of an older attempt"),
        right(NETWORKS, "ingresses", "get", "see whether an ingress has to be sent"),
        right(NETWORKS, "ingresses", "list", "see whether an address is free"),
        right(NETWORKS, "ingresses", "create", "give a lab its address"),
        right(NETWORKS, "ingresses", "patch", "give a lab its address"),
        right(NETWORKS, "ingresses", "delete", "remove the address of an older attempt"),
        right(CERTIFICATES, "certificates", "get", "see whether an address has its certificate"),
        right(APPS, "deployments", "get", "see whether a deployment has to be sent"),
        right(APPS, "deployments", "list", "see how labs stand"),
        right(APPS, "deployments", "watch", "see how labs stand"),
        right(APPS, "deployments", "create", "run a lab"),
        right(APPS, "deployments", "patch", "run a lab"),
        right(APPS, "deployments", "delete", "end what runs of an older attempt"),
        right("", "pods", "list", "see why a lab is not ready"),
        right("", "pods", "watch", "see why a lab is not ready"),
        right("", "pods/log", "get", "show the last lines of a lab"),
    ]
}

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
            On::Cluster | On::Labs => (None, None),
            On::Namespace => (Some(self.identity.namespace.clone()), None),
            On::Named(name) => (Some(self.identity.namespace.clone()), Some(name.to_owned())),
            On::OwnPods => (Some(self.identity.namespace.clone()), Some(self.identity.pod.clone())),
        };
        let (resource, below) = match right.resource.split_once('/') {
            Some((resource, below)) => (resource, Some(below.to_owned())),
            None => (right.resource, None),
        };
        let attributes = ResourceAttributes {
            group: Some(right.group.to_owned()),
            resource: Some(resource.to_owned()),
            subresource: below,
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
