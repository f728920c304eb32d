//! ReplicaSets: as many pods as they should have, or the reason why one cannot be made.

use super::{drop_condition, is_going, owner_reference, set_condition};
use crate::kube::deletion::Deletion;
use crate::kube::kinds::known;
use crate::kube::store::{Key, suffix};
use crate::kube::world::{World, Writer};
use serde_json::{Value, json};

impl World {
    pub(super) fn tend_replica_sets(&mut self) {
        for (key, set) in self.store.all(known("replicasets"), None) {
            if !is_going(&set) {
                let failed = self.fit(&set);
                self.tell_replicas(&key, &set, failed);
            }
        }
    }

    /// Why a pod could not be made.
    fn fit(&mut self, set: &Value) -> Option<String> {
        let pods = known("pods");
        let there = self.owned_by(pods, set);
        let wanted = set["spec"]["replicas"].as_u64().unwrap_or_default();
        let wanted = usize::try_from(wanted).unwrap_or_default();
        let by = Writer::controller("replicaset-controller", None);
        for (key, _) in there.iter().skip(wanted) {
            let _ = self.delete(&by, pods, key, &Deletion::default());
        }
        for _ in there.len()..wanted {
            if let Err(failure) = self.make_pod(&by, set) {
                let told = format!("Error creating: {}", failure.message);
                self.tell(
                    known("replicasets"),
                    set,
                    "replicaset-controller",
                    ["Warning", "FailedCreate", &told],
                );
                return Some(failure.message);
            }
        }
        None
    }

    fn make_pod(&mut self, by: &Writer, set: &Value) -> Result<(), crate::kube::failure::Failure> {
        let meta = &set["metadata"];
        let mut pod = set["spec"]["template"].clone();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        let start = meta["name"].as_str().unwrap_or_default();
        // A refused pod's name stands in the refusal: it stays the same until one is made, or nothing would come to rest.
        pod["metadata"]["name"] = json!(format!("{start}-{}", suffix(self.pods_made)));
        pod["metadata"]["generateName"] = json!(format!("{start}-"));
        pod["metadata"]["ownerReferences"] = owner_reference(known("replicasets"), set);
        let namespace = meta["namespace"].as_str().unwrap_or_default();
        let made = self.create(by, known("pods"), namespace, pod, false)?;
        self.pods_made += 1;
        let told = format!("Created pod: {}", made["metadata"]["name"].as_str().unwrap_or_default());
        self.tell(known("replicasets"), set, "replicaset-controller", ["Normal", "SuccessfulCreate", &told]);
        Ok(())
    }

    fn tell_replicas(&mut self, key: &Key, set: &Value, failed: Option<String>) {
        let pods = self.owned_by(known("pods"), set);
        let ready = |pod: &Value| {
            super::condition(&pod["status"], "Ready").is_some_and(|one| one["status"] == "True")
        };
        let ready = pods.iter().filter(|(_, pod)| ready(pod)).count();
        let (all, now) = (pods.len(), self.now());
        self.write_status(known("replicasets"), key, "kube-controller-manager", |status| {
            status["observedGeneration"] = set["metadata"]["generation"].clone();
            status["replicas"] = json!(all);
            let numbers =
                [("fullyLabeledReplicas", all), ("readyReplicas", ready), ("availableReplicas", ready)];
            for (name, number) in numbers {
                if number > 0 {
                    status[name] = json!(number);
                } else if let Some(status) = status.as_object_mut() {
                    status.remove(name);
                }
            }
            match &failed {
                Some(why) => {
                    let wanted = ["ReplicaFailure", "True", "FailedCreate", why.as_str()];
                    set_condition(status, &now, &["lastTransitionTime"], wanted);
                }
                None => drop_condition(status, "ReplicaFailure"),
            }
        });
    }
}
