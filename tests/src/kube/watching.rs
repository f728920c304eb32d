//! Watches: what changed since a version, line by line, for as long as somebody listens.

use super::cluster::Cluster;
use super::failure::Failure;
use super::kinds::Kind;
use super::request::ApiRequest;
use super::selectors::Selection;
use super::store::Change;
use super::table::Shape;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a watch lasts that doesn't say.
const LASTS: u64 = 300;

struct Watch {
    cluster: Arc<Cluster>,
    kind: &'static Kind,
    namespace: String,
    selection: Selection,
    shape: Shape,
    /// What was told up to here.
    told: u64,
    epoch: u64,
    bookmarks: bool,
    until: Instant,
    lines: VecDeque<Bytes>,
    ended: bool,
}

pub(super) fn begin(cluster: &Arc<Cluster>, request: &ApiRequest) -> Result<Response, Failure> {
    let selection = Selection::read(request.asked("labelSelector"), request.asked("fieldSelector"))?;
    let seconds = request.asked("timeoutSeconds").parse().unwrap_or(LASTS);
    let mut watch = Watch {
        cluster: Arc::clone(cluster),
        kind: request.kind,
        namespace: request.namespace.clone(),
        selection,
        shape: Shape::wanted(request),
        told: 0,
        epoch: cluster.world().epoch,
        bookmarks: request.asked("allowWatchBookmarks") == "true",
        until: Instant::now() + Duration::from_secs(seconds),
        lines: VecDeque::new(),
        ended: false,
    };
    match request.asked("resourceVersion") {
        "" | "0" => watch.begin_with_all(request.asked("sendInitialEvents") == "true"),
        version => {
            let fault = || Failure::new(400, "BadRequest", format!("invalid resource version: {version}"));
            watch.told = version.parse().map_err(|_| fault())?;
            if request.asked("sendInitialEvents") == "true" {
                watch.begin_with_all(true);
            }
        }
    }
    let lines = stream::unfold(watch, |mut watch| async move {
        let line = watch.next().await?;
        Some((Ok::<_, Infallible>(line), watch))
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response())
}

impl Watch {
    /// Nobody said from where: all that is there comes first.
    fn begin_with_all(&mut self, marked: bool) {
        let cluster = Arc::clone(&self.cluster);
        let world = cluster.world();
        let namespace = Some(self.namespace.as_str()).filter(|one| !one.is_empty());
        for (_, object) in world.store.all(self.kind, namespace) {
            if self.selection.takes(&object) {
                self.push("ADDED", object);
            }
        }
        self.told = world.store.version;
        if marked {
            let ends = json!({ "k8s.io/initial-events-end": "true" });
            self.bookmark(Some(ends));
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(line) = self.lines.pop_front() {
                return Some(line);
            }
            if self.ended {
                return None;
            }
            // Before looking, so that nothing is missed that comes after it.
            let mut news = self.cluster.world().store.listen();
            self.look();
            if !self.lines.is_empty() || self.ended {
                continue;
            }
            tokio::select! {
                _ = news.changed() => {}
                () = self.cluster.stop.cancelled() => self.ended = true,
                () = tokio::time::sleep_until(self.until) => {
                    if self.bookmarks {
                        self.bookmark(None);
                    }
                    self.ended = true;
                }
            }
        }
    }

    fn look(&mut self) {
        let cluster = Arc::clone(&self.cluster);
        let world = cluster.world();
        self.ended = world.epoch != self.epoch;
        let Some(changes) = world.store.since(self.told) else {
            let why = format!("too old resource version: {} ({})", self.told, world.store.oldest);
            self.line("ERROR", &Failure::new(410, "Expired", why).status());
            self.ended = true;
            return;
        };
        for change in changes {
            self.tell(change);
        }
        self.told = self.told.max(world.store.version);
    }

    /// What does not fit any more is gone for whoever watches only what fits.
    fn tell(&mut self, change: &Change) {
        let other = change.key.resource != self.kind.resource
            || !(self.namespace.is_empty() || change.key.namespace == self.namespace);
        if other {
            return;
        }
        let fits = |object: &Option<Value>| object.clone().filter(|object| self.selection.takes(object));
        match (fits(&change.before), fits(&change.after)) {
            (None, Some(after)) => self.push("ADDED", after),
            (Some(_), Some(after)) => self.push("MODIFIED", after),
            (Some(before), None) => {
                let mut last = change.after.clone().unwrap_or(before);
                last["metadata"]["resourceVersion"] = json!(change.version.to_string());
                self.push("DELETED", last);
            }
            (None, None) => {}
        }
    }

    fn push(&mut self, sort: &str, object: Value) {
        let shown = self.shape.one(self.kind, object);
        self.line(sort, &shown);
    }

    fn bookmark(&mut self, annotations: Option<Value>) {
        let mut object = json!({
            "kind": self.kind.kind, "apiVersion": self.kind.version(),
            "metadata": { "resourceVersion": self.told.to_string(), "creationTimestamp": null },
        });
        if let Some(annotations) = annotations {
            object["metadata"]["annotations"] = annotations;
        }
        self.line("BOOKMARK", &object);
    }

    fn line(&mut self, sort: &str, object: &Value) {
        let line = json!({ "type": sort, "object": object });
        self.lines.push_back(Bytes::from(format!("{line}\n")));
    }
}
