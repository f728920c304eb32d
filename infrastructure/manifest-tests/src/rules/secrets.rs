//! Secrets come from the store, go to one namespace, and reach a program as files.

use crate::document::{Document, at, labels, list};
use serde_json::Value;

/// OpenCode reads its model keys from the environment and nowhere else; the guard keeps them from agents.
const ONLY_BY_ENVIRONMENT: [&str; 1] = ["StatefulSet ai-dev/codev"];

pub(super) fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for document in all {
        let found = match document.kind() {
            "Secret" => vec!["a secret must not be in git; use an ExternalSecret".to_owned()],
            "ClusterExternalSecret" => spread(document),
            _ => document.pod().map_or(vec![], |pod| by_environment(document, pod)),
        };
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", document.title())));
    }
    faults
}

/// M8: whoever can label a namespace would get the secrets there. Only the API server gives the label of the name.
fn spread(secret: &Document) -> Vec<String> {
    let selectors: Vec<_> = list(secret.at("/spec/namespaceSelectors")).collect();
    let named = |selector: &&Value| {
        let wanted = labels(at(selector, "/matchLabels"));
        wanted.len() == 1 && wanted.contains_key("kubernetes.io/metadata.name")
    };
    let by_name = !selectors.is_empty() && selectors.iter().all(named);
    if by_name { vec![] } else { vec!["its namespaces must be selected by their names".to_owned()] }
}

fn by_environment(workload: &Document, pod: &Value) -> Vec<String> {
    if ONLY_BY_ENVIRONMENT.contains(&workload.title().as_str()) {
        return vec![];
    }
    let containers = list(at(pod, "/spec/containers")).chain(list(at(pod, "/spec/initContainers")));
    let mut faults = vec![];
    for container in containers {
        let variables = list(at(container, "/env"));
        let secret = variables.filter(|variable| variable.pointer("/valueFrom/secretKeyRef").is_some());
        faults.extend(secret.map(|variable| format!("{} must be mounted as a file", variable["name"])));
        let whole = list(at(container, "/envFrom")).filter(|source| source.get("secretRef").is_some());
        faults
            .extend(whole.map(|source| format!("{} must be mounted as files", source["secretRef"]["name"])));
    }
    faults
}
