//! Strict decoding: every field of a document must be known to its Kubernetes type, or allowed by its CRD's schema.
//!
//! The Kubernetes types ignore what they do not know, as an API server without strict validation would. So a document
//! is decoded, written again, and compared: what got lost was not known.

use crate::document::Document;
use anyhow::Context;
use k8s_openapi::api::{admissionregistration, apps, batch, core, networking, policy, rbac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Schemas of kinds that are not Kubernetes' own, as far as we use them (schemas/README.md).
const SCHEMAS: [(&str, &str); 5] = [
    ("argoproj.io/v1alpha1 Application", include_str!("../schemas/application.json")),
    ("argoproj.io/v1alpha1 AppProject", include_str!("../schemas/app-project.json")),
    ("cert-manager.io/v1 Certificate", include_str!("../schemas/certificate.json")),
    ("external-secrets.io/v1 ExternalSecret", include_str!("../schemas/external-secret.json")),
    ("external-secrets.io/v1 ClusterExternalSecret", include_str!("../schemas/cluster-external-secret.json")),
];

/// What is wrong with one document.
pub fn faults(document: &Document) -> Vec<String> {
    let title = document.title();
    let told = |fault: String| format!("{title}: {fault}");
    look(document).unwrap_or_else(|error| vec![format!("{error:#}")]).into_iter().map(told).collect()
}

fn look(document: &Document) -> anyhow::Result<Vec<String>> {
    let kind = format!("{} {}", document.text("/apiVersion"), document.kind());
    let value = &document.0;
    match kind.as_str() {
        "v1 Namespace" => decoded::<core::v1::Namespace>(value),
        "v1 Service" => decoded::<core::v1::Service>(value),
        "v1 ServiceAccount" => decoded::<core::v1::ServiceAccount>(value),
        "v1 ConfigMap" => decoded::<core::v1::ConfigMap>(value),
        "v1 PersistentVolumeClaim" => decoded::<core::v1::PersistentVolumeClaim>(value),
        "apps/v1 StatefulSet" => decoded::<apps::v1::StatefulSet>(value),
        "apps/v1 Deployment" => decoded::<apps::v1::Deployment>(value),
        "batch/v1 Job" => decoded::<batch::v1::Job>(value),
        "networking.k8s.io/v1 NetworkPolicy" => decoded::<networking::v1::NetworkPolicy>(value),
        "networking.k8s.io/v1 Ingress" => decoded::<networking::v1::Ingress>(value),
        "policy/v1 PodDisruptionBudget" => decoded::<policy::v1::PodDisruptionBudget>(value),
        "rbac.authorization.k8s.io/v1 Role" => decoded::<rbac::v1::Role>(value),
        "rbac.authorization.k8s.io/v1 RoleBinding" => decoded::<rbac::v1::RoleBinding>(value),
        "rbac.authorization.k8s.io/v1 ClusterRole" => decoded::<rbac::v1::ClusterRole>(value),
        "rbac.authorization.k8s.io/v1 ClusterRoleBinding" => decoded::<rbac::v1::ClusterRoleBinding>(value),
        "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy" => {
            decoded::<admissionregistration::v1::ValidatingAdmissionPolicy>(value)
        }
        "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding" => {
            decoded::<admissionregistration::v1::ValidatingAdmissionPolicyBinding>(value)
        }
        other => by_schema(other, value),
    }
}

fn decoded<T: DeserializeOwned + Serialize>(value: &Value) -> anyhow::Result<Vec<String>> {
    let typed: T = serde_json::from_value(value.clone()).context("it does not fit its type")?;
    let mut lost = vec![];
    compare(value, &serde_json::to_value(typed)?, "", &mut lost);
    Ok(lost)
}

/// Collects what the second value has not, or has otherwise.
fn compare(given: &Value, kept: &Value, place: &str, lost: &mut Vec<String>) {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            for (name, value) in given {
                let place = format!("{place}/{name}");
                match kept.get(name) {
                    Some(there) => compare(value, there, &place, lost),
                    None => lost.push(format!("{place} is no field of its type")),
                }
            }
        }
        (Value::Array(given), Value::Array(kept)) if given.len() == kept.len() => {
            for (index, (value, there)) in given.iter().zip(kept).enumerate() {
                compare(value, there, &format!("{place}/{index}"), lost);
            }
        }
        (given, kept) if given == kept => {}
        _ => lost.push(format!("{place} is understood otherwise than written")),
    }
}

fn by_schema(kind: &str, value: &Value) -> anyhow::Result<Vec<String>> {
    let Some((_, schema)) = SCHEMAS.iter().find(|(name, _)| *name == kind) else {
        return Ok(vec![format!("{kind} is a kind that nothing here knows; add its type or schema")]);
    };
    let schema = serde_json::from_str(schema)?;
    let validator = jsonschema::validator_for(&schema).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect())
}
