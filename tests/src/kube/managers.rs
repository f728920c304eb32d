//! Who owns which field of an object: server-side apply with its conflicts, and ordinary writes, which take what they change.

use super::failure::Failure;
use super::fields::{Path, encoded, get, leaves, remove_all, set, shown};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Who writes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manager {
    pub name: String,
    /// By server-side apply.
    pub applies: bool,
    pub subresource: Option<&'static str>,
}

/// A manager, and what it owns.
#[derive(Clone, Debug)]
pub(super) struct Ownership {
    pub manager: Manager,
    pub since: String,
    pub fields: BTreeSet<Path>,
}

/// What no manager owns.
const UNOWNED: [&str; 11] = [
    "/apiVersion",
    "/kind",
    "/metadata/name",
    "/metadata/namespace",
    "/metadata/uid",
    "/metadata/resourceVersion",
    "/metadata/generation",
    "/metadata/creationTimestamp",
    "/metadata/deletionTimestamp",
    "/metadata/deletionGracePeriodSeconds",
    "/metadata/managedFields",
];

/// The fields that can be owned.
fn owned(object: &Value) -> BTreeMap<Path, Value> {
    let mut object = object.clone();
    for pointer in UNOWNED {
        let Some((parent, name)) = pointer.rsplit_once('/') else { continue };
        if let Some(map) = object.pointer_mut(parent).and_then(Value::as_object_mut) {
            map.remove(name);
        }
    }
    let mut found = leaves(&object);
    found.retain(|path, value| path.len() > 1 || !value.as_object().is_some_and(serde_json::Map::is_empty));
    found
}

/// An ordinary write: what it changed is its writer's, and what it took away is nobody's.
pub(super) fn written(all: &mut Vec<Ownership>, before: &Value, after: &Value, by: &Manager, now: &str) {
    let (old, new) = (owned(before), owned(after));
    let changed: BTreeSet<Path> = new
        .iter()
        .filter(|(path, value)| old.get(*path) != Some(value))
        .map(|(path, _)| path.clone())
        .collect();
    for one in all.iter_mut() {
        one.fields.retain(|path| new.contains_key(path) && !changed.contains(path));
    }
    if !changed.is_empty() {
        take(all, by, now).fields.extend(changed);
    }
    all.retain(|one| !one.fields.is_empty());
}

fn take<'a>(all: &'a mut Vec<Ownership>, by: &Manager, now: &str) -> &'a mut Ownership {
    let at = all.iter().position(|one| one.manager == *by).unwrap_or_else(|| {
        all.push(Ownership { manager: by.clone(), since: String::new(), fields: BTreeSet::new() });
        all.len() - 1
    });
    now.clone_into(&mut all[at].since);
    &mut all[at]
}

/// What an object is after server-side apply: the given fields are set, and those that the manager gave before, gives no
/// longer and shares with nobody are gone.
pub(super) fn applied(
    all: &mut Vec<Ownership>,
    live: &Value,
    given: &Value,
    by: &Manager,
    force: bool,
    now: &str,
) -> Result<Value, Failure> {
    let wanted = owned(given);
    let conflicts = conflicts(all, live, &wanted, by);
    if !conflicts.is_empty() && !force {
        return Err(conflict(live, &conflicts));
    }
    for (index, path) in &conflicts {
        all[*index].fields.remove(*path);
    }
    let before = all.iter().find(|one| one.manager == *by).map(|one| one.fields.clone()).unwrap_or_default();
    let shared = |path: &Path| all.iter().any(|one| one.manager != *by && one.fields.contains(path));
    let given_up: Vec<_> =
        before.iter().filter(|path| !wanted.contains_key(*path) && !shared(path)).collect();
    let mut after = live.clone();
    remove_all(&mut after, given_up);
    for (path, value) in &wanted {
        set(&mut after, path, value.clone());
    }
    // Who applies the very same again leaves no trace of it.
    let fields: BTreeSet<Path> = wanted.into_keys().collect();
    if fields != before {
        take(all, by, now).fields = fields;
    }
    all.retain(|one| !one.fields.is_empty());
    Ok(after)
}

fn conflicts<'a>(
    all: &[Ownership],
    live: &Value,
    wanted: &'a BTreeMap<Path, Value>,
    by: &Manager,
) -> Vec<(usize, &'a Path)> {
    let mut found = vec![];
    for (index, one) in all.iter().enumerate().filter(|(_, one)| one.manager != *by) {
        let other =
            |(path, value): &(&Path, &Value)| one.fields.contains(*path) && get(live, path) != Some(value);
        found.extend(wanted.iter().filter(other).map(|(path, _)| (index, path)));
    }
    // Indexes, since the names are looked up when it is told.
    found
}

fn conflict(live: &Value, conflicts: &[(usize, &Path)]) -> Failure {
    let entries = live["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let told = |index: usize| -> String {
        let entry = entries.get(index).cloned().unwrap_or_default();
        let name = entry["manager"].to_string();
        let name = match entry["subresource"].as_str() {
            Some(subresource) => format!("{name} with subresource \"{subresource}\""),
            None => name,
        };
        if entry["operation"] == "Update" {
            format!("{name} using {}", entry["apiVersion"].as_str().unwrap_or_default())
        } else {
            name
        }
    };
    let cause = |(index, path): &(usize, &Path)| {
        let message = format!("conflict with {}", told(*index));
        json!({ "reason": "FieldManagerConflict", "message": message, "field": shown(path) })
    };
    let causes: Vec<_> = conflicts.iter().map(cause).collect();
    let message = match conflicts {
        [(index, path)] => {
            format!("Apply failed with 1 conflict: conflict with {}: {}", told(*index), shown(path))
        }
        many => {
            let mut by_manager = BTreeMap::<String, Vec<String>>::new();
            for (index, path) in many {
                by_manager.entry(told(*index)).or_default().push(format!("- {}", shown(path)));
            }
            let part = |(name, paths): (&String, &Vec<String>)| {
                format!("conflicts with {name}:\n{}", paths.join("\n"))
            };
            let parts: Vec<_> = by_manager.iter().map(part).collect();
            format!("Apply failed with {} conflicts: {}", many.len(), parts.join("\n"))
        }
    };
    Failure::new(409, "Conflict", message).with_causes(causes)
}

/// As `metadata.managedFields` has them.
pub(super) fn entries(all: &[Ownership], version: &str) -> Value {
    let entry = |one: &Ownership| {
        let mut entry = json!({
            "manager": one.manager.name,
            "operation": if one.manager.applies { "Apply" } else { "Update" },
            "apiVersion": version, "time": one.since,
            "fieldsType": "FieldsV1", "fieldsV1": encoded(&one.fields),
        });
        if let Some(subresource) = one.manager.subresource {
            entry["subresource"] = json!(subresource);
        }
        entry
    };
    Value::Array(all.iter().map(entry).collect())
}
