//! Ends what lost all its owners.

use super::{is_going, owner_uids};
use crate::kube::deletion::Deletion;
use crate::kube::kinds::{KINDS, Kind};
use crate::kube::store::Key;
use crate::kube::world::{World, Writer};
use serde_json::Value;
use std::collections::BTreeSet;

impl World {
    fn everything(&self) -> Vec<(&'static Kind, Key, Value)> {
        let of_kind = |kind: &'static Kind| {
            self.store.all(kind, None).into_iter().map(move |(key, object)| (kind, key, object))
        };
        KINDS.iter().flat_map(of_kind).collect()
    }

    pub(super) fn collect_garbage(&mut self) {
        let all = self.everything();
        let uid = |object: &Value| object["metadata"]["uid"].as_str().unwrap_or_default().to_owned();
        let there: BTreeSet<_> = all.iter().map(|(_, _, object)| uid(object)).collect();
        let by = Writer::controller("generic-garbage-collector", None);
        for (kind, key, object) in all {
            let lost = owner_uids(&object).count() > 0 && owner_uids(&object).all(|uid| !there.contains(uid));
            if lost && !is_going(&object) {
                // Somebody else may have ended it already.
                let _ = self.delete(&by, kind, &key, &Deletion::default());
            }
        }
    }

    /// Makes what an object owns nobody's.
    pub(in crate::kube) fn orphan(&mut self, uid: &str) {
        let by = Writer::controller("generic-garbage-collector", None);
        for (kind, key, _) in self.everything() {
            self.write(kind, &key, &by, |object| {
                if let Some(owners) =
                    object["metadata"].get_mut("ownerReferences").and_then(Value::as_array_mut)
                {
                    owners.retain(|owner| owner["uid"] != uid);
                }
            });
        }
    }
}
