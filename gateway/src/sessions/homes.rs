//! Which pod each session lives in, by what that pod has shown for its name. Nobody else speaks for the session, and
//! nobody else is told what was decided in it.

use dashmap::{DashMap, Entry};
use gateway_domain::PodIdentity;
use std::sync::Arc;

#[derive(Default)]
pub struct Homes(DashMap<String, Arc<PodIdentity>>);

impl Homes {
    pub fn of(&self, session: &str) -> Option<Arc<PodIdentity>> {
        self.0.get(session).map(|home| Arc::clone(&home))
    }

    /// Whether another pod than this one has the session.
    pub fn is_elsewhere(&self, session: &str, pod: &PodIdentity) -> Option<Arc<PodIdentity>> {
        self.of(session).filter(|home| **home != *pod)
    }

    /// A session that nobody has lives in this pod. Says whether it does now.
    pub fn claim(&self, session: &str, pod: &Arc<PodIdentity>) -> bool {
        // Most words are about sessions that are known.
        if let Some(home) = self.0.get(session) {
            return Arc::ptr_eq(&home, pod) || **home == **pod;
        }
        match self.0.entry(session.to_owned()) {
            Entry::Occupied(entry) => **entry.get() == **pod,
            Entry::Vacant(entry) => {
                entry.insert(Arc::clone(pod));
                true
            }
        }
    }

    /// Only from the pod that whoever decided it saw; meanwhile the session may have gone elsewhere.
    pub fn hand_over(&self, session: &str, from: &PodIdentity, to: &Arc<PodIdentity>) -> bool {
        let Some(mut home) = self.0.get_mut(session).filter(|home| ***home == *from) else { return false };
        *home = Arc::clone(to);
        true
    }

    /// A pod that follows another one under the same name has its sessions.
    pub fn inherit(&self, from: &PodIdentity, to: &Arc<PodIdentity>) {
        for mut home in self.0.iter_mut().filter(|home| ***home == *from) {
            *home = Arc::clone(to);
        }
    }

    pub fn forget(&self, session: &str) {
        self.0.remove(session);
    }

    /// The pods that have sessions under this name.
    pub fn named(&self, name: &str) -> Vec<Arc<PodIdentity>> {
        let mut all: Vec<Arc<PodIdentity>> = vec![];
        for home in self.0.iter().filter(|home| home.name == name) {
            if !all.contains(home.value()) {
                all.push(Arc::clone(home.value()));
            }
        }
        all
    }

    /// The names of pods that have sessions.
    pub fn names(&self) -> std::collections::HashSet<String> {
        self.0.iter().map(|home| home.name.clone()).collect()
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
    fn whoever_tells_first_of_a_session_has_it_and_nobody_takes_it() {
        // REQ-WHO-04, H7
        let (homes, a, b) = (Homes::default(), pod("pod-a"), pod("pod-b"));
        assert!(homes.claim("ses_1", &a) && homes.claim("ses_1", &a) && !homes.claim("ses_1", &b));
        assert_eq!(homes.is_elsewhere("ses_1", &b), Some(Arc::clone(&a)));
        assert!(homes.is_elsewhere("ses_1", &a).is_none() && homes.is_elsewhere("ses_2", &b).is_none());
        assert!(!homes.hand_over("ses_1", &b, &b), "it is not where the giver thought it was");
        assert!(homes.hand_over("ses_1", &a, &b) && homes.claim("ses_1", &b));
        homes.claim("ses_2", &a);
        homes.inherit(&b, &a);
        assert_eq!(homes.named("pod-a"), [a]);
        assert!(homes.named("pod-b").is_empty());
    }

    #[test]
    fn a_session_goes_from_pod_to_pod_and_nobody_waits_for_oneself() {
        // REQ-HARD-01, C1: the book waited for itself, and each attempt took a worker for ever.
        let (done, waiting) = std::sync::mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let (homes, a, b) = (Homes::default(), pod("pod-a"), pod("pod-b"));
            homes.claim("ses_1", &a);
            for (from, to) in [(&a, &b), (&b, &b), (&b, &a)] {
                assert!(homes.hand_over("ses_1", from, to) && homes.claim("ses_1", to));
            }
            homes.inherit(&a, &b);
            done.send(homes.of("ses_1")).unwrap();
        });
        let home = waiting.recv_timeout(std::time::Duration::from_secs(20));
        assert_eq!(home, Ok(Some(pod("pod-b"))), "it hangs, or failed above");
    }
}
