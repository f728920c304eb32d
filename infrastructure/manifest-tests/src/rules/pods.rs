//! What a pod may be: small, unprivileged, pinned, watched.

use crate::document::{Document, at, list};
use serde_json::{Value, json};

pub(super) fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = restricted(all);
    for workload in all {
        let Some(pod) = workload.pod() else { continue };
        let mut add = |fault: String| faults.push(format!("{}: {fault}", workload.title()));
        pod_faults(at(pod, "/spec")).into_iter().for_each(&mut add);
        for container in list(at(pod, "/spec/containers")).chain(list(at(pod, "/spec/initContainers"))) {
            let name = at(container, "/name").as_str().unwrap_or_default().to_owned();
            let found = image(container).into_iter().chain(security(container)).chain(resources(container));
            found.chain(watched(container)).for_each(|fault| add(format!("container {name}: {fault}")));
        }
    }
    faults
}

fn restricted(all: &[Document]) -> Vec<String> {
    let spaces = all.iter().filter(|document| document.kind() == "Namespace");
    let open = spaces
        .filter(|space| space.text("/metadata/labels/pod-security.kubernetes.io~1enforce") != "restricted");
    open.map(|space| format!("{}: must enforce the pod security level restricted", space.title())).collect()
}

fn pod_faults(spec: &Value) -> Vec<String> {
    let mut faults = vec![];
    if at(spec, "/securityContext/runAsNonRoot") != true
        || at(spec, "/securityContext/runAsUser").as_u64() < Some(1)
    {
        faults.push("must run as a user that is not root".to_owned());
    }
    if at(spec, "/securityContext/seccompProfile/type") != "RuntimeDefault" {
        faults.push("must have the runtime's seccomp profile".to_owned());
    }
    for name in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec.get(name).is_some_and(|value| value != false) {
            faults.push(format!("{name} is not allowed"));
        }
    }
    let host_paths = list(at(spec, "/volumes")).filter(|volume| volume.get("hostPath").is_some());
    faults.extend(
        host_paths.map(|volume| format!("volume {}: a node's folder is not allowed", volume["name"])),
    );
    faults
}

/// Where a team's own images lie until it names its registry: what a release makes cannot be known here.
const PLACEHOLDER: &str = "registry.example.com/";

fn image(container: &Value) -> Option<String> {
    let image = at(container, "/image").as_str().unwrap_or_default();
    let (name, digest) = image.split_once('@').unwrap_or((image, ""));
    let tag = name.rsplit('/').next().unwrap_or_default().split_once(':').map_or("", |(_, tag)| tag);
    if digest.is_empty() && (tag.is_empty() || tag == "latest") {
        return Some(format!("image {image:?} must name a version"));
    }
    let pinned = name.starts_with(PLACEHOLDER) || is_digest(digest);
    (!pinned).then(|| format!("image {image:?} must be pinned by its digest: a tag can be moved"))
}

fn is_digest(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or_default();
    hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn security(container: &Value) -> Vec<String> {
    let security = at(container, "/securityContext");
    let mut faults = vec![];
    if at(security, "/privileged") == true || at(security, "/allowPrivilegeEscalation") != false {
        faults.push("must not be privileged, nor become it".to_owned());
    }
    if at(security, "/readOnlyRootFilesystem") != true {
        faults.push("its root file system must be read-only".to_owned());
    }
    if at(security, "/capabilities/drop") != &json!(["ALL"])
        || security.pointer("/capabilities/add").is_some()
    {
        faults.push("must drop all capabilities".to_owned());
    }
    if security.get("runAsNonRoot") == Some(&json!(false)) || security.get("runAsUser") == Some(&json!(0)) {
        faults.push("must run as a user that is not root".to_owned());
    }
    faults
}

fn resources(container: &Value) -> Vec<String> {
    let places = ["/requests/cpu", "/requests/memory", "/limits/cpu", "/limits/memory"];
    let missing = places.into_iter().filter(|place| at(at(container, "/resources"), place).is_null());
    missing.map(|place| format!("resources{place} is not set")).collect()
}

fn watched(container: &Value) -> Vec<String> {
    let probes = ["startupProbe", "livenessProbe", "readinessProbe"];
    probes
        .into_iter()
        .filter(|name| container.get(name).is_none())
        .map(|name| format!("has no {name}"))
        .collect()
}
