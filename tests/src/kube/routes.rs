//! The routes of leases, reviews and the pods of the gateway's own namespace, each with its checks. Everything else is an
//! object of the cluster ([`super::api`]).

use super::cluster::Cluster;
use super::rbac::{GATEWAY, User};
use super::request::ApiRequest;
use super::reviews::{review_access, review_token};
use super::state::{Call, State as Inner};
use super::{ADMINISTRATOR_TOKEN, GATEWAY_TOKEN, NAMESPACE, api, discovery};
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use k8s_openapi::api::coordination::v1::Lease;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) type Shared = Arc<Mutex<Inner>>;

const COORDINATION: &str = "coordination.k8s.io";

/// The largest body that the server takes.
const LARGEST: usize = 3_145_728;

/// With somebody who needs no token, for kubectl, which sends none over plain HTTP.
pub(super) fn router(state: Shared, cluster: &Arc<Cluster>, everybody: Option<User>) -> Router {
    let leases = "/apis/coordination.k8s.io/v1/namespaces/ai-dev/leases";
    let (reviewing, objects) = (Arc::clone(cluster), Arc::clone(cluster));
    let review_access = move |state, body| review_access(state, Arc::clone(&reviewing), body);
    let answer = move |state, request| answer(state, Arc::clone(&objects), request);
    Router::new()
        .route(leases, post(create_lease))
        .route(&format!("{leases}/{{name}}"), get(get_lease).put(update_lease))
        .route("/apis/authentication.k8s.io/v1/tokenreviews", post(review_token))
        .route("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", post(review_access))
        .route("/api/v1/namespaces/ai-dev/pods/{name}", patch(label_pod).get(get_pod))
        .fallback(answer)
        .layer(from_fn_with_state((Arc::clone(&state), everybody), guard))
        .with_state(state)
}

async fn answer(State(state): State<Shared>, cluster: Arc<Cluster>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST).await else {
        let words = format!("Request entity too large: limit is {LARGEST}");
        return status(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &words);
    };
    if let (true, Some(found)) = (parts.method == "GET", discovery::answer(parts.uri.path())) {
        return Json(found).into_response();
    }
    let user = parts.extensions.get::<User>().cloned();
    let read = user.and_then(|user| ApiRequest::read(&parts.method, &parts.uri, &parts.headers, user, body));
    let Some(request) = read else {
        let words = format!("{} {} is no route that the gateway may call", parts.method, parts.uri);
        lock(&state).complaints.push(words.clone());
        return status(StatusCode::NOT_FOUND, "NotFound", &words);
    };
    if !request.user.administrator {
        let name = Some(request.name.as_str()).filter(|name| !name.is_empty());
        let (verb, group, resource) = (request.verb, request.kind.group, request.resource());
        let mut state = lock(&state);
        if let Some(refusal) = state.note(verb, group, resource, name) {
            return refusal;
        }
        if !["get", "list", "watch"].contains(&verb) {
            state.writes.push(Call { verb, group, resource, name: name.map(str::to_owned) });
        }
    }
    api::answer(&cluster, &request)
}

pub(super) fn lock(state: &Shared) -> MutexGuard<'_, Inner> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nobody without a token; and a cut network says nothing at all.
async fn guard(
    State((state, everybody)): State<(Shared, Option<User>)>,
    mut request: Request,
    next: Next,
) -> Response {
    if lock(&state).silent {
        std::future::pending::<()>().await;
    }
    let presented = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let known = match presented.and_then(|value| value.strip_prefix("Bearer ")) {
        Some(GATEWAY_TOKEN) => Some(User { name: GATEWAY.to_owned(), administrator: false }),
        Some(ADMINISTRATOR_TOKEN) => Some(User { name: "kubernetes-admin".to_owned(), administrator: true }),
        _ => everybody,
    };
    let Some(user) = known else {
        return status(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized");
    };
    request.extensions_mut().insert(user);
    next.run(request).await
}

fn status(code: StatusCode, reason: &str, message: &str) -> Response {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code.as_u16(),
    });
    (code, Json(body)).into_response()
}

impl Inner {
    /// Notes the call; an answer when it is forbidden.
    pub(super) fn note(
        &mut self,
        verb: &'static str,
        group: &'static str,
        resource: &'static str,
        name: Option<&str>,
    ) -> Option<Response> {
        self.calls.insert(Call { verb, group, resource, name: name.map(str::to_owned) });
        let forbidden = self.forbidden.contains(&(verb.to_owned(), resource.to_owned()));
        let words =
            format!("{resource} is forbidden: User \"{GATEWAY}\" cannot {verb} resource \"{resource}\"");
        forbidden.then(|| status(StatusCode::FORBIDDEN, "Forbidden", &words))
    }

