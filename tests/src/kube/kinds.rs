//! The kinds that the double has, each with its type: what the type does not know is refused.

use super::failure::Failure;
use k8s_openapi::api::{apps, core, networking};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Kind {
    pub group: &'static str,
    /// The plural, as addresses have it.
    pub resource: &'static str,
    pub kind: &'static str,
    pub short: &'static str,
    pub namespaced: bool,
    /// Has a `generation`, which counts changes of what is wanted.
    pub counted: bool,
    unknown: fn(&Value) -> Result<Vec<String>, String>,
}

const fn kind<T: DeserializeOwned + Serialize>(
    group: &'static str,
    resource: &'static str,
    kind: &'static str,
    short: &'static str,
) -> Kind {
    Kind { group, resource, kind, short, namespaced: true, counted: !group.is_empty(), unknown: unknown::<T> }
}

pub(super) static KINDS: [Kind; 14] = [
    Kind { namespaced: false, ..kind::<core::v1::Namespace>("", "namespaces", "Namespace", "ns") },
    kind::<core::v1::ResourceQuota>("", "resourcequotas", "ResourceQuota", "quota"),
    kind::<core::v1::LimitRange>("", "limitranges", "LimitRange", "limits"),
    kind::<core::v1::ConfigMap>("", "configmaps", "ConfigMap", "cm"),
    kind::<core::v1::PersistentVolumeClaim>("", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc"),
    kind::<core::v1::Service>("", "services", "Service", "svc"),
    kind::<core::v1::ServiceAccount>("", "serviceaccounts", "ServiceAccount", "sa"),
    kind::<core::v1::Pod>("", "pods", "Pod", "po"),
    kind::<core::v1::Event>("", "events", "Event", "ev"),
    kind::<apps::v1::Deployment>("apps", "deployments", "Deployment", "deploy"),
    kind::<apps::v1::ReplicaSet>("apps", "replicasets", "ReplicaSet", "rs"),
    kind::<networking::v1::NetworkPolicy>("networking.k8s.io", "networkpolicies", "NetworkPolicy", "netpol"),
    kind::<networking::v1::Ingress>("networking.k8s.io", "ingresses", "Ingress", "ing"),
    // A custom resource: the double knows nothing of what is in it, and nobody issues anything.
    kind::<Value>("cert-manager.io", "certificates", "Certificate", "cert"),
];

/// By the plural.
pub(super) fn by_resource(resource: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.resource == resource)
}

pub(super) fn by_kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.kind == name)
}

/// One that is surely there.
pub(super) fn known(resource: &str) -> &'static Kind {
    let Some(kind) = by_resource(resource) else { panic!("the double has no {resource}") };
    kind
}

impl Kind {
    /// As `apiVersion` has it.
    pub(super) fn version(&self) -> String {
        if self.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", self.group) }
    }

    /// As sentences have it: `deployments.apps`.
    pub(super) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.resource.to_owned()
        } else {
            format!("{}.{}", self.resource, self.group)
        }
    }

    /// What is wrong with an object as it was sent; apply and other writes are refused in different words.
    pub(super) fn check(&self, object: &Value, by_apply: bool) -> Result<(), Failure> {
        let unknown = match (self.unknown)(object) {
            Ok(unknown) if unknown.is_empty() => return Ok(()),
            Ok(unknown) => unknown,
            Err(error) => return Err(self.undecodable(&error)),
        };
        if by_apply {
            let meta = &object["metadata"];
            let place = [&meta["namespace"], &meta["name"]].map(|part| part.as_str().unwrap_or_default());
            let what = format!("{}/{}; {}, Kind={}", place[0], place[1], self.version(), self.kind);
            let fields: Vec<_> =
                unknown.iter().map(|field| format!(".{field}: field not declared in schema")).collect();
            let message = format!("failed to create typed patch object ({what}): {}", fields.join("\n"));
            return Err(Failure::new(500, "", message));
        }
        let fields: Vec<_> = unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
        Err(self.undecodable(&format!("strict decoding error: {}", fields.join(", "))))
    }

    fn undecodable(&self, error: &str) -> Failure {
        let kind = self.kind;
        let message = format!("{kind} in version \"v1\" cannot be handled as a {kind}: {error}");
        Failure::new(400, "BadRequest", message)
    }
}

/// The fields that the type does not know.
fn unknown<T: DeserializeOwned + Serialize>(object: &Value) -> Result<Vec<String>, String> {
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
    let kept = serde_json::to_value(typed).map_err(|error| error.to_string())?;
    let mut lost = vec![];
    compare(object, &kept, "", &mut lost);
    Ok(lost)
}

fn compare(given: &Value, kept: &Value, place: &str, lost: &mut Vec<String>) {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let place = if place.is_empty() { name.clone() } else { format!("{place}.{name}") };
                match kept.get(name) {
                    Some(there) => compare(value, there, &place, lost),
                    None => lost.push(place),
                }
            }
        }
        (Value::Array(given), Value::Array(kept)) => {
            for (index, (value, there)) in given.iter().zip(kept).enumerate() {
                compare(value, there, &format!("{place}[{index}]"), lost);
            }
        }
        _ => {}
    }
}
