//! What was read a short while ago and rarely changes.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const MOST: usize = 1000;

pub(crate) struct Memo<T> {
    lasts: SignedDuration,
    entries: Mutex<HashMap<String, (Timestamp, T)>>,
}

impl<T: Clone> Memo<T> {
    pub(crate) fn new(lasts: SignedDuration) -> Self {
        Self { lasts, entries: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &str, now: Timestamp) -> Option<T> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = entries.get(key)?;
        let age = now.duration_since(*at);
        (age >= SignedDuration::ZERO && age < self.lasts).then(|| value.clone())
    }

    pub(crate) fn put(&self, key: &str, value: &T, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.retain(|_, (at, _)| now.duration_since(*at) < self.lasts);
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key.to_owned(), (now, value.clone()));
    }

    pub(crate) fn forget(&self, key: &str) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
