//! What controllers tell of their work. The same thing is told once; the real ones count how often.

use super::is_going;
use crate::kube::kinds::{Kind, known};
use crate::kube::store::Key;
use crate::kube::world::World;
use serde_json::{Value, json};

impl World {
    /// `told` is type, reason and message.
    pub(super) fn tell(&mut self, kind: &Kind, about: &Value, from: &str, told: [&str; 3]) {
        let [sort, reason, message] = told;
        let meta = &about["metadata"];
        let namespace = meta["namespace"].as_str().unwrap_or("default").to_owned();
        let uid = meta["uid"].clone();
        let events = known("events");
        let known_already = self.store.all(events, Some(&namespace)).iter().any(|(_, event)| {
            event["involvedObject"]["uid"] == uid && event["reason"] == reason && event["message"] == message
        });
        if known_already || self.namespace(&namespace).is_none_or(is_going) {
            return;
        }
        let name = format!("{}.{}", meta["name"].as_str().unwrap_or_default(), self.store.new_suffix());
        let now = self.now();
        let key = Key::new(events, &namespace, &name);
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {
                "name": name, "namespace": namespace, "uid": self.store.new_uid(), "creationTimestamp": now,
            },
            "involvedObject": {
                "apiVersion": kind.version(), "kind": kind.kind, "name": meta["name"],
                "namespace": namespace, "uid": uid, "resourceVersion": meta["resourceVersion"],
            },
            "type": sort, "reason": reason, "message": message, "source": { "component": from },
            "reportingComponent": from, "reportingInstance": "",
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        });
        self.store.put(events, &key, event, vec![]);
    }
}
