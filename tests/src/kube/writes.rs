//! How objects come and change: checks in the server's order, versions, owners of fields.

use super::failure::Failure;
use super::kinds::Kind;
use super::managers::{self, Ownership};
use super::store::{Key, Stored};
use super::world::{World, Writer};
use super::{admission, defaults, validation};
use serde_json::{Value, json};

impl World {
    pub(super) fn create(
        &mut self,
        by: &Writer,
        kind: &'static Kind,
        namespace: &str,
        object: Value,
        dry: bool,
    ) -> Result<Value, Failure> {
        let mut value = self.fresh(kind, namespace, object)?;
        kind.check(&value, false)?;
        let key = Key::of(kind, &value);
        admission::lifecycle(self, kind, &key)?;
        if self.store.get(&key).is_some() {
            return Err(Failure::exists(kind, &key.name));
        }
        defaults::fill(self, kind, &mut value)?;
        let mut owners = vec![];
        managers::written(&mut owners, &json!({}), &value, &by.manager, &self.now());
        self.bring(by, kind, &key, value, owners, dry)
    }

    /// The end of every creation.
    fn bring(
        &mut self,
        by: &Writer,
        kind: &'static Kind,
        key: &Key,
        value: Value,
        owners: Vec<Ownership>,
        dry: bool,
    ) -> Result<Value, Failure> {
        validation::check(kind, &value, None)?;
        admission::admit(self, by, kind, key, admission::Operation::Create(&value))?;
        if dry {
            return Ok(value);
        }
        let value = self.store.put(kind, key, value, owners);
        self.settle();
        Ok(value)
    }

    /// What was sent, as a new object.
    fn fresh(&mut self, kind: &Kind, namespace: &str, mut object: Value) -> Result<Value, Failure> {
        if object["kind"] != kind.kind || object["apiVersion"] != kind.version().as_str() {
            let message = format!(
                "the object provided is unrecognized (must be of type {}): {}",
                kind.kind, object["kind"]
            );
            return Err(Failure::new(400, "BadRequest", message));
        }
        if let Some(map) = object.as_object_mut() {
            map.remove("status");
        }
        let meta = &mut object["metadata"];
        if kind.namespaced {
            if meta["namespace"].as_str().is_some_and(|given| given != namespace) {
                let message =
                    "the namespace of the provided object does not match the namespace sent on the request";
                return Err(Failure::new(400, "BadRequest", message));
            }
            meta["namespace"] = json!(namespace);
        }
        if let (None, Some(start)) = (meta["name"].as_str(), meta["generateName"].as_str()) {
            meta["name"] = json!(format!("{start}{}", self.store.new_suffix()));
        }
        meta["uid"] = json!(self.store.new_uid());
        meta["creationTimestamp"] = json!(self.now());
        if kind.counted {
            meta["generation"] = json!(1);
        }
        if let Some(meta) = meta.as_object_mut() {
            for name in ["resourceVersion", "managedFields", "deletionTimestamp"] {
                meta.remove(name);
            }
            meta.retain(|_, value| !value.is_null());
        }
        Ok(object)
    }

    /// PUT, and what a patch made of an object.
    pub(super) fn replace(
        &mut self,
        by: &Writer,
        kind: &'static Kind,
        key: &Key,
        object: Value,
        dry: bool,
    ) -> Result<Value, Failure> {
        let live = self.store.get(key).cloned().ok_or_else(|| Failure::not_found(kind, &key.name))?;
        let given = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !given.is_empty() && live.value["metadata"]["resourceVersion"] != given {
            return Err(Failure::modified(kind, &key.name));
        }
        kind.check(&object, false)?;
        let after = kept(&live.value, object, by.manager.subresource);
        let mut owners = live.owners.clone();
        managers::written(&mut owners, &live.value, &after, &by.manager, &self.now());
        self.change(by, kind, key, &live, after, owners, dry)
    }

