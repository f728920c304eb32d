//! What the server has: as much of it as kubectl and kube ask before they begin.

use super::kinds::{KINDS, Kind};
use serde_json::{Map, Value, json};

/// None: not an address of this kind.
pub(super) fn answer(path: &str) -> Option<Value> {
    match path.trim_end_matches('/') {
        "/version" => Some(version()),
        "/api" => {
            Some(json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] }))
        }
        "/apis" => Some(json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": groups() })),
        "/openapi/v3" => Some(openapi_paths()),
        path => match path.strip_prefix("/openapi/v3/").and_then(group_of) {
            Some(group) => Some(openapi(group)),
            None => group_of(path.trim_start_matches('/')).map(resources),
        },
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": "33", "gitVersion": "v1.33.0", "gitCommit": "", "gitTreeState": "clean",
        "buildDate": "2025-04-23T00:00:00Z", "goVersion": "go1.24", "compiler": "gc", "platform": "linux/amd64",
    })
}

fn group_names() -> Vec<&'static str> {
    let mut names: Vec<_> = KINDS.iter().map(|kind| kind.group).filter(|group| !group.is_empty()).collect();
    names.dedup();
    names
}

fn groups() -> Vec<Value> {
    let group = |name: &&str| {
        let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
        json!({ "name": name, "versions": [version], "preferredVersion": version })
    };
    group_names().iter().map(group).collect()
}

/// From `api/v1` or `apis/apps/v1`.
fn group_of(path: &str) -> Option<&'static str> {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        ["api", "v1"] => Some(""),
        ["apis", group, "v1"] => group_names().into_iter().find(|name| name == group),
        _ => None,
    }
}

fn of_group(group: &str) -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(move |kind| kind.group == group)
}

fn resources(group: &'static str) -> Value {
    let verbs = json!(["create", "delete", "get", "list", "patch", "update", "watch"]);
    let mut all = vec![];
    for kind in of_group(group) {
        all.push(json!({
            "name": kind.resource, "singularName": kind.kind.to_lowercase(), "namespaced": kind.namespaced,
            "kind": kind.kind, "verbs": verbs, "shortNames": [kind.short],
        }));
        if kind.resource == "pods" {
            all.push(json!({
                "name": "pods/log", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": ["get"],
            }));
        }
    }
    let version = if group.is_empty() { "v1".to_owned() } else { format!("{group}/v1") };
    json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": all })
}

fn openapi_paths() -> Value {
    let mut names = vec!["api/v1".to_owned()];
    names.extend(group_names().iter().map(|group| format!("apis/{group}/v1")));
    let path = |name: String| {
        let address = json!({ "serverRelativeURL": format!("/openapi/v3/{name}") });
        (name, address)
    };
    json!({ "paths": names.into_iter().map(path).collect::<Map<_, _>>() })
}

/// No schemas: only that the server checks fields itself, which is what `kubectl apply` wants to know.
fn openapi(group: &'static str) -> Value {
    let parameter = json!({ "name": "fieldValidation", "in": "query", "schema": { "type": "string" } });
    let start = if group.is_empty() { "/api/v1".to_owned() } else { format!("/apis/{group}/v1") };
    let path = |kind: &Kind| {
        let place = if kind.namespaced { "/namespaces/{namespace}" } else { "" };
        let operation = json!({
            "parameters": [parameter], "responses": {},
            "x-kubernetes-group-version-kind": { "group": group, "version": "v1", "kind": kind.kind },
        });
        (format!("{start}{place}/{}/{{name}}", kind.resource), json!({ "patch": operation }))
    };
    json!({
        "openapi": "3.0.0", "info": { "title": "Kubernetes", "version": "v1.33.0" },
        "paths": of_group(group).map(path).collect::<Map<_, _>>(), "components": { "schemas": {} },
    })
}
