//! Limit ranges: what containers get that don't ask, and what is too much for one.

use super::quantity::of;
use crate::kube::failure::Failure;
use crate::kube::kinds::known;
use crate::kube::world::World;
use serde_json::Value;

/// Gives a pod's containers what the namespace's limit ranges say.
pub(in crate::kube) fn fill(world: &World, pod: &mut Value) -> Result<(), Failure> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default().to_owned();
    let name = pod["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let ranges = world.store.all(known("limitranges"), Some(&namespace));
    let limits =
        ranges.iter().flat_map(|(_, range)| range["spec"]["limits"].as_array().into_iter().flatten());
    for limit in limits.filter(|limit| limit["type"] == "Container") {
        for container in pod["spec"]["containers"].as_array_mut().into_iter().flatten() {
            defaults(container, limit);
            if let Some(why) = too_much(container, limit) {
                return Err(Failure::forbidden(known("pods"), &name, &why));
            }
        }
    }
    let containers = pod["spec"]["containers"].as_array().cloned().unwrap_or_default();
    for (index, container) in containers.iter().enumerate() {
        contradiction(&name, index, container)?;
    }
    Ok(())
}

fn defaults(container: &mut Value, limit: &Value) {
    for (half, source) in [("limits", "default"), ("requests", "defaultRequest")] {
        for (name, amount) in limit[source].as_object().into_iter().flatten() {
            let place = &mut container["resources"][half][name];
            if place.is_null() {
                *place = amount.clone();
            }
        }
    }
}

fn too_much(container: &Value, limit: &Value) -> Option<String> {
    limit["max"].as_object().into_iter().flatten().find_map(|(name, most)| {
        let asked = &container["resources"]["limits"][name];
        let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (of(asked) > of(most)).then(|| {
            format!("maximum {name} usage per Container is {}, but limit is {}", shown(most), shown(asked))
        })
    })
}

/// A container that asks for more than its limit, which may be one that it was given.
fn contradiction(pod: &str, index: usize, container: &Value) -> Result<(), Failure> {
    for (name, asked) in container["resources"]["requests"].as_object().into_iter().flatten() {
        let limit = &container["resources"]["limits"][name];
        if !limit.is_null() && of(asked) > of(limit) {
            let shown = limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
            let field = format!("spec.containers[{index}].resources.requests");
            let fault =
                format!("Invalid value: {asked}: must be less than or equal to {name} limit of {shown}");
            return Err(Failure::invalid(known("pods"), pod, &field, &fault));
        }
    }
    Ok(())
}
