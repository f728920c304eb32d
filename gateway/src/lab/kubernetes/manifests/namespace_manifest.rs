//! The namespace: one for each lab. Kubernetes itself refuses pods in it that could reach the node.

use super::{ATTEMPT, LabSpec, NAME, SESSION, texts};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub(in crate::lab::kubernetes) fn namespace(spec: &LabSpec) -> Namespace {
    let mut labels = spec.labels();
    // It is the same from one attempt to the next; the deployment in it says which one it is.
    labels.remove(ATTEMPT);
    labels.extend(texts(&[
        ("pod-security.kubernetes.io/enforce", "restricted"),
        ("pod-security.kubernetes.io/enforce-version", "latest"),
        ("pod-security.kubernetes.io/warn", "restricted"),
        ("pod-security.kubernetes.io/warn-version", "latest"),
    ]));
    // As people and the gateway know them: a label may have been mapped.
    let unmapped = texts(&[(NAME, &spec.plan.name), (SESSION, &spec.session)]);
    Namespace {
        metadata: ObjectMeta {
            name: Some(spec.place.namespace.clone()),
            labels: Some(labels),
            annotations: Some(unmapped),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    }
}
