//! Roles are short lists of what is called, bound to accounts that exist.

use crate::document::{Document, list};
use serde_json::Value;

/// Rights with which a pod could become anybody.
const NEVER: [&str; 4] = ["secrets", "pods/exec", "roles", "clusterroles"];

pub(super) fn faults(all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    for document in all {
        let found = match document.kind() {
            "Role" | "ClusterRole" => role(document),
            "RoleBinding" | "ClusterRoleBinding" => binding(document, all),
            _ => vec![],
        };
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", document.title())));
    }
    faults
}

fn role(role: &Document) -> Vec<String> {
    let mut faults = vec![];
    for rule in list(role.at("/rules")) {
        let words = ["apiGroups", "resources", "verbs"].into_iter().flat_map(|name| list(&rule[name]));
        let words: Vec<_> = words.filter_map(Value::as_str).collect();
        if words.contains(&"*") {
            faults.push("a wildcard allows what nobody calls".to_owned());
        }
        let never = words.into_iter().filter(|word| NEVER.contains(word));
        faults.extend(never.map(|word| format!("nobody here may touch {word}")));
    }
    faults
}

fn binding(binding: &Document, all: &[Document]) -> Vec<String> {
    let mut faults = vec![];
    let (kind, name) = (binding.text("/roleRef/kind"), binding.text("/roleRef/name"));
    let roles = |role: &&Document| {
        role.kind() == kind && role.name() == name && role.namespace() == binding.namespace()
    };
    if all.iter().find(roles).is_none() {
        faults.push(format!("there is no {kind} {name}"));
    }
    for subject in list(binding.at("/subjects")) {
        let there = all.iter().any(|account| {
            account.kind() == subject["kind"].as_str().unwrap_or_default()
                && subject["name"] == account.name()
                && subject["namespace"] == account.namespace()
        });
        if !there {
            faults.push(format!("there is no {} {}", subject["kind"], subject["name"]));
        }
    }
    faults
}
