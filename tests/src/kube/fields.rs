//! The fields of an object as paths, which is what field managers own. A path ends at a leaf: a scalar, an empty map or
//! list, or what the API calls atomic.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Field(String),
    /// An item of a list that is known by some of its fields: their names, and their values as JSON.
    Item(Vec<(String, String)>),
    /// An item of a set, as JSON.
    Member(String),
}

pub(super) type Path = Vec<Step>;

/// Maps that are one value, whatever is in them.
const ATOMIC: [&str; 9] = [
    "selector",
    "podSelector",
    "namespaceSelector",
    "nodeSelector",
    "fieldRef",
    "configMapKeyRef",
    "secretKeyRef",
    "resourceFieldRef",
    "loadBalancer",
];

/// Lists whose items have an identity, and by which fields. Other lists are atomic.
const KEYED: [(&str, &[&str]); 9] = [
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("volumes", &["name"]),
    ("env", &["name"]),
    ("imagePullSecrets", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("ownerReferences", &["uid"]),
    ("conditions", &["type"]),
    ("ports", &["containerPort", "protocol"]),
];

/// Every leaf of an object, and its value. Nulls are as if they were not there.
pub(super) fn leaves(object: &Value) -> BTreeMap<Path, Value> {
    let mut found = BTreeMap::new();
    collect(&mut vec![], object, &mut found);
    found
}

fn collect(path: &mut Path, value: &Value, found: &mut BTreeMap<Path, Value>) {
    let children: Vec<(Step, &Value)> = match value {
        Value::Null => return,
        Value::Object(map) if !map.is_empty() && !is_atomic(path) => {
            map.iter().map(|(name, value)| (Step::Field(name.clone()), value)).collect()
        }
        Value::Array(items) if !items.is_empty() => match identified(path, items) {
            Some(children) => children,
            None => return drop(found.insert(path.clone(), value.clone())),
        },
        _ => return drop(found.insert(path.clone(), value.clone())),
    };
    for (step, child) in children {
        let member = matches!(step, Step::Member(_));
        path.push(step);
        if member {
            found.insert(path.clone(), child.clone());
        } else {
            collect(path, child, found);
        }
        path.pop();
    }
}

fn last_name(path: &Path) -> &str {
    match path.last() {
        Some(Step::Field(name)) => name,
        _ => "",
    }
}

fn is_atomic(path: &Path) -> bool {
    ATOMIC.contains(&last_name(path))
}

fn identified<'a>(path: &Path, items: &'a [Value]) -> Option<Vec<(Step, &'a Value)>> {
    let name = last_name(path);
    if name == "finalizers" {
        return Some(items.iter().map(|item| (Step::Member(item.to_string()), item)).collect());
    }
    let (_, keys) = KEYED.iter().find(|(list, _)| *list == name)?;
    // The ports of a Service are known by other fields than those of a container.
    let of_a_service = name == "ports" && path.len() == 2;
    let keys: &[&str] = if of_a_service { &["port", "protocol"] } else { keys };
    let step = |item: &'a Value| {
        let fields = keys.iter().map(|key| Some(((*key).to_owned(), key_value(item, key)?)));
        Some((Step::Item(fields.collect::<Option<Vec<_>>>()?), item))
    };
    items.iter().map(step).collect()
}

fn key_value(item: &Value, key: &str) -> Option<String> {
    match item.get(key) {
        Some(value) => Some(value.to_string()),
        None if key == "protocol" => Some("\"TCP\"".to_owned()),
        None => None,
    }
}

fn is_it(item: &Value, keys: &[(String, String)]) -> bool {
    keys.iter().all(|(key, value)| key_value(item, key).as_ref() == Some(value))
}

pub(super) fn get<'a>(object: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, step| match step {
        Step::Field(name) => value.get(name),
        Step::Item(keys) => value.as_array()?.iter().find(|item| is_it(item, keys)),
        Step::Member(text) => value.as_array()?.iter().find(|item| item.to_string() == *text),
    })
}