    pub(super) fn apply(
        &mut self,
        by: &Writer,
        kind: &'static Kind,
        key: &Key,
        mut object: Value,
        force: bool,
        dry: bool,
    ) -> Result<(Value, bool), Failure> {
        kind.check(&object, true)?;
        if by.manager.subresource.is_none()
            && let Some(map) = object.as_object_mut()
        {
            map.remove("status");
        }
        let now = self.now();
        let Some(live) = self.store.get(key).cloned() else {
            admission::lifecycle(self, kind, key)?;
            let mut owners = vec![];
            let start = json!({ "apiVersion": kind.version(), "kind": kind.kind });
            managers::applied(&mut owners, &start, &object, &by.manager, force, &now)?;
            let mut value = self.fresh(kind, &key.namespace, object)?;
            defaults::fill(self, kind, &mut value)?;
            return Ok((self.bring(by, kind, key, value, owners, dry)?, true));
        };
        let given = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
        let meta = &live.value["metadata"];
        if !given("uid").is_empty() && meta["uid"] != given("uid") {
            let why = format!(
                "Precondition failed: UID in precondition: {}, UID in object meta: {}",
                given("uid"),
                meta["uid"]
            );
            return Err(Failure::conflict(kind, &key.name, &why.replace('"', "")));
        }
        if !given("resourceVersion").is_empty() && meta["resourceVersion"] != given("resourceVersion") {
            return Err(Failure::modified(kind, &key.name));
        }
        let mut owners = live.owners.clone();
        let after = managers::applied(&mut owners, &live.value, &object, &by.manager, force, &now)?;
        let after = kept(&live.value, after, by.manager.subresource);
        Ok((self.change(by, kind, key, &live, after, owners, dry)?, false))
    }

    /// The end of every change.
    #[allow(clippy::too_many_arguments, reason = "all of it is what a change is")]
    fn change(
        &mut self,
        by: &Writer,
        kind: &'static Kind,
        key: &Key,
        live: &Stored,
        mut after: Value,
        owners: Vec<Ownership>,
        dry: bool,
    ) -> Result<Value, Failure> {
        defaults::fill(self, kind, &mut after)?;
        if kind.counted && by.manager.subresource.is_none() && after["spec"] != live.value["spec"] {
            let generation = after["metadata"]["generation"].as_i64().unwrap_or_default();
            after["metadata"]["generation"] = json!(generation + 1);
        }
        validation::check(kind, &after, Some(&live.value))?;
        let operation = admission::Operation::Update { old: &live.value, new: &after };
        admission::admit(self, by, kind, key, operation)?;
        let same = after == live.value && owners.len() == live.owners.len() && same_owners(&owners, live);
        if same || dry {
            return Ok(after);
        }
        let value = self.store.put(kind, key, after, owners);
        self.end_if_free(key);
        self.settle();
        Ok(value)
    }
}

fn same_owners(owners: &[Ownership], live: &Stored) -> bool {
    owners.iter().zip(&live.owners).all(|(a, b)| a.manager == b.manager && a.fields == b.fields)
}

/// What a write may not change stays: identity, and the other half of an object that has a status.
fn kept(live: &Value, mut after: Value, subresource: Option<&str>) -> Value {
    if subresource.is_some() {
        let status = after["status"].take();
        after = live.clone();
        after["status"] = status;
        return after;
    }
    let fixed =
        ["name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion", "managedFields"];
    let deleting = ["deletionTimestamp", "deletionGracePeriodSeconds"];
    for name in fixed.into_iter().chain(deleting) {
        match live["metadata"].get(name) {
            Some(value) => after["metadata"][name] = value.clone(),
            None => drop(after["metadata"].as_object_mut().and_then(|meta| meta.remove(name))),
        }
    }
    match live.get("status") {
        Some(status) => after["status"] = status.clone(),
        None => drop(after.as_object_mut().and_then(|map| map.remove("status"))),
    }
    after["apiVersion"] = live["apiVersion"].clone();
    after["kind"] = live["kind"].clone();
    after
}