    /// The body as its type. What the type does not know is refused, as a server with strict validation does.
    pub(super) fn typed<T: DeserializeOwned + Serialize>(
        &mut self,
        body: &Bytes,
    ) -> Result<T, Box<Response>> {
        let parsed = serde_json::from_slice::<Value>(body).and_then(|value| {
            let typed: T = serde_json::from_value(value.clone())?;
            Ok((serde_json::to_value(&typed)?, value, typed))
        });
        let fault = match parsed {
            Ok((kept, given, typed)) if kept == given => return Ok(typed),
            Ok((kept, given, _)) => format!("strict decoding: {given} is understood as {kept}"),
            Err(error) => error.to_string(),
        };
        self.complaints.push(fault.clone());
        Err(Box::new(status(StatusCode::BAD_REQUEST, "BadRequest", &fault)))
    }

    fn write(&mut self, mut lease: Lease) -> Response {
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        lease.metadata.namespace = Some(NAMESPACE.to_owned());
        self.lease = Some(lease.clone());
        Json(lease).into_response()
    }

    /// Somebody else is faster: the lease has another version now.
    fn overtaken(&mut self) -> bool {
        let overtaken = self.conflicts > 0;
        if overtaken {
            self.conflicts -= 1;
            self.version += 1;
            if let Some(lease) = &mut self.lease {
                lease.metadata.resource_version = Some(self.version.to_string());
            }
        }
        overtaken
    }
}

async fn create_lease(State(state): State<Shared>, body: Bytes) -> Response {
    let mut state = lock(&state);
    if let Some(refusal) = state.note("create", COORDINATION, "leases", None) {
        return refusal;
    }
    match state.typed::<Lease>(&body) {
        Ok(_) if state.lease.is_some() => status(StatusCode::CONFLICT, "AlreadyExists", "the lease exists"),
        Ok(lease) => state.write(lease),
        Err(refusal) => *refusal,
    }
}

async fn get_lease(State(state): State<Shared>, Path(name): Path<String>) -> Response {
    let mut state = lock(&state);
    if let Some(refusal) = state.note("get", COORDINATION, "leases", Some(&name)) {
        return refusal;
    }
    match state.lease.clone().filter(|lease| lease.metadata.name.as_deref() == Some(&name)) {
        Some(lease) => Json(lease).into_response(),
        None => status(StatusCode::NOT_FOUND, "NotFound", "there is no such lease"),
    }
}

async fn update_lease(State(state): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    let mut state = lock(&state);
    if let Some(refusal) = state.note("update", COORDINATION, "leases", Some(&name)) {
        return refusal;
    }
    let lease = match state.typed::<Lease>(&body) {
        Ok(lease) => lease,
        Err(refusal) => return *refusal,
    };
    let Some(given) = lease.metadata.resource_version.clone() else {
        state.complaints.push("a lease was written without the version it was read at".to_owned());
        return status(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", "metadata.resourceVersion must be given");
    };
    let overtaken = state.overtaken();
    let current = state.lease.as_ref().and_then(|lease| lease.metadata.resource_version.clone());
    if overtaken || current != Some(given) {
        return status(StatusCode::CONFLICT, "Conflict", "the object has been modified");
    }
    state.write(lease)
}

async fn get_pod(State(state): State<Shared>, Path(name): Path<String>) -> Response {
    let mut state = lock(&state);
    if let Some(refusal) = state.note("get", "", "pods", Some(&name)) {
        return refusal;
    }
    let Some(uid) = state.pods.get(&name) else {
        return status(StatusCode::NOT_FOUND, "NotFound", &format!("pods \"{name}\" not found"));
    };
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": NAMESPACE, "uid": uid },
        "spec": { "containers": [] }, "status": { "phase": "Running" },
    });
    Json(pod).into_response()
}

async fn label_pod(
    State(state): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut state = lock(&state);
    if let Some(refusal) = state.note("patch", "", "pods", Some(&name)) {
        return refusal;
    }
    let merges = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/merge-patch+json");
    let patch: Value = serde_json::from_slice(&body).unwrap_or_default();
    let labels = patch.pointer("/metadata/labels").and_then(Value::as_object).cloned();
    let Some(labels) = labels.filter(|labels| merges && patch == json!({ "metadata": { "labels": labels } }))
    else {
        state.complaints.push(format!("a pod's patch that is more than its labels: {patch}"));
        return status(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Invalid", "only labels, by merge patch");
    };
    state.labels.entry(name.clone()).or_default().extend(labels);
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": NAMESPACE, "labels": state.labels[&name] },
    });
    Json(pod).into_response()
}
