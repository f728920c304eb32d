//! Whoever selects must select something: a selector that matches nothing fails in silence.

use crate::document::{Document, Labels, at, labels, list, selects};

/// A label that a gateway gives to its own pod at run time.
const GIVEN_LATER: &str = "opencode-gateway/role";

pub(super) fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for document in all {
        let fault = match document.kind() {
            "StatefulSet" | "Deployment" => own_pods(document),
            "Service" => service(document, all),
            "PodDisruptionBudget" => chosen(document, "/spec/selector/matchLabels", all),
            "NetworkPolicy" => chosen(document, "/spec/podSelector/matchLabels", all),
            "Ingress" => backends(document, all),
            _ => None,
        };
        faults.extend(fault.map(|fault| format!("{}: {fault}", document.title())));
    }
    faults
}

fn own_pods(workload: &Document) -> Option<String> {
    let selector = labels(workload.at("/spec/selector/matchLabels"));
    let fits =
        !selector.is_empty() && selects(&selector, &labels(workload.at("/spec/template/metadata/labels")));
    (!fits).then(|| "its selector does not match its own pods".to_owned())
}

/// Workloads whose pods these labels select.
fn selected<'a>(selector: &Labels, namespace: &str, all: &'a [Document]) -> Vec<&'a Document> {
    let wanted: Labels = selector.iter().filter(|(name, _)| *name != GIVEN_LATER).map(own).collect();
    let there = |workload: &&Document| {
        let pod = workload.pod().map(|pod| labels(at(pod, "/metadata/labels")));
        workload.namespace() == namespace && pod.is_some_and(|pod| selects(&wanted, &pod))
    };
    all.iter().filter(there).collect()
}

fn own((name, value): (&String, &String)) -> (String, String) {
    (name.clone(), value.clone())
}

fn chosen(document: &Document, place: &str, all: &[Document]) -> Option<String> {
    let selector = labels(document.at(place));
    selected(&selector, document.namespace(), all)
        .is_empty()
        .then(|| "its selector matches no pod".to_owned())
}

fn service(service: &Document, all: &[Document]) -> Option<String> {
    let selector = labels(service.at("/spec/selector"));
    let pods = selected(&selector, service.namespace(), all);
    if selector.is_empty() || pods.is_empty() {
        return Some("its selector matches no pod".to_owned());
    }
    let ports: Vec<_> =
        pods.iter().flat_map(|pod| list(pod.at("/spec/template/spec/containers/0/ports"))).collect();
    let unknown = list(service.at("/spec/ports")).map(|port| &port["targetPort"]).find(|target| {
        !ports.iter().any(|port| port["name"] == **target || port["containerPort"] == **target)
    });
    unknown.map(|target| format!("its pods have no port {target}"))
}

fn backends(ingress: &Document, all: &[Document]) -> Option<String> {
    let paths = list(ingress.at("/spec/rules")).flat_map(|rule| list(at(rule, "/http/paths")));
    let missing = paths.map(|path| at(path, "/backend/service")).find(|backend| {
        let named = |service: &&Document| {
            service.kind() == "Service"
                && service.namespace() == ingress.namespace()
                && backend["name"] == service.name()
                && list(service.at("/spec/ports")).any(|port| port["name"] == backend["port"]["name"])
        };
        all.iter().find(named).is_none()
    });
    missing.map(|backend| format!("there is no service {} with that port", backend["name"]))
}
