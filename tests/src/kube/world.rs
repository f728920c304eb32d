//! All that the double's cluster is, behind one lock.

use super::controllers::Outcome;
use super::failure::Failure;
use super::kinds::known;
use super::managers::Manager;
use super::rbac::{Rights, User};
use super::store::{Key, Store};
use gateway::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a container wrote.
#[derive(Clone, Debug, Default)]
pub(super) struct Logs {
    pub current: String,
    pub previous: String,
}

pub(super) struct World {
    pub store: Store,
    pub rights: Rights,
    /// What becomes of containers, by image.
    pub outcomes: BTreeMap<String, Outcome>,
    pub logs: BTreeMap<String, Logs>,
    /// How containers that ran for real ended, by their pod's uid and their name.
    pub ends: BTreeMap<(String, String), Vec<i32>>,
    clock: Arc<dyn Clock>,
    /// How far the cluster's clock was put forward.
    pub ahead: SignedDuration,
    /// The controllers stand still.
    pub held: bool,
    /// They are at work.
    pub settling: bool,
    /// Names the next pod.
    pub pods_made: u64,
    /// Both ValidatingAdmissionPolicies are there and bound.
    pub policies: bool,
    /// Watches that began in an earlier one are cut off.
    pub epoch: u64,
    /// What the write that is going on warns about.
    pub warnings: Vec<String>,
}

/// Who writes.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub user: User,
    pub manager: Manager,
}

impl Writer {
    pub(super) fn controller(name: &str, subresource: Option<&'static str>) -> Self {
        let user = User { name: format!("system:serviceaccount:kube-system:{name}"), administrator: true };
        let manager = Manager { name: name.to_owned(), applies: false, subresource };
        Self { user, manager }
    }

    pub(super) fn administrator(manager: &str) -> Self {
        let user = User { name: "kubernetes-admin".to_owned(), administrator: true };
        Self { user, manager: Manager { name: manager.to_owned(), applies: false, subresource: None } }
    }
}

impl World {
    /// An empty cluster, but for the namespaces that are there before a gateway is.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let mut world = Self {
            store: Store::new(),
            rights: Rights::of_the_manifests(),
            outcomes: BTreeMap::new(),
            logs: BTreeMap::new(),
            ends: BTreeMap::new(),
            clock,
            ahead: SignedDuration::ZERO,
            held: false,
            settling: false,
            pods_made: 0,
            policies: true,
            epoch: 0,
            warnings: vec![],
        };
        for name in ["default", "kube-system", super::NAMESPACE] {
            let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
            if let Err(failure) = world.put(namespace) {
                panic!("the namespace {name}: {}", failure.message);
            }
        }
        world
    }

    pub(super) fn time(&self) -> Timestamp {
        self.clock.now().checked_add(self.ahead).unwrap_or(Timestamp::MAX)
    }

    /// As objects have it: whole seconds.
    pub(super) fn now(&self) -> String {
        Timestamp::from_second(self.time().as_second()).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
    }

    /// As an administrator creates or replaces something.
    pub(super) fn put(&mut self, object: Value) -> Result<Value, Failure> {
        let kind = object["kind"].as_str().and_then(super::kinds::by_kind);
        let Some(kind) = kind else { panic!("the double has no such kind: {}", object["kind"]) };
        let key = Key::of(kind, &object);
        let by = Writer::administrator("kubectl-create");
        if self.store.get(&key).is_some() {
            self.replace(&by, kind, &key, object, false)
        } else {
            self.create(&by, kind, &key.namespace, object, false)
        }
    }

    pub(super) fn namespace(&self, name: &str) -> Option<&Value> {
        self.store.value(&Key::new(known("namespaces"), "", name))
    }
}
