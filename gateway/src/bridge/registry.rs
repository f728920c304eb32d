//! Finds pods by name.

use super::MAX_PODS;
use super::pod::Pod;
use crate::sessions::Homes;
use crate::sessions::ports::Inbound;
use dashmap::{DashMap, Entry};
use gateway_domain::PodIdentity;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use tokio::sync::mpsc;

/// The pods of the hub.
#[derive(Default)]
pub struct Registry {
    pods: DashMap<Arc<str>, Arc<Pod>>,
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
    pub(super) fn find_or_make(&self, identity: &Arc<PodIdentity>, homes: &Homes) -> Option<PodEntry> {
        let name = identity.name.as_str();
        let known = self.pods.contains_key(name);
        if !known && self.pods.len() >= MAX_PODS && !self.forget_oldest(homes) {
            return None;
        }
        let now = self.came.fetch_add(1, Relaxed);
        let found = match self.pods.entry(name.into()) {
            Entry::Occupied(entry) => PodEntry { pod: Arc::clone(entry.get()), new_queue: None },
            Entry::Vacant(entry) => {
                let (pod, queue) = Pod::new(identity);
                entry.insert(Arc::clone(&pod));
                PodEntry { pod, new_queue: Some(queue) }
            }
        };
        found.pod.came.store(now, Relaxed);
        Some(found)
    }

    /// A pod without a link, without sessions, and without anything that is done with it. Says whether there was one.
    fn forget_oldest(&self, homes: &Homes) -> bool {
        let homes = homes.names();
        let idle = |pod: &Arc<Pod>| {
            // Whoever holds it is about to connect it, or waits for its reply.
            Arc::strong_count(pod) == 1 && pod.link().is_none() && pod.pending.len() == 0
        };
        let mut names: Vec<(u64, Arc<str>)> = self
            .pods
            .iter()
            .filter(|pod| idle(pod.value()) && !homes.contains(&**pod.name()))
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::PodCredential;

    fn pod(name: &str) -> Arc<PodIdentity> {
        Arc::new(PodIdentity::new(name, PodCredential::Shared))
    }

    #[test]
    fn names_that_nobody_needs_are_forgotten() {
        // REQ-HARD-04: after 2,000 names every new one was refused for ever.
        let (registry, homes) = (Registry::default(), Homes::default());
        let come = |name: &str| registry.find_or_make(&pod(name), &homes);
        for n in 0..MAX_PODS {
            come(&format!("pod-{n}")).unwrap();
        }
        homes.claim("ses_1", &pod("pod-0"));
        let held = registry.find("pod-1");
        come("pod-2").unwrap();
        for n in 0..10 {
            assert!(come(&format!("new-{n}")).is_some());
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
        let (registry, homes) = (Registry::default(), Homes::default());
        let come = |name: &str| registry.find_or_make(&pod(name), &homes);
        for n in 0..MAX_PODS {
            come(&format!("pod-{n}")).unwrap();
            homes.claim(&format!("ses_{n}"), &pod(&format!("pod-{n}")));
        }
        assert!(come("new").is_none() && come("pod-7").is_some());
    }
}
