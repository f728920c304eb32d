//! What a pod names must be there: configuration, secrets, volumes, its account.

use crate::document::{Document, at, list};
use serde_json::Value;

pub(super) fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for workload in all {
        let Some(pod) = workload.pod() else { continue };
        let spec = at(pod, "/spec");
        let mut missing = vec![];
        missing.extend(account(spec, workload, all));
        missing.extend(list(at(spec, "/volumes")).filter_map(|volume| of_volume(volume, workload, all)));
        missing.extend(list(at(spec, "/volumes")).flat_map(|volume| secrets_of(volume, workload, all)));
        for container in list(at(spec, "/containers")) {
            missing.extend(mounts(container, spec, workload));
            missing.extend(variables(container));
        }
        faults.extend(missing.into_iter().map(|fault| format!("{}: {fault}", workload.title())));
    }
    faults
}

fn exists(kind: &str, name: &Value, near: &Document, all: &[Document]) -> bool {
    all.iter().any(|document| {
        document.kind() == kind && *name == document.name() && document.namespace() == near.namespace()
    })
}

fn account(spec: &Value, workload: &Document, all: &[Document]) -> Option<String> {
    let name = at(spec, "/serviceAccountName");
    (!exists("ServiceAccount", name, workload, all)).then(|| format!("there is no service account {name}"))
}

fn of_volume(volume: &Value, workload: &Document, all: &[Document]) -> Option<String> {
    let known = [
        ("ConfigMap", at(volume, "/configMap/name")),
        ("PersistentVolumeClaim", at(volume, "/persistentVolumeClaim/claimName")),
    ];
    let (kind, name) = known.into_iter().find(|(_, name)| !name.is_null())?;
    (!exists(kind, name, workload, all)).then(|| format!("there is no {kind} {name}"))
}

fn mounts(container: &Value, spec: &Value, workload: &Document) -> Vec<String> {
    let volumes = list(at(spec, "/volumes")).map(|volume| &volume["name"]);
    let claimed = list(workload.at("/spec/volumeClaimTemplates")).map(|claim| &claim["metadata"]["name"]);
    let names: Vec<_> = volumes.chain(claimed).collect();
    let mounted = list(at(container, "/volumeMounts")).map(|mount| &mount["name"]);
    mounted.filter(|name| !names.contains(name)).map(|name| format!("there is no volume {name}")).collect()
}

fn variables(container: &Value) -> Vec<String> {
    let plain = list(at(container, "/env")).filter(|variable| variable.get("value").is_some());
    let names = plain.filter_map(|variable| variable["name"].as_str()).filter(|name| names_a_secret(name));
    names.map(|name| format!("{name} must come from a secret")).collect()
}

fn names_a_secret(name: &str) -> bool {
    ["TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.ends_with(word))
}

/// What a volume takes from secrets that nothing makes.
fn secrets_of(volume: &Value, workload: &Document, all: &[Document]) -> Vec<String> {
    let whole = at(volume, "/secret/secretName");
    let parts = list(at(volume, "/projected/sources")).filter_map(|source| source.get("secret"));
    let needed = parts.filter(|secret| secret["optional"] != true).map(|secret| &secret["name"]);
    let names = needed.chain((!whole.is_null()).then_some(whole));
    names
        .filter(|name| !provided(name, workload, all))
        .map(|name| format!("nothing makes the secret {name}"))
        .collect()
}

/// Whether an external secret brings this one to this namespace.
fn provided(name: &Value, workload: &Document, all: &[Document]) -> bool {
    all.iter().any(|document| {
        let (spec, near) = match document.kind() {
            "ExternalSecret" => (document.at("/spec"), document.namespace() == workload.namespace()),
            "ClusterExternalSecret" => {
                (document.at("/spec/externalSecretSpec"), workload.namespace() == "ai-dev")
            }
            _ => return false,
        };
        near && at(spec, "/target/name") == name
    })
}
