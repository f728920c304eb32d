//! Resource quotas: what a namespace uses, and what would be too much.

use super::quantity::{self, of};
use crate::kube::failure::Failure;
use crate::kube::kinds::{KINDS, Kind, known};
use crate::kube::store::Key;
use crate::kube::world::World;
use serde_json::{Map, Value, json};

/// What one object takes of a quota's line.
fn taken(kind: &Kind, object: &Value, line: &str) -> i128 {
    let one = 1000;
    let counts = line == format!("count/{}", kind.qualified())
        || (line == kind.resource
            && ["pods", "services", "configmaps", "persistentvolumeclaims", "resourcequotas"]
                .contains(&kind.resource));
    if counts {
        return one;
    }
    match (kind.resource, line) {
        ("services", "services.nodeports") => {
            i128::from(matches!(object["spec"]["type"].as_str(), Some("NodePort" | "LoadBalancer"))) * one
        }
        ("services", "services.loadbalancers") => {
            i128::from(object["spec"]["type"].as_str() == Some("LoadBalancer")) * one
        }
        ("pods", line) => computed(line).map_or(0, |(half, name)| {
            let containers = object["spec"]["containers"].as_array().into_iter().flatten();
            containers.map(|container| of(&container["resources"][half][name])).sum()
        }),
        _ => 0,
    }
}

/// A line about what containers ask for: which half of `resources`, and which resource.
fn computed(line: &str) -> Option<(&'static str, &str)> {
    let (half, name) = match line.split_once('.') {
        Some(("limits", name)) => ("limits", name),
        Some(("requests", name)) => ("requests", name),
        _ => ("requests", line),
    };
    ["cpu", "memory", "ephemeral-storage"].contains(&name).then_some((half, name))
}

fn ended(object: &Value) -> bool {
    matches!(object["status"]["phase"].as_str(), Some("Succeeded" | "Failed"))
}

fn used(world: &World, namespace: &str, line: &str) -> i128 {
    let of_kind = |kind: &'static Kind| {
        let all = world.store.all(kind, Some(namespace));
        all.into_iter()
            .filter(|(_, object)| !ended(object))
            .map(|(_, object)| taken(kind, &object, line))
            .sum::<i128>()
    };
    KINDS.iter().filter(|kind| kind.namespaced).map(of_kind).sum()
}

pub(super) fn admit(world: &World, kind: &Kind, key: &Key, object: &Value) -> Result<(), Failure> {
    for (quota, value) in world.store.all(known("resourcequotas"), Some(&key.namespace)) {
        if let Some(why) = refusal(world, kind, key, object, &quota.name, &value["spec"]["hard"]) {
            return Err(Failure::forbidden(kind, &key.name, &why));
        }
    }
    Ok(())
}

fn refusal(
    world: &World,
    kind: &Kind,
    key: &Key,
    object: &Value,
    quota: &str,
    hard: &Value,
) -> Option<String> {
    let hard = hard.as_object()?;
    if let Some(missing) = unsaid(kind, object, hard) {
        return Some(format!("failed quota: {quota}: must specify {missing}"));
    }
    let mut over: [Vec<String>; 3] = Default::default();
    for (line, limit) in hard {
        let asked = taken(kind, object, line);
        let there = used(world, &key.namespace, line);
        if asked > 0 && there + asked > of(limit) {
            for (list, amount) in over.iter_mut().zip([asked, there, of(limit)]) {
                list.push(format!("{line}={}", quantity::write(amount)));
            }
        }
    }
    let [asked, there, limits] = over.map(|list| list.join(","));
    (!asked.is_empty())
        .then(|| format!("exceeded quota: {quota}, requested: {asked}, used: {there}, limited: {limits}"))
}

/// Who limits what containers may take wants every container to say it.
fn unsaid(kind: &Kind, object: &Value, hard: &Map<String, Value>) -> Option<String> {
    if kind.resource != "pods" {
        return None;
    }
    let missing: Vec<_> = hard
        .keys()
        .filter_map(|line| {
            let (half, name) = computed(line)?;
            let containers = object["spec"]["containers"].as_array().into_iter().flatten();
            let silent: Vec<_> = containers
                .filter(|one| one["resources"][half][name].is_null())
                .filter_map(|one| one["name"].as_str())
                .collect();
            (!silent.is_empty()).then(|| format!("{line} for: {}", silent.join(",")))
        })
        .collect();
    (!missing.is_empty()).then(|| missing.join("; "))
}

/// As a quota's status has it.
pub(in crate::kube) fn status(world: &World, namespace: &str, hard: &Value) -> Value {
    let lines = hard.as_object().into_iter().flatten().map(|(line, _)| line);
    let used: Map<String, Value> =
        lines.map(|line| (line.clone(), json!(quantity::write(used(world, namespace, line))))).collect();
    json!({ "hard": hard, "used": used })
}
