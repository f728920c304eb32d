//! Nobody talks to anybody unless it is said; and the gateway is not for the outside.

use crate::document::{Document, at, labels, list, selects};
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = undefended(all);
    faults.extend(unnamed_peers(all));
    faults.extend(public_gateway(all));
    faults.extend(models_out_of_reach(all));
    faults
}

/// Each namespace with pods denies by default, and each pod has a policy of its own.
fn undefended(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    let spaces: BTreeSet<_> = all.iter().filter(|one| one.pod().is_some()).map(Document::namespace).collect();
    let policies = || all.iter().filter(|one| one.kind() == "NetworkPolicy");
    for space in spaces {
        let denies = policies().any(|policy| policy.namespace() == space && denies_all(policy));
        if !denies {
            faults.push(format!("Namespace {space}: no network policy denies everything by default"));
        }
    }
    for workload in all {
        let Some(pod) = workload.pod() else { continue };
        let pod = labels(at(pod, "/metadata/labels"));
        let own = |policy: &Document| {
            let selector = labels(policy.at("/spec/podSelector/matchLabels"));
            policy.namespace() == workload.namespace() && !selector.is_empty() && selects(&selector, &pod)
        };
        if !policies().any(own) {
            faults.push(format!("{}: no network policy is about its pods", workload.title()));
        }
    }
    faults
}

fn denies_all(policy: &Document) -> bool {
    let empty = |place| list(policy.at(place)).next().is_none();
    labels(policy.at("/spec/podSelector/matchLabels")).is_empty()
        && *policy.at("/spec/policyTypes") == serde_json::json!(["Ingress", "Egress"])
        && empty("/spec/ingress")
        && empty("/spec/egress")
}

/// A rule without peers is for everybody.
fn unnamed_peers(all: &[Document]) -> Vec<String> {
    let policies = all.iter().filter(|one| one.kind() == "NetworkPolicy");
    let open = policies.filter(|policy| {
        list(policy.at("/spec/ingress")).any(|rule| list(at(rule, "/from")).next().is_none())
            || list(policy.at("/spec/egress")).any(|rule| list(at(rule, "/to")).next().is_none())
    });
    open.map(|policy| format!("{}: a rule names no peers, so it is for everybody", policy.title())).collect()
}

fn public_gateway(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for document in all {
        let public = match document.kind() {
            "Ingress" => document.namespace() == "ai-dev",
            "Service" => !matches!(document.text("/spec/type"), "" | "ClusterIP"),
            "NetworkPolicy" => {
                document.namespace() == "ai-dev"
                    && list(document.at("/spec/ingress"))
                        .any(|rule| list(at(rule, "/from")).any(|peer| peer.get("ipBlock").is_some()))
            }
            _ => false,
        };
        if public {
            faults.push(format!(
                "{}: opens something to the outside that is for the cluster alone",
                document.title()
            ));
        }
    }
    faults
}

/// The gateway asks the health addresses of its models: what its policy does not let out would count as down for ever.
fn models_out_of_reach(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for config in all.iter().filter(|one| one.kind() == "ConfigMap" && one.namespace() == "ai-dev") {
        let text = config.text("/data/gateway.yaml");
        let rules: Value = serde_yaml::from_str(text).unwrap_or_default();
        for address in list(&rules["models"]).filter_map(|model| model["health"].as_str()) {
            if !lets_out(all, address) {
                faults.push(format!(
                    "{}: the gateway may not reach the model at {address}; docs/operations.md says how models are reached",
                    config.title()
                ));
            }
        }
    }
    faults
}

/// By port where it may be anywhere, or in a namespace of models: `name.namespace`.
fn lets_out(all: &[Document], address: &str) -> bool {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let authority = rest.split('/').next().unwrap_or_default();
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let port = port.parse().unwrap_or(if scheme == "https" { 443 } else { 80 });
    let gateway = all
        .iter()
        .filter(|one| one.kind() == "NetworkPolicy" && one.title() == "NetworkPolicy ai-dev/gateway");
    let rules = gateway.flat_map(|policy| list(policy.at("/spec/egress")));
    let mut rules = rules.filter(|rule| {
        let ports = list(at(rule, "/ports"));
        at(rule, "/ports").is_null() || ports.into_iter().any(|one| one["port"] == port)
    });
    rules.any(|rule| {
        list(at(rule, "/to")).any(|peer| {
            let models = at(peer, "/namespaceSelector/matchLabels/opencode-gateway~1models") == "served";
            peer.get("ipBlock").is_some() || models && host.contains('.')
        })
    })
}