pub(super) fn set(target: &mut Value, path: &[Step], leaf: Value) {
    let Some((first, rest)) = path.split_first() else {
        *target = leaf;
        return;
    };
    if let Step::Field(name) = first {
        set(child_of(target, name), rest, leaf);
        return;
    }
    if !target.is_array() {
        *target = json!([]);
    }
    let Some(items) = target.as_array_mut() else { return };
    match first {
        Step::Item(keys) => {
            let at = items.iter().position(|item| is_it(item, keys)).unwrap_or_else(|| {
                items.push(from_keys(keys));
                items.len() - 1
            });
            set(&mut items[at], rest, leaf);
        }
        _ if items.contains(&leaf) => {}
        _ => items.push(leaf),
    }
}

fn child_of<'a>(target: &'a mut Value, name: &str) -> &'a mut Value {
    if !target.is_object() {
        *target = json!({});
    }
    &mut target[name]
}

fn from_keys(keys: &[(String, String)]) -> Value {
    let field =
        |(key, value): &(String, String)| (key.clone(), serde_json::from_str(value).unwrap_or(Value::Null));
    Value::Object(keys.iter().map(field).collect())
}

/// Takes leaves away, and what is empty then. What identifies an item goes last.
pub(super) fn remove_all<'a>(target: &mut Value, paths: impl IntoIterator<Item = &'a Path>) {
    let (keys, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| identifies(path));
    for path in others.into_iter().chain(keys) {
        remove(target, path);
    }
}

fn identifies(path: &Path) -> bool {
    match path.as_slice() {
        [.., Step::Item(keys), Step::Field(name)] => keys.iter().any(|(key, _)| key == name),
        _ => false,
    }
}

fn remove(target: &mut Value, path: &[Step]) {
    match path {
        [Step::Field(name)] => {
            target.as_object_mut().and_then(|map| map.remove(name));
        }
        [Step::Field(name), rest @ ..] => {
            let Some(map) = target.as_object_mut() else { return };
            let Some(child) = map.get_mut(name) else { return };
            remove(child, rest);
            if is_empty(child) {
                map.remove(name);
            }
        }
        [Step::Member(text)] => {
            if let Some(items) = target.as_array_mut() {
                let member: Value = serde_json::from_str(text).unwrap_or_default();
                items.retain(|item| *item != member);
            }
        }
        [Step::Item(keys), rest @ ..] => {
            let Some(items) = target.as_array_mut() else { return };
            let Some(at) = items.iter().position(|item| is_it(item, keys)) else { return };
            if remove_in_item(&mut items[at], keys, rest) {
                items.remove(at);
            }
        }
        _ => {}
    }
}

/// Whether the item goes as a whole.
fn remove_in_item(item: &mut Value, keys: &[(String, String)], rest: &[Step]) -> bool {
    let identity = |name: &String| keys.iter().any(|(key, _)| key == name);
    match rest {
        [Step::Field(name)] if identity(name) => item.as_object().is_none_or(|map| map.keys().all(identity)),
        _ => {
            remove(item, rest);
            is_empty(item)
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// As people read it: `.spec.template.spec.containers[name="app"].image`.
pub(super) fn shown(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Field(name) => text.extend([".", name]),
            Step::Member(value) => text.extend(["[=", value, "]"]),
            Step::Item(keys) => {
                let keys: Vec<_> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                let _ = write!(text, "[{}]", keys.join(","));
            }
        }
    }
    text
}

/// As `managedFields` has it.
pub(super) fn encoded<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Value {
    let mut root = json!({});
    for path in paths {
        let mut place = &mut root;
        for step in path {
            let name = match step {
                Step::Field(name) => format!("f:{name}"),
                Step::Member(value) => format!("v:{value}"),
                Step::Item(keys) => format!("k:{}", from_keys(keys)),
            };
            if place.get(&name).is_none() {
                place[&name] = Value::Object(Map::new());
            }
            place = &mut place[&name];
        }
    }
    root
}
