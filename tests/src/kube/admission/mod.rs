//! What the server refuses although the writer has the right: in its order, with its words.

pub(super) mod limit_range;
mod pod_security;
mod policies;
pub(super) mod quantity;
pub(super) mod quota;

use super::failure::Failure;
use super::kinds::Kind;
use super::store::Key;
use super::world::{World, Writer};
use serde_json::{Value, json};

/// What is about to happen to an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operation<'a> {
    Create(&'a Value),
    Update { old: &'a Value, new: &'a Value },
    Delete(&'a Value),
}

/// Nothing new comes into a namespace that isn't there, or is going.
pub(super) fn lifecycle(world: &World, kind: &Kind, key: &Key) -> Result<(), Failure> {
    if !kind.namespaced {
        return Ok(());
    }
    let name = &key.namespace;
    let Some(namespace) = world.namespace(name) else {
        return Err(Failure::not_found(super::kinds::known("namespaces"), name));
    };
    if namespace["metadata"]["deletionTimestamp"].is_null() {
        return Ok(());
    }
    let why = format!("unable to create new content in namespace {name} because it is being terminated");
    let cause = json!({
        "reason": "NamespaceTerminating", "field": "metadata.namespace",
        "message": format!("namespace {name} is being terminated"),
    });
    Err(Failure::forbidden(kind, &key.name, &why).with_causes(vec![cause]))
}

pub(super) fn admit(
    world: &mut World,
    by: &Writer,
    kind: &'static Kind,
    key: &Key,
    operation: Operation<'_>,
) -> Result<(), Failure> {
    if matches!(operation, Operation::Delete(_))
        && kind.resource == "namespaces"
        && ["default", "kube-system", "kube-public"].contains(&key.name.as_str())
    {
        return Err(Failure::forbidden(kind, &key.name, "this namespace may not be deleted"));
    }
    if world.policies {
        policies::admit(world, by, kind, key, operation)?;
    }
    let (Operation::Create(new) | Operation::Update { new, .. }) = operation else { return Ok(()) };
    if by.manager.subresource.is_none() {
        pod_security::admit(world, kind, key, new)?;
    }
    if matches!(operation, Operation::Create(_)) && kind.namespaced {
        quota::admit(world, kind, key, new)?;
    }
    Ok(())
}
