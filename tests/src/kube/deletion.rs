//! How objects go: preconditions, finalizers, and what they own.

use super::admission;
use super::failure::Failure;
use super::kinds::Kind;
use super::store::Key;
use super::world::{World, Writer};
use serde_json::{Value, json};

/// What must hold of an object that is deleted.
#[derive(Clone, Debug, Default)]
pub(super) struct Deletion {
    pub uid: Option<String>,
    pub version: Option<String>,
    pub orphans: bool,
}

impl World {
    /// What is to be deleted is gone when its last finalizer is.
    pub(super) fn end_if_free(&mut self, key: &Key) {
        let free = self.store.value(key).is_some_and(|value| {
            let meta = &value["metadata"];
            let none = |list: &Value| list.as_array().is_none_or(Vec::is_empty);
            let held = key.resource == "namespaces" && !none(&value["spec"]["finalizers"]);
            !meta["deletionTimestamp"].is_null() && none(&meta["finalizers"]) && !held
        });
        if free {
            self.store.remove(key);
        }
    }

    /// The object as it was, or as it waits for its end.
    pub(super) fn delete(
        &mut self,
        by: &Writer,
        kind: &'static Kind,
        key: &Key,
        how: &Deletion,
    ) -> Result<Value, Failure> {
        let live = self.store.get(key).cloned().ok_or_else(|| Failure::not_found(kind, &key.name))?;
        let is = live.value["metadata"]["uid"].as_str().unwrap_or_default();
        if let Some(wanted) = how.uid.as_deref().filter(|wanted| *wanted != is) {
            let why = if kind.resource == "namespaces" {
                format!("Precondition failed: UID in precondition: {wanted}, UID in object meta: {is}")
            } else {
                format!(
                    "the UID in the precondition ({wanted}) does not match the UID in record ({is}). The object might have been deleted and then recreated"
                )
            };
            return Err(Failure::conflict(kind, &key.name, &why));
        }
        if how.version.as_deref().is_some_and(|wanted| live.value["metadata"]["resourceVersion"] != wanted) {
            return Err(Failure::modified(kind, &key.name));
        }
        admission::admit(self, by, kind, key, admission::Operation::Delete(&live.value))?;
        if how.orphans {
            self.orphan(is);
        }
        let mut value = live.value;
        let held = kind.resource == "namespaces" || value["metadata"]["finalizers"][0].is_string();
        if !held {
            self.store.remove(key);
        } else if value["metadata"]["deletionTimestamp"].is_null() {
            value["metadata"]["deletionTimestamp"] = json!(self.now());
            if kind.resource == "namespaces" {
                value["status"]["phase"] = json!("Terminating");
            }
            value = self.store.put(kind, key, value, live.owners);
        }
        self.settle();
        Ok(value)
    }
}
