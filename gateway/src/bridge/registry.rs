//! Finds pods by name and by the session they own.

use super::MAX_PODS;
use super::pod::Pod;
use crate::sessions::ports::Inbound;
use dashmap::{DashMap, Entry};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The pods of the hub and which session lives where.
#[derive(Default)]
pub struct Registry {
    pods: DashMap<Arc<str>, Arc<Pod>>,
    owners: DashMap<String, Arc<str>>,
}

/// A pod, and its queue when it was met for the first time.
pub(super) struct Found {
    pub(super) pod: Arc<Pod>,
    pub(super) new_queue: Option<mpsc::Receiver<Inbound>>,
}

impl Registry {
    /// The pod of that name, made when it is new. `None` when there are too many.
    pub(super) fn find_or_make(&self, name: &str) -> Option<Found> {
        let room = self.pods.len() < MAX_PODS;
        match self.pods.entry(name.into()) {
            Entry::Occupied(entry) => Some(Found { pod: Arc::clone(entry.get()), new_queue: None }),
            Entry::Vacant(_) if !room => None,
            Entry::Vacant(entry) => {
                let (pod, queue) = Pod::new(name);
                entry.insert(Arc::clone(&pod));
                Some(Found { pod, new_queue: Some(queue) })
            }
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Pod>> {
        self.pods.get(name).map(|pod| Arc::clone(&pod))
    }

    /// All pods, by name.
    pub(super) fn all(&self) -> Vec<Arc<Pod>> {
        let mut pods: Vec<_> = self.pods.iter().map(|pod| Arc::clone(&pod)).collect();
        pods.sort_by(|a, b| a.name().cmp(b.name()));
        pods
    }

    /// Notes that a session lives in a pod. A session has one pod; the latest word counts.
    pub(super) fn own(&self, session: &str, pod: &Arc<str>) {
        // The look-up's guard is gone before the map is written to: under it the write would wait for itself.
        let same = self.owners.get(session).is_some_and(|owner| *owner == *pod);
        if !same {
            self.owners.insert(session.to_owned(), Arc::clone(pod));
        }
    }

    pub(super) fn disown(&self, session: &str) {
        self.owners.remove(session);
    }

    pub(super) fn owner(&self, session: &str) -> Option<Arc<str>> {
        self.owners.get(session).map(|pod| Arc::clone(&pod))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;
    use std::time::Duration;

    #[test]
    fn a_session_moves_to_a_pod_of_another_name() {
        // REQ-HARD-01, C1: the registry waited for itself, and each attempt took a worker for ever.
        let (done, waiting) = sync_channel(1);
        std::thread::spawn(move || {
            let registry = Registry::default();
            for pod in ["pod-a", "pod-b", "pod-b", "pod-a"] {
                registry.own("ses_1", &pod.into());
                assert_eq!(registry.owner("ses_1").as_deref(), Some(pod));
            }
            done.send(()).unwrap();
        });
        assert_eq!(waiting.recv_timeout(Duration::from_secs(20)), Ok(()), "it hangs, or failed above");
    }
}
