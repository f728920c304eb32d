//! Finds pods by name and by the session they own.

use super::MAX_PODS;
use super::pod::Pod;
use crate::sessions::ports::Inbound;
use dashmap::{DashMap, Entry};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::sync::mpsc;

/// The pods of the hub and which session lives where.
#[derive(Default)]
pub struct Registry {
    pods: DashMap<Arc<str>, Arc<Pod>>,
    owners: DashMap<String, Arc<str>>,
    /// Counts the times that a pod came.
    came: AtomicU64,
}

/// A pod, and its queue when it was met for the first time.
pub(super) struct PodEntry {
    pub(super) pod: Arc<Pod>,
    pub(super) new_queue: Option<mpsc::Receiver<Inbound>>,
}

impl Registry {
    /// The pod of that name, made when it is new. Of names that nobody needs any more the oldest is forgotten for it;
    /// `None` when all are needed.
    pub(super) fn find_or_make(&self, name: &str) -> Option<PodEntry> {
        let known = self.pods.contains_key(name);
        if !known && self.pods.len() >= MAX_PODS && !self.forget_oldest() {
            return None;
        }
        let now = self.came.fetch_add(1, Relaxed);
        let found = match self.pods.entry(name.into()) {
            Entry::Occupied(entry) => PodEntry { pod: Arc::clone(entry.get()), new_queue: None },
            Entry::Vacant(entry) => {
                let (pod, queue) = Pod::new(name);
                entry.insert(Arc::clone(&pod));
                PodEntry { pod, new_queue: Some(queue) }
            }
        };
        found.pod.came.store(now, Relaxed);
        Some(found)
    }

    /// A pod without a link, without sessions, and without anything that is done with it. Says whether there was one.
    fn forget_oldest(&self) -> bool {
        let homes: HashSet<Arc<str>> = self.owners.iter().map(|owner| Arc::clone(&owner)).collect();
        let idle = |pod: &Arc<Pod>| {
            // Whoever holds it is about to connect it, or waits for its reply.
            Arc::strong_count(pod) == 1 && pod.link().is_none() && pod.pending.len() == 0
        };
        let mut names: Vec<(u64, Arc<str>)> = self
            .pods
            .iter()
            .filter(|pod| idle(pod.value()) && !homes.contains(pod.name()))
            .map(|pod| (pod.came.load(Relaxed), Arc::clone(pod.name())))
            .collect();
        names.sort();
        names.iter().any(|(_, name)| self.pods.remove_if(name, |_, pod| idle(pod)).is_some())
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
    fn names_that_nobody_needs_are_forgotten() {
        // REQ-HARD-04: after 2,000 names every new one was refused for ever.
        let registry = Registry::default();
        for n in 0..MAX_PODS {
            registry.find_or_make(&format!("pod-{n}")).unwrap();
        }
        registry.own("ses_1", &"pod-0".into());
        let held = registry.find("pod-1");
        registry.find_or_make("pod-2").unwrap();
        for n in 0..10 {
            assert!(registry.find_or_make(&format!("new-{n}")).is_some());
        }
        assert_eq!(registry.all().len(), MAX_PODS);
        let known = |name: &str| registry.find(name).is_some();
        assert!(known("pod-0") && known("pod-1") && known("pod-2"), "in use, held, or seen lately");
        assert!(!known("pod-3") && !known("pod-12") && known("pod-13"), "the oldest first");
        drop(held);
    }

    #[test]
    fn names_that_are_all_needed_leave_no_room() {
        // REQ-HARD-04
        let registry = Registry::default();
        for n in 0..MAX_PODS {
            registry.own(
                &format!("ses_{n}"),
                &Arc::clone(registry.find_or_make(&format!("pod-{n}")).unwrap().pod.name()),
            );
        }
        assert!(registry.find_or_make("new").is_none() && registry.find_or_make("pod-7").is_some());
    }

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
