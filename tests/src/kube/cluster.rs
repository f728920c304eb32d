//! The cluster as a test steers it and looks at it.

use super::controllers::Outcome;
use super::deletion::Deletion;
use super::failure::Failure;
use super::kinds::{Kind, by_kind, by_resource, known};
use super::rbac::{Attempt, GATEWAY, User};
use super::store::Key;
use super::world::{Logs, World, Writer};
use gateway::clock::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The finalizer that [`Cluster::hold_finalizer`] gives.
pub const FINALIZER: &str = "cert-manager.test/finalizer";

pub struct Cluster {
    world: Mutex<World>,
    /// The server ends, and so do its watches.
    pub(super) stop: CancellationToken,
}

/// A kind by its name or its plural.
fn kind(name: &str) -> &'static Kind {
    let found = by_kind(name).or_else(|| by_resource(name));
    let Some(kind) = found else { panic!("the double has no kind {name}") };
    kind
}

impl Cluster {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { world: Mutex::new(World::new(clock)), stop: CancellationToken::new() }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        let came = change(&mut world);
        world.settle();
        came
    }

    /// What becomes of containers of an image (`node:22`), or of one of them by its name (`node:22/files`), those that run already
    /// among them. All others become ready.
    pub fn outcome(&self, image: &str, outcome: Outcome) {
        self.change(|world| {
            world.outcomes.insert(image.to_owned(), outcome);
        });
    }

    /// What containers of an image write, and what they wrote before they ended the last time.
    pub fn logs(&self, image: &str, current: &str, previous: &str) {
        let logs = Logs { current: current.to_owned(), previous: previous.to_owned() };
        self.world().logs.insert(image.to_owned(), logs);
    }

    /// A container that ran for real has ended.
    pub(super) fn ended(&self, pod_uid: &str, container: &str, exit: i32) {
        self.change(|world| {
            let place = (pod_uid.to_owned(), container.to_owned());
            world.ends.entry(place).or_default().push(exit);
        });
    }

    /// As an administrator writes an object: anew, or over what is there.
    pub fn put(&self, object: Value) -> Result<Value, String> {
        self.world().put(object).map_err(|failure: Failure| failure.message)
    }

    /// As an administrator deletes one.
    pub fn delete(&self, kind_name: &str, namespace: &str, name: &str) -> Result<(), String> {
        let (kind, by) = (kind(kind_name), Writer::administrator("kubectl"));
        let deleted = self.world().delete(&by, kind, &Key::new(kind, namespace, name), &Deletion::default());
        deleted.map(drop).map_err(|failure| failure.message)
    }

    /// As whatever controller a kind has tells how an object of it stands.
    pub fn tell_status(&self, kind_name: &str, namespace: &str, name: &str, status: &Value) {
        let (kind, status) = (kind(kind_name), status.clone());
        self.change(|world| {
            world.write_status(kind, &Key::new(kind, namespace, name), "its-controller", |old| *old = status);
        });
    }

    /// All of a kind in a namespace; in all of them, if none is named. The kind by its name (`Pod`) or its plural.
    pub fn objects(&self, kind_name: &str, namespace: &str) -> Vec<Value> {
        let namespace = Some(namespace).filter(|one| !one.is_empty());
        self.world().store.all(kind(kind_name), namespace).into_iter().map(|(_, object)| object).collect()
    }

    pub fn object(&self, kind_name: &str, namespace: &str, name: &str) -> Option<Value> {
        let kind = kind(kind_name);
        self.world().store.value(&Key::new(kind, namespace, name)).cloned()
    }

    /// As `Warning BackOff pod/shop-5c9-x2x4q: …`, in the order of their names.
    pub fn events(&self) -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |event: Value| {
            let about = &event["involvedObject"];
            let (sort, reason, message) =
                (text(&event["type"]), text(&event["reason"]), text(&event["message"]));
            let about = format!("{}/{}", text(&about["kind"]).to_lowercase(), text(&about["name"]));
            format!("{sort} {reason} {about}: {message}")
        };
        self.objects("Event", "").into_iter().map(line).collect()
    }

    /// A ConfigMap that stays when its namespace goes, until [`Self::release_finalizer`].
    pub fn hold_finalizer(&self, namespace: &str, name: &str) {
        let held = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": name, "namespace": namespace, "finalizers": [FINALIZER] },
        });
        if let Err(message) = self.put(held) {
            panic!("{name} in {namespace}: {message}");
        }
    }

    pub fn release_finalizer(&self, namespace: &str, name: &str) {
        self.change(|world| {
            let key = Key::new(known("configmaps"), namespace, name);
            world.release(&key);
        });
    }

    /// Gives the gateway's account a right in the whole cluster.
    pub fn grant(&self, verb: &str, group: &str, resource: &str) {
        self.world().rights.grant(GATEWAY, group, resource, &[verb]);
    }

    /// Takes a right from everybody but the administrator.
    pub fn forbid(&self, verb: &str, resource: &str) {
        self.world().rights.forbid(verb, resource);
    }

    /// Whether the gateway's account may do this; a namespace is empty for the whole cluster.
    pub fn allows(&self, verb: &str, group: &str, resource: &str, namespace: &str, name: &str) -> bool {
        let user = User { name: GATEWAY.to_owned(), administrator: false };
        self.world().rights.allow(&Attempt { user: &user, verb, group, resource, namespace, name })
    }

    /// A quota named `quota`, such as `[("pods", "1")]`.
    pub fn quota(&self, namespace: &str, hard: &[(&str, &str)]) {
        let hard: serde_json::Map<_, _> =
            hard.iter().map(|(line, limit)| ((*line).to_owned(), json!(limit))).collect();
        let quota = json!({
            "apiVersion": "v1", "kind": "ResourceQuota",
            "metadata": { "name": "quota", "namespace": namespace }, "spec": { "hard": hard },
        });
        if let Err(message) = self.put(quota) {
            panic!("a quota in {namespace}: {message}");
        }
    }

    /// Puts the cluster's clock forward: deadlines pass, pulls back off.
    pub fn advance(&self, seconds: i64) {
        self.change(|world| world.ahead += SignedDuration::from_secs(seconds));
    }

    /// Controllers stand still until they are let go again.
    pub fn hold_controllers(&self, held: bool) {
        self.change(|world| world.held = held);
    }

    /// As a cluster whose administrators did not apply the two policies.
    pub fn without_policies(&self) {
        self.world().policies = false;
    }

    /// Who watches from now on with a version of before is told that it is too old.
    pub fn forget_history(&self) {
        self.world().store.forget();
    }

    /// Ends all watches, as a restart of the server does.
    pub fn cut_watches(&self) {
        let mut world = self.world();
        world.epoch += 1;
        world.store.wake();
    }
}
