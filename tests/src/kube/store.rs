//! Objects with their versions, and what changed, for those who watch.

use super::kinds::Kind;
use super::managers::{Ownership, entries};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::watch;

/// Where an object is. Things of the cluster have an empty namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub resource: &'static str,
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub(super) fn new(kind: &'static Kind, namespace: &str, name: &str) -> Self {
        let namespace = if kind.namespaced { namespace.to_owned() } else { String::new() };
        Self { resource: kind.resource, namespace, name: name.to_owned() }
    }

    /// Of an object that has its kind, namespace and name.
    pub(super) fn of(kind: &'static Kind, object: &Value) -> Self {
        let meta = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
        Self::new(kind, meta("namespace"), meta("name"))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub value: Value,
    pub owners: Vec<Ownership>,
}

#[derive(Clone, Debug)]
pub(super) struct Change {
    pub version: u64,
    pub key: Key,
    pub before: Option<Value>,
    /// None: it is gone.
    pub after: Option<Value>,
}

/// So many changes are remembered: whoever comes from further back is told that it is too late.
const REMEMBERED: usize = 5_000;

pub(super) struct Store {
    objects: BTreeMap<Key, Stored>,
    pub version: u64,
    uids: u64,
    changes: VecDeque<Change>,
    /// Changes after this version are remembered.
    pub oldest: u64,
    told: watch::Sender<u64>,
}

impl Store {
    pub(super) fn new() -> Self {
        let told = watch::Sender::new(0);
        Self { objects: BTreeMap::new(), version: 1, uids: 0, changes: VecDeque::new(), oldest: 1, told }
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Stored> {
        self.objects.get(key)
    }

    pub(super) fn value(&self, key: &Key) -> Option<&Value> {
        self.get(key).map(|stored| &stored.value)
    }

    /// In the order of namespaces and names; in all namespaces, unless one is given.
    pub(super) fn all(&self, kind: &Kind, namespace: Option<&str>) -> Vec<(Key, Value)> {
        let of = |key: &Key| {
            key.resource == kind.resource && namespace.is_none_or(|namespace| key.namespace == namespace)
        };
        let found = self.objects.iter().filter(|(key, _)| of(key));
        found.map(|(key, stored)| (key.clone(), stored.value.clone())).collect()
    }

    /// All that is in a namespace, of any kind.
    pub(super) fn within(&self, namespace: &str) -> Vec<(Key, Value)> {
        let found = self.objects.iter().filter(|(key, _)| key.namespace == namespace);
        found.map(|(key, stored)| (key.clone(), stored.value.clone())).collect()
    }

    pub(super) fn put(&mut self, kind: &Kind, key: &Key, mut value: Value, owners: Vec<Ownership>) -> Value {
        self.version += 1;
        value["metadata"]["resourceVersion"] = json!(self.version.to_string());
        value["metadata"]["managedFields"] = entries(&owners, &kind.version());
        let stored = Stored { value: value.clone(), owners };
        let before = self.objects.insert(key.clone(), stored).map(|stored| stored.value);
        self.remember(key, before, Some(value.clone()));
        value
    }

    pub(super) fn remove(&mut self, key: &Key) {
        if let Some(stored) = self.objects.remove(key) {
            self.version += 1;
            self.remember(key, Some(stored.value), None);
        }
    }

    fn remember(&mut self, key: &Key, before: Option<Value>, after: Option<Value>) {
        self.changes.push_back(Change { version: self.version, key: key.clone(), before, after });
        if self.changes.len() > REMEMBERED
            && let Some(first) = self.changes.pop_front()
        {
            self.oldest = first.version;
        }
        self.told.send_replace(self.version);
    }

    /// Forgets all changes, as a real server does of those that are some minutes old.
    pub(super) fn forget(&mut self) {
        self.changes.clear();
        self.oldest = self.version;
        self.told.send_replace(self.version);
    }

    /// What changed after a version; None when that is too long ago.
    pub(super) fn since(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        let known = version >= self.oldest;
        known.then(|| self.changes.iter().filter(move |change| change.version > version))
    }

    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// Wakes those who watch although nothing changed.
    pub(super) fn wake(&self) {
        self.told.send_replace(self.version);
    }

    pub(super) fn new_uid(&mut self) -> String {
        self.uids += 1;
        format!("7d1c3f2e-0000-4000-8000-{:012x}", self.uids)
    }

    pub(super) fn new_suffix(&mut self) -> String {
        self.uids += 1;
        suffix(self.uids)
    }
}

/// Five letters as generated names have them.
pub(super) fn suffix(seed: u64) -> String {
    let mut number = seed.wrapping_mul(2_654_435_761).wrapping_add(97_813_417);
    let letters = b"bcdfghjklmnpqrstvwxz2456789";
    let draw = |_| {
        let letter = letters[usize::try_from(number % 27).unwrap_or_default()];
        number /= 27;
        char::from(letter)
    };
    (0..5).map(draw).collect()
}
