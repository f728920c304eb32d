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
        for container in list(at(spec, "/containers")) {
            missing.extend(mounts(container, spec, workload));
            missing.extend(variables(container, workload, all));
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

fn variables(container: &Value, workload: &Document, all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for variable in list(at(container, "/env")) {
        let name = variable["name"].as_str().unwrap_or_default();
        if ["TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.ends_with(word))
            && variable.get("value").is_some()
        {
            faults.push(format!("{name} must come from a secret"));
        }
        let of_secret = at(variable, "/valueFrom/secretKeyRef");
        if !of_secret.is_null() && of_secret["optional"] != true && !provided(of_secret, workload, all) {
            faults.push(format!("nothing makes the secret {} with {}", of_secret["name"], of_secret["key"]));
        }
    }
    faults
}

/// Whether an external secret brings this key to this namespace.
fn provided(wanted: &Value, workload: &Document, all: &[Document]) -> bool {
    all.iter().any(|document| {
        let (spec, near) = match document.kind() {
            "ExternalSecret" => (document.at("/spec"), document.namespace() == workload.namespace()),
            "ClusterExternalSecret" => {
                (document.at("/spec/externalSecretSpec"), workload.namespace() == "ai-dev")
            }
            _ => return false,
        };
        let has_key = list(at(spec, "/data")).any(|entry| entry["secretKey"] == wanted["key"]);
        near && has_key && at(spec, "/target/name") == &wanted["name"]
    })
}
