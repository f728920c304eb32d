//! What every namespace has, and how one goes: its content first, and what stays behind is named in its conditions.

use super::{is_going, set_condition};
use crate::kube::deletion::Deletion;
use crate::kube::kinds::{by_resource, known};
use crate::kube::store::Key;
use crate::kube::world::{World, Writer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl World {
    pub(super) fn tend_namespaces(&mut self) {
        let namespaces = known("namespaces");
        for (key, namespace) in self.store.all(namespaces, None) {
            if is_going(&namespace) {
                self.empty(&key);
            } else {
                self.furnish(&key.name);
            }
        }
    }

    fn furnish(&mut self, namespace: &str) {
        let by = Writer::controller("kube-controller-manager", None);
        let account =
            json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": "default" } });
        let certificate = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "kube-root-ca.crt" },
            "data": { "ca.crt": "a certificate" },
        });
        for (kind, object) in [(known("serviceaccounts"), account), (known("configmaps"), certificate)] {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            if self.store.get(&Key::new(kind, namespace, name)).is_none() {
                // A quota may be in the way, as in a real cluster.
                let _ = self.create(&by, kind, namespace, object, false);
            }
        }
    }

    fn empty(&mut self, namespace: &Key) {
        let by = Writer::controller("namespace-controller", None);
        for (key, object) in self.store.within(&namespace.name) {
            if let (false, Some(kind)) = (is_going(&object), by_resource(key.resource)) {
                let _ = self.delete(&by, kind, &key, &Deletion::default());
            }
        }
        let left = self.store.within(&namespace.name);
        let (kind, now) = (known("namespaces"), self.now());
        if left.is_empty() {
            self.write(kind, namespace, &by, |object| object["spec"]["finalizers"] = json!([]));
        } else {
            self.write_status(kind, namespace, "namespace-controller", |status| {
                tell_left(status, &now, &left)
            });
        }
    }
}

fn tell_left(status: &mut Value, now: &str, left: &[(Key, Value)]) {
    let mut kinds = BTreeMap::<String, usize>::new();
    let mut finalizers = BTreeMap::<String, usize>::new();
    for (key, object) in left {
        let group = by_resource(key.resource).map_or("", |kind| kind.group);
        *kinds.entry(format!("{}.{group}", key.resource)).or_default() += 1;
        for finalizer in object["metadata"]["finalizers"].as_array().into_iter().flatten() {
            *finalizers.entry(finalizer.as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    let listed = |verb: &str, all: &BTreeMap<String, usize>| {
        let each = all.iter().map(|(name, count)| format!("{name} {verb} {count} resource instances"));
        each.collect::<Vec<_>>().join(", ")
    };
    let content = format!("Some resources are remaining: {}", listed("has", &kinds));
    let held =
        format!("Some content in the namespace has finalizers remaining: {}", listed("in", &finalizers));
    let deleted = "All content successfully deleted, may be waiting on finalization";
    let conditions = [
        [
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ],
        [
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ],
        ["NamespaceDeletionContentFailure", "False", "ContentDeleted", deleted],
        ["NamespaceContentRemaining", "True", "SomeResourcesRemain", &content],
        ["NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", &held],
    ];
    for wanted in conditions {
        set_condition(status, now, &["lastTransitionTime"], wanted);
    }
}

impl World {
    /// Takes all finalizers from an object, as whoever set them does at last.
    pub(in crate::kube) fn release(&mut self, key: &Key) {
        let Some(kind) = by_resource(key.resource) else { return };
        let by = Writer::controller("cert-manager", None);
        self.write(kind, key, &by, |object| {
            if let Some(meta) = object["metadata"].as_object_mut() {
                meta.remove("finalizers");
            }
        });
    }
}
