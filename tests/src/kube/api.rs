//! Requests to objects: who may, what is asked, and how it is answered.

use super::cluster::Cluster;
use super::deletion::Deletion;
use super::failure::Failure;
use super::managers::Manager;
use super::request::ApiRequest;
use super::selectors::Selection;
use super::store::Key;
use super::table::Shape;
use super::world::{World, Writer};
use super::{container_logs, watching};
use axum::Json;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn answer(cluster: &Arc<Cluster>, request: &ApiRequest) -> Response {
    let mut world = cluster.world();
    if let Err(refusal) = world.rights.check(request) {
        return refusal.into_response();
    }
    if request.verb == "watch" {
        drop(world);
        return watching::begin(cluster, request).unwrap_or_else(IntoResponse::into_response);
    }
    world.warnings.clear();
    let answered = match (request.verb, request.subresource) {
        ("get", "log") => container_logs::read(&world, request),
        ("get", _) => get(&world, request),
        ("list", _) => list(&world, request),
        ("create", _) => create(&mut world, request),
        ("update" | "patch", _) => write(&mut world, request),
        ("delete", _) => delete(&mut world, request),
        (verb, _) => Err(Failure::new(405, "MethodNotAllowed", format!("the double has no {verb}"))),
    };
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    for warning in std::mem::take(&mut world.warnings) {
        let quoted = warning.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{quoted}\"")) {
            response.headers_mut().append("warning", value);
        }
    }
    response
}

type Answered = Result<Response, Failure>;

fn key(request: &ApiRequest) -> Key {
    Key::new(request.kind, &request.namespace, &request.name)
}

fn shown(request: &ApiRequest, code: StatusCode, object: Value) -> Response {
    (code, Json(Shape::wanted(request).one(request.kind, object))).into_response()
}

fn writer(request: &ApiRequest) -> Writer {
    let manager = Manager {
        name: request.field_manager(),
        applies: request.content_type.starts_with("application/apply-patch"),
        subresource: (request.subresource == "status").then_some("status"),
    };
    Writer { user: request.user.clone(), manager }
}

fn get(world: &World, request: &ApiRequest) -> Answered {
    let found = world.store.value(&key(request)).cloned();
    let object = found.ok_or_else(|| Failure::not_found(request.kind, &request.name))?;
    Ok(shown(request, StatusCode::OK, object))
}

fn list(world: &World, request: &ApiRequest) -> Answered {
    let selection = Selection::read(request.asked("labelSelector"), request.asked("fieldSelector"))?;
    let namespace = Some(request.namespace.as_str()).filter(|one| !one.is_empty());
    let mut found = world.store.all(request.kind, namespace);
    found.retain(|(_, object)| selection.takes(object));
    let mut version = world.store.version;
    // Where the last page ended, and the version that it was of.
    if let Some((from, after)) = request.asked("continue").split_once(':') {
        version = from.parse().unwrap_or_default();
        if version < world.store.oldest {
            let why = "The provided continue parameter is too old to display a consistent list result. You can start a new \
                       list without the continue parameter.";
            return Err(Failure::new(410, "Expired", why));
        }
        found.retain(|(key, _)| format!("{}/{}", key.namespace, key.name).as_str() > after);
    }
    let limit = request.asked("limit").parse().ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let left = found.len().saturating_sub(limit);
    found.truncate(limit);
    let mut meta = json!({ "resourceVersion": version.to_string() });
    if let (true, Some((last, _))) = (left > 0, found.last()) {
        meta["continue"] = json!(format!("{version}:{}/{}", last.namespace, last.name));
        meta["remainingItemCount"] = json!(left);
    }
    let objects = found.into_iter().map(|(_, object)| object).collect();
    Ok(Json(Shape::wanted(request).list(request.kind, objects, &meta)).into_response())
}

/// YAML is what apply sends, and JSON is YAML.
fn body(request: &ApiRequest) -> Result<Value, Failure> {
    if request.content_type.contains("protobuf") {
        let message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml";
        return Err(Failure::new(415, "UnsupportedMediaType", message));
    }
    serde_yaml::from_slice(&request.body)
        .map_err(|error| Failure::new(400, "BadRequest", format!("the body cannot be read: {error}")))
}

fn create(world: &mut World, request: &ApiRequest) -> Answered {
    let object = body(request)?;
    let made = world.create(&writer(request), request.kind, &request.namespace, object, request.is_dry())?;
    Ok(shown(request, StatusCode::CREATED, made))
}

fn write(world: &mut World, request: &ApiRequest) -> Answered {
    let (by, key) = (writer(request), key(request));
    let mut given = body(request)?;
    if let Some(name) = given["metadata"]["name"].as_str().filter(|name| *name != request.name) {
        let message =
            format!("the name of the object ({name}) does not match the name on the URL ({})", request.name);
        return Err(Failure::new(400, "BadRequest", message));
    }
    let content = request.content_type.split(';').next().unwrap_or_default();
    if by.manager.applies {
        if request.asked("fieldManager").is_empty() {
            let message = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
            return Err(Failure::new(422, "Invalid", message));
        }
        if world.store.get(&key).is_none() {
            world.rights.check_verb(request, "create", &request.name)?;
        }
        if request.kind.namespaced {
            given["metadata"]["namespace"] = json!(request.namespace);
        }
        let force = request.asked("force") == "true";
        let (object, new) = world.apply(&by, request.kind, &key, given, force, request.is_dry())?;
        return Ok(shown(request, if new { StatusCode::CREATED } else { StatusCode::OK }, object));
    }
    let whole = match (request.verb, content) {
        ("update", _) => given,
        ("patch", "application/merge-patch+json" | "application/strategic-merge-patch+json") => {
            let live = world.store.value(&key).cloned();
            let mut live = live.ok_or_else(|| Failure::not_found(request.kind, &request.name))?;
            // A patch of an older version is for whoever made it to repeat.
            if given["metadata"]["resourceVersion"].is_null()
                && let Some(meta) = live["metadata"].as_object_mut()
            {
                meta.remove("resourceVersion");
            }
            merge(&mut live, given);
            live
        }
        (_, other) => {
            let message = format!("the body of the request was in an unknown format: {other}");
            return Err(Failure::new(415, "UnsupportedMediaType", message));
        }
    };
    let object = world.replace(&by, request.kind, &key, whole, request.is_dry())?;
    Ok(shown(request, StatusCode::OK, object))
}

/// JSON merge patch. Strategic patches are merged the same way: their lists replace lists.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().and_then(|map| map.remove(&name));
        } else {
            merge(&mut target[&name], value);
        }
    }
}

fn delete(world: &mut World, request: &ApiRequest) -> Answered {
    let options = if request.body.is_empty() { json!({}) } else { body(request)? };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let policy =
        text(&options["propagationPolicy"]).unwrap_or_else(|| request.asked("propagationPolicy").to_owned());
    let how = Deletion {
        uid: text(&options["preconditions"]["uid"]),
        version: text(&options["preconditions"]["resourceVersion"]),
        orphans: policy == "Orphan",
    };
    let key = key(request);
    let object = world.delete(&writer(request), request.kind, &key, &how)?;
    if request.kind.resource == "namespaces" || world.store.get(&key).is_some() {
        return Ok(shown(request, StatusCode::OK, object));
    }
    let mut details =
        json!({ "name": request.name, "kind": request.kind.resource, "uid": object["metadata"]["uid"] });
    if !request.kind.group.is_empty() {
        details["group"] = json!(request.kind.group);
    }
    let status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details });
    Ok(Json(status).into_response())
}
