//! Objects as `kubectl get` wants them: as a table, or its metadata only, or as they are.

use super::kinds::Kind;
use super::request::ApiRequest;
use serde_json::{Value, json};

/// What a caller asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Whole,
    Table,
    Metadata,
}

type Cell = fn(&Value) -> String;

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| if value.is_null() { "0".to_owned() } else { value.to_string() }, str::to_owned)
}

fn ready_containers(pod: &Value) -> String {
    let all: Vec<_> = pod["status"]["containerStatuses"].as_array().cloned().unwrap_or_default();
    let ready = all.iter().filter(|one| one["ready"] == true).count();
    format!("{ready}/{}", pod["spec"]["containers"].as_array().map_or(0, Vec::len))
}

/// As kubectl says how a pod is: its phase, unless a container has something better to tell.
fn pod_state(pod: &Value) -> String {
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return "Terminating".to_owned();
    }
    let first = |list: &str, prefix: &str| {
        pod["status"][list].as_array().into_iter().flatten().find_map(|one| {
            let reason =
                one["state"]["waiting"]["reason"].as_str().filter(|reason| *reason != "PodInitializing")?;
            Some(format!("{prefix}{reason}"))
        })
    };
    first("initContainerStatuses", "Init:")
        .or_else(|| first("containerStatuses", ""))
        .unwrap_or_else(|| text(&pod["status"]["phase"]))
}

fn restarts(pod: &Value) -> String {
    let all = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
    all.filter_map(|one| one["restartCount"].as_u64()).sum::<u64>().to_string()
}

/// The columns of a kind between its name and its age.
fn columns(kind: &Kind) -> Vec<(&'static str, Cell)> {
    match kind.resource {
        "pods" => vec![("Ready", ready_containers), ("Status", pod_state), ("Restarts", restarts)],
        "deployments" => vec![
            ("Ready", |one| {
                format!("{}/{}", text(&one["status"]["readyReplicas"]), text(&one["spec"]["replicas"]))
            }),
            ("Up-to-date", |one| text(&one["status"]["updatedReplicas"])),
            ("Available", |one| text(&one["status"]["availableReplicas"])),
        ],
        "namespaces" => vec![("Status", |one| text(&one["status"]["phase"]))],
        "services" => vec![
            ("Type", |one| text(&one["spec"]["type"])),
            ("Cluster-IP", |one| text(&one["spec"]["clusterIP"])),
        ],
        "configmaps" => {
            vec![("Data", |one| one["data"].as_object().map_or(0, serde_json::Map::len).to_string())]
        }
        "events" => vec![
            ("Type", |one| text(&one["type"])),
            ("Reason", |one| text(&one["reason"])),
            ("Message", |one| text(&one["message"])),
        ],
        _ => vec![],
    }
}

impl Shape {
    pub(super) fn wanted(request: &ApiRequest) -> Self {
        // The first that the caller names is what it likes best.
        let first = request.accept.split(',').next().unwrap_or_default();
        let asks = |name: &str| first.split(';').any(|part| part.trim() == format!("as={name}"));
        if asks("Table") {
            Self::Table
        } else if asks("PartialObjectMetadata") || asks("PartialObjectMetadataList") {
            Self::Metadata
        } else {
            Self::Whole
        }
    }

    pub(super) fn one(self, kind: &Kind, object: Value) -> Value {
        match self {
            Self::Whole => object,
            Self::Table => table(kind, &[object], &json!({})),
            Self::Metadata => metadata(&object),
        }
    }

    /// Items of a list have no kind of their own.
    pub(super) fn list(self, kind: &Kind, mut objects: Vec<Value>, meta: &Value) -> Value {
        match self {
            Self::Table => table(kind, &objects, meta),
            Self::Metadata => json!({
                "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": meta,
                "items": objects.iter().map(metadata).collect::<Vec<_>>(),
            }),
            Self::Whole => {
                for object in objects.iter_mut().filter_map(Value::as_object_mut) {
                    object.remove("kind");
                    object.remove("apiVersion");
                }
                let name = format!("{}List", kind.kind);
                json!({ "kind": name, "apiVersion": kind.version(), "metadata": meta, "items": objects })
            }
        }
    }
}

fn metadata(object: &Value) -> Value {
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] })
}

fn table(kind: &Kind, objects: &[Value], meta: &Value) -> Value {
    let between = columns(kind);
    let column = |name: &str, format: &str| json!({ "name": name, "type": "string", "format": format, "description": "", "priority": 0 });
    let mut definitions = vec![column("Name", "name")];
    definitions.extend(between.iter().map(|(name, _)| column(name, "")));
    definitions.push(column("Created At", ""));
    let row = |object: &Value| {
        let mut cells = vec![object["metadata"]["name"].clone()];
        cells.extend(between.iter().map(|(_, cell)| json!(cell(object))));
        cells.push(object["metadata"]["creationTimestamp"].clone());
        json!({ "cells": cells, "object": metadata(object) })
    };
    let rows: Vec<_> = objects.iter().map(row).collect();
    json!({
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta, "columnDefinitions": definitions, "rows": rows,
    })
}
