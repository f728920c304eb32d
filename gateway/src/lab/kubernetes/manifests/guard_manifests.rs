//! What keeps a lab small, and away from everything that is not its own: quota, limits and network policies.

use super::{LabSpec, amounts, fetch_manifest, texts};
use k8s_openapi::api::core::v1::{
    LimitRange, LimitRangeItem, LimitRangeSpec, ResourceQuota, ResourceQuotaSpec,
};
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
    NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// A redeploy may have two pods for a moment; a lab has one.
const PODS: u32 = 10;
const LABS_WORTH: u32 = 2;

/// What every namespace has as its name's label, by Kubernetes' own hand.
pub(super) const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Where a cluster answers for names.
const DNS_NAMESPACE: &str = "kube-system";
const DNS_PORT: i32 = 53;

pub(super) fn quota(spec: &LabSpec) -> ResourceQuota {
    let memory = format!("{}Mi", spec.config.memory_mib.saturating_mul(LABS_WORTH));
    let claims = spec.config.files.as_ref().is_some_and(|files| files.storage_class.is_some());
    let hard = amounts(&[
        ("count/ingresses.networking.k8s.io", "2"),
        ("limits.cpu", "2"),
        ("limits.memory", &memory),
        ("persistentvolumeclaims", if claims { "1" } else { "0" }),
        ("pods", &PODS.to_string()),
        ("services.loadbalancers", "0"),
        ("services.nodeports", "0"),
    ]);
    let limits = ResourceQuotaSpec { hard: Some(hard), ..ResourceQuotaSpec::default() };
    ResourceQuota { metadata: spec.named("lab"), spec: Some(limits), ..ResourceQuota::default() }
}

pub(super) fn limits(spec: &LabSpec) -> LimitRange {
    let memory = format!("{}Mi", spec.config.memory_mib);
    let each = LimitRangeItem {
        default: Some(amounts(&[("cpu", "1"), ("memory", &memory)])),
        default_request: Some(amounts(&[("cpu", "100m"), ("memory", "64Mi")])),
        max: Some(amounts(&[("cpu", "1"), ("memory", &memory)])),
        type_: "Container".to_owned(),
        ..LimitRangeItem::default()
    };
    LimitRange { metadata: spec.named("lab"), spec: Some(LimitRangeSpec { limits: vec![each] }) }
}

/// Nothing in or out, and then what a lab needs.
pub(super) fn policies(spec: &LabSpec) -> Vec<NetworkPolicy> {
    let policy = |name: &str, ways: NetworkPolicySpec| NetworkPolicy {
        metadata: spec.named(name),
        spec: Some(NetworkPolicySpec { pod_selector: Some(LabelSelector::default()), ..ways }),
    };
    let (inwards, outwards) = ("Ingress".to_owned(), "Egress".to_owned());
    vec![
        policy(
            "deny-all",
            NetworkPolicySpec {
                policy_types: Some(vec![inwards.clone(), outwards.clone()]),
                ..NetworkPolicySpec::default()
            },
        ),
        policy(
            "from-ingress",
            NetworkPolicySpec {
                ingress: Some(ways_in(spec)),
                policy_types: Some(vec![inwards]),
                ..NetworkPolicySpec::default()
            },
        ),
        policy(
            "to-the-internet",
            NetworkPolicySpec {
                egress: Some(ways_out(spec)),
                policy_types: Some(vec![outwards]),
                ..NetworkPolicySpec::default()
            },
        ),
    ]
}

fn ways_in(spec: &LabSpec) -> Vec<NetworkPolicyIngressRule> {
    // To any port: cert-manager answers its challenges from a pod of its own in here.
    let controller = namespace(&spec.config.ingress_namespace);
    vec![NetworkPolicyIngressRule { from: Some(vec![controller, own_pods()]), ports: None }]
}

fn ways_out(spec: &LabSpec) -> Vec<NetworkPolicyEgressRule> {
    let dns = |protocol: &str| NetworkPolicyPort {
        port: Some(IntOrString::Int(DNS_PORT)),
        protocol: Some(protocol.to_owned()),
        end_port: None,
    };
    let mut ways = vec![
        NetworkPolicyEgressRule {
            to: Some(vec![namespace(DNS_NAMESPACE)]),
            ports: Some(vec![dns("UDP"), dns("TCP")]),
        },
        NetworkPolicyEgressRule { to: Some(vec![own_pods()]), ports: None },
        NetworkPolicyEgressRule {
            to: Some(vec![internet(spec, "0.0.0.0/0", '.'), internet(spec, "::/0", ':')]),
            ports: None,
        },
    ];
    ways.extend(fetch_manifest::way_to_the_gateway(spec));
    ways
}

fn namespace(name: &str) -> NetworkPolicyPeer {
    let labels = texts(&[(NAME_LABEL, name)]);
    let namespace = LabelSelector { match_labels: Some(labels), match_expressions: None };
    NetworkPolicyPeer { namespace_selector: Some(namespace), ..NetworkPolicyPeer::default() }
}

/// All of this namespace.
fn own_pods() -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(LabelSelector::default()), ..NetworkPolicyPeer::default() }
}

/// All addresses of a family but those of private networks. `sign` tells the families apart.
fn internet(spec: &LabSpec, all: &str, sign: char) -> NetworkPolicyPeer {
    let private = spec.config.private_ranges.iter().filter(|range| range.contains(sign)).cloned().collect();
    let block = IPBlock { cidr: all.to_owned(), except: Some(private) };
    NetworkPolicyPeer { ip_block: Some(block), ..NetworkPolicyPeer::default() }
}
