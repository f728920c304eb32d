//! The two ValidatingAdmissionPolicies of components/labs, as predicates: their expressions are CEL, which the double
//! does not run. `make cluster` judges the same texts with a real API server.

use super::Operation;
use crate::kube::NAMESPACE;
use crate::kube::failure::Failure;
use crate::kube::kinds::Kind;
use crate::kube::rbac::GATEWAY;
use crate::kube::store::Key;
use crate::kube::world::{World, Writer};
use serde_json::{Value, json};

/// About namespaces themselves.
const LABS: &str = "opencode-gateway-labs";
/// About what is in namespaces.
const WRITES: &str = "opencode-gateway-writes";

pub(super) fn admit(
    world: &World,
    by: &Writer,
    kind: &Kind,
    key: &Key,
    operation: Operation<'_>,
) -> Result<(), Failure> {
    if by.user.name != GATEWAY {
        return Ok(());
    }
    let refused = if kind.resource == "namespaces" {
        let (Operation::Create(subject)
        | Operation::Update { old: subject, .. }
        | Operation::Delete(subject)) = operation;
        namespace(&key.name, subject).map(|why| (LABS, why))
    } else if key.namespace == NAMESPACE || is_ours(world.namespace(&key.namespace)) {
        None
    } else {
        let why = format!("the gateway may not write in namespace {}: it did not make it", key.namespace);
        Some((WRITES, why))
    };
    refused.map_or(Ok(()), |(policy, why)| Err(denied(kind, &key.name, policy, &why)))
}

fn namespace(name: &str, subject: &Value) -> Option<String> {
    if !name.ends_with("-lab") {
        return Some(format!("the gateway may not touch namespace {name}: only namespaces that end in -lab"));
    }
    (!is_ours(Some(subject))).then(|| "the gateway may only touch namespaces that it made".to_owned())
}

fn is_ours(namespace: Option<&Value>) -> bool {
    namespace
        .is_some_and(|one| one["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "opencode-gateway")
}

fn denied(kind: &Kind, name: &str, policy: &str, why: &str) -> Failure {
    let message =
        format!("ValidatingAdmissionPolicy '{policy}' with binding '{policy}' denied request: {why}");
    let mut failure =
        Failure::forbidden(kind, name, &message).with_causes(vec![json!({ "message": message })]);
    failure.code = 422;
    failure.reason = "Invalid";
    failure
}
