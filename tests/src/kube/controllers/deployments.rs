//! Deployments: a ReplicaSet for each template, and a status that tells how far it is.

use super::{condition, drop_condition, is_going, owner_reference, set_condition};
use crate::kube::kinds::known;
use crate::kube::store::Key;
use crate::kube::world::{World, Writer};
use serde_json::{Value, json};
use std::hash::{DefaultHasher, Hash, Hasher};

const TIMES: [&str; 2] = ["lastUpdateTime", "lastTransitionTime"];
/// Gives each template of a deployment a name.
const HASH: &str = "pod-template-hash";

/// How many pods there are.
struct Counts {
    desired: i64,
    all: i64,
    updated: i64,
    ready: i64,
    available: i64,
}

impl World {
    pub(super) fn tend_deployments(&mut self) {
        for (key, deployment) in self.store.all(known("deployments"), None) {
            if !is_going(&deployment) {
                self.tend_deployment(&key, &deployment);
            }
        }
    }

    fn tend_deployment(&mut self, key: &Key, deployment: &Value) {
        let sets = known("replicasets");
        let hash = template_hash(deployment);
        let current = Key::new(sets, &key.namespace, &format!("{}-{hash}", key.name));
        let others: Vec<_> =
            self.owned_by(sets, deployment).into_iter().filter(|(key, _)| *key != current).collect();
        let desired = deployment["spec"]["replicas"].as_i64().unwrap_or(1);
        let number = |set: &Value, field: &str| set["status"][field].as_i64().unwrap_or_default();
        let recreates = deployment["spec"]["strategy"]["type"] == "Recreate";
        let old_pods: i64 = others.iter().map(|(_, set)| number(set, "replicas")).sum();
        if self.store.get(&current).is_none() {
            self.make_set(deployment, &hash, &current.name, others.len() + 1);
        }
        self.scale(deployment, &current, if recreates && old_pods > 0 { 0 } else { desired });
        let available = self.store.value(&current).map_or(0, |set| number(set, "availableReplicas"));
        if recreates || available >= desired {
            for (other, _) in &others {
                self.scale(deployment, other, 0);
            }
        }
        let mut counts = Counts { desired, all: 0, updated: 0, ready: 0, available: 0 };
        for (set_key, set) in self.owned_by(sets, deployment) {
            counts.all += number(&set, "replicas");
            counts.ready += number(&set, "readyReplicas");
            counts.available += number(&set, "availableReplicas");
            counts.updated += if set_key == current { number(&set, "replicas") } else { 0 };
        }
        let failed =
            self.store.value(&current).and_then(|set| condition(&set["status"], "ReplicaFailure").cloned());
        let (now, seconds) = (self.now(), self.time().as_second());
        self.write_status(known("deployments"), key, "kube-controller-manager", |status| {
            tell(status, deployment, &counts);
            progress(status, deployment, &counts, &current.name, &now, seconds);
            match failed {
                Some(failed) => {
                    let message = failed["message"].as_str().unwrap_or_default();
                    set_condition(status, &now, &TIMES, ["ReplicaFailure", "True", "FailedCreate", message]);
                }
                None => drop_condition(status, "ReplicaFailure"),
            }
        });
    }

    fn make_set(&mut self, deployment: &Value, hash: &str, name: &str, revision: usize) {
        let kind = known("deployments");
        let namespace = deployment["metadata"]["namespace"].as_str().unwrap_or_default();
        let mut template = deployment["spec"]["template"].clone();
        template["metadata"]["labels"][HASH] = json!(hash);
        let mut selector = deployment["spec"]["selector"].clone();
        selector["matchLabels"][HASH] = json!(hash);
        let set = json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": name, "labels": template["metadata"]["labels"],
                "annotations": { "deployment.kubernetes.io/revision": revision.to_string() },
                "ownerReferences": owner_reference(kind, deployment),
            },
            "spec": { "replicas": 0, "selector": selector, "template": template },
        });
        let by = Writer::controller("deployment-controller", None);
        // Refused by a quota or a namespace that is going: it is tried again with the next change.
        let _ = self.create(&by, known("replicasets"), namespace, set, false);
    }

    fn scale(&mut self, deployment: &Value, set: &Key, replicas: i64) {
        let before = self.store.value(set).and_then(|set| set["spec"]["replicas"].as_i64());
        let Some(before) = before.filter(|before| *before != replicas) else { return };
        let by = Writer::controller("deployment-controller", None);
        self.write(known("replicasets"), set, &by, |set| set["spec"]["replicas"] = json!(replicas));
        let way = if replicas > before { "up" } else { "down" };
        let told = format!("Scaled {way} replica set {} from {before} to {replicas}", set.name);
        let told = ["Normal", "ScalingReplicaSet", &told];
        self.tell(known("deployments"), deployment, "deployment-controller", told);
    }
}

fn template_hash(deployment: &Value) -> String {
    let mut hasher = DefaultHasher::new();
    deployment["spec"]["template"].to_string().hash(&mut hasher);
    format!("{:010x}", hasher.finish() & 0xff_ffff_ffff)
}

fn tell(status: &mut Value, deployment: &Value, counts: &Counts) {
    status["observedGeneration"] = deployment["metadata"]["generation"].clone();
    let numbers = [
        ("replicas", counts.all),
        ("updatedReplicas", counts.updated),
        ("readyReplicas", counts.ready),
        ("availableReplicas", counts.available),
        ("unavailableReplicas", (counts.desired - counts.available).max(0)),
    ];
    for (name, number) in numbers {
        if number > 0 {
            status[name] = json!(number);
        } else if let Some(status) = status.as_object_mut() {
            // Zero is left out.
            status.remove(name);
        }
    }
}

fn progress(status: &mut Value, deployment: &Value, counts: &Counts, set: &str, now: &str, seconds: i64) {
    let spare = if deployment["spec"]["strategy"]["type"] == "Recreate" { 0 } else { counts.desired / 4 };
    let available = if counts.available >= counts.desired - spare {
        ["Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."]
    } else {
        ["Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."]
    };
    set_condition(status, now, &TIMES, available);

    let old = condition(status, "Progressing")
        .filter(|old| old["message"].as_str().is_some_and(|message| message.contains(&format!("\"{set}\""))));
    let complete = [counts.all, counts.updated, counts.available] == [counts.desired; 3];
    let is = |reason: &str| old.is_some_and(|old| old["reason"] == reason);
    if is("NewReplicaSetAvailable") || (is("ProgressDeadlineExceeded") && !complete) {
        return;
    }
    let since = old.and_then(|old| old["lastUpdateTime"].as_str()?.parse::<jiff::Timestamp>().ok());
    let deadline = deployment["spec"]["progressDeadlineSeconds"].as_i64().unwrap_or(600);
    let late = since.is_some_and(|since| seconds - since.as_second() >= deadline);
    let (state, reason, end) = match (complete, late) {
        (true, _) => ("True", "NewReplicaSetAvailable", "has successfully progressed."),
        (false, true) => ("False", "ProgressDeadlineExceeded", "has timed out progressing."),
        (false, false) => ("True", "ReplicaSetUpdated", "is progressing."),
    };
    let message = format!("ReplicaSet \"{set}\" {end}");
    set_condition(status, now, &TIMES, ["Progressing", state, reason, &message]);
}
