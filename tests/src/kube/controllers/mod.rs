//! Toy controllers. They run after every write until nothing changes, so a test sees what they come to, not when. Whoever
//! wants to see the steps in between holds them back, or says what becomes of an image later.

mod deployments;
mod events;
mod garbage;
mod kubelet;
mod namespaces;
mod replica_sets;

use super::admission::quota;
use super::kinds::{Kind, known};
use super::managers;
use super::store::Key;
use super::world::{World, Writer};
use serde_json::{Value, json};

/// What becomes of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ready,
    /// Its image is still being pulled.
    Waiting,
    /// `ErrImagePull`, and `ImagePullBackOff` ten seconds later.
    ErrImagePull,
    /// It has ended twice already.
    CrashLoop {
        exit: i32,
    },
    OOMKilled,
    /// No node has room for the pod.
    Unschedulable,
    /// It runs, and its readiness probe fails.
    NotReady,
    /// It names a secret that isn't there.
    ConfigError,
    /// Its node fell silent: the container's last word was that all is well, and the cluster does not believe it any more.
    NodeLost,
    /// A [`Node`](super::Node) runs it as a process, and how that ends is how it ends.
    RunsForReal,
}

/// Far more than any test needs.
const ROUNDS: usize = 200;

impl World {
    pub(super) fn settle(&mut self) {
        if self.held || self.settling {
            return;
        }
        self.settling = true;
        for round in 0.. {
            assert!(round < ROUNDS, "the double's controllers never come to rest");
            let before = self.store.version;
            self.tend_namespaces();
            self.collect_garbage();
            self.tend_deployments();
            self.tend_replica_sets();
            self.tend_pods();
            self.tend_quotas();
            if self.store.version == before {
                break;
            }
        }
        self.settling = false;
    }

    fn tend_quotas(&mut self) {
        let kind = known("resourcequotas");
        for (key, quota) in self.store.all(kind, None) {
            let status = quota::status(self, &key.namespace, &quota["spec"]["hard"]);
            self.write_status(kind, &key, "kube-controller-manager", |old| *old = status);
        }
    }

    /// As a controller writes a status: only if it changed.
    pub(in crate::kube) fn write_status(
        &mut self,
        kind: &Kind,
        key: &Key,
        name: &str,
        change: impl FnOnce(&mut Value),
    ) {
        let by = Writer::controller(name, Some("status"));
        self.write(kind, key, &by, |object| change(&mut object["status"]));
    }

    /// As a controller changes anything else.
    fn write(&mut self, kind: &Kind, key: &Key, by: &Writer, change: impl FnOnce(&mut Value)) {
        let Some(stored) = self.store.get(key).cloned() else { return };
        let mut after = stored.value.clone();
        change(&mut after);
        if after == stored.value {
            return;
        }
        if kind.counted && after["spec"] != stored.value["spec"] {
            let generation = after["metadata"]["generation"].as_i64().unwrap_or_default();
            after["metadata"]["generation"] = json!(generation + 1);
        }
        let mut owners = stored.owners;
        managers::written(&mut owners, &stored.value, &after, &by.manager, &self.now());
        self.store.put(kind, key, after, owners);
        self.end_if_free(key);
    }

    /// Those of a kind that an object owns.
    fn owned_by(&self, kind: &Kind, owner: &Value) -> Vec<(Key, Value)> {
        let namespace = owner["metadata"]["namespace"].as_str();
        let mut all = self.store.all(kind, namespace);
        all.retain(|(_, object)| owner_uids(object).any(|uid| owner["metadata"]["uid"] == uid));
        all
    }
}

fn owner_uids(object: &Value) -> impl Iterator<Item = &str> {
    let references = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    references.filter_map(|reference| reference["uid"].as_str())
}

fn owner_reference(kind: &Kind, owner: &Value) -> Value {
    json!([{
        "apiVersion": kind.version(), "kind": kind.kind, "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
    }])
}

fn is_going(object: &Value) -> bool {
    !object["metadata"]["deletionTimestamp"].is_null()
}

fn condition<'a>(status: &'a Value, name: &str) -> Option<&'a Value> {
    status["conditions"].as_array()?.iter().find(|one| one["type"] == name)
}

/// Sets a condition; its times change only with what it says. Times by which names a kind has depends on the kind.
fn set_condition(status: &mut Value, now: &str, times: &[&str], wanted: [&str; 4]) {
    let [name, state, reason, message] = wanted;
    let mut new = json!({ "type": name, "status": state });
    for (field, value) in [("reason", reason), ("message", message)] {
        if !value.is_empty() {
            new[field] = json!(value);
        }
    }
    let old = condition(status, name).cloned();
    for time in times {
        let kept = old.as_ref().filter(|old| {
            let same = |field: &str| old[field].as_str().unwrap_or_default();
            old["status"] == state
                && (*time == "lastTransitionTime" || (same("reason") == reason && same("message") == message))
        });
        new[*time] = kept.map_or_else(|| json!(now), |old| old[*time].clone());
    }
    if !status["conditions"].is_array() {
        status["conditions"] = json!([]);
    }
    let Some(all) = status["conditions"].as_array_mut() else { return };
    match all.iter_mut().find(|one| one["type"] == name) {
        Some(there) => *there = new,
        None => all.push(new),
    }
}

fn drop_condition(status: &mut Value, name: &str) {
    if let Some(all) = status["conditions"].as_array_mut() {
        all.retain(|one| one["type"] != name);
    }
}
