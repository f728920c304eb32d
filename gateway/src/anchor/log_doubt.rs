//! Whether the log that this gateway has contradicts what is known of it elsewhere: then its whole state may be an old copy.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places that contradict it. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct LogDoubt(Arc<Mutex<BTreeSet<String>>>);

impl LogDoubt {
    pub fn contradicts(&self, place: &str, does: bool) {
        match does {
            true => self.places().insert(place.to_owned()),
            false => self.places().remove(place),
        };
    }

    /// A sentence for operators, while there is a doubt.
    pub fn why(&self) -> Option<String> {
        let places = self.places();
        let named = places.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        (!places.is_empty()).then(|| {
            format!(
                "its own audit log contradicts {named}, so its state may be an old copy that someone put back"
            )
        })
    }

    fn places(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
