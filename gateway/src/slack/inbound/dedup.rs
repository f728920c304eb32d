//! Events that were taken lately, so that Slack's repeated deliveries are taken once.
//!
//! In memory only: over a restart it is filled from the actions that are left, and whatever is older has its key in
//! the session's record (starts, messages) or has its ask answered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// Events that are remembered. Slack repeats for some minutes; so many are not done in that time.
const REMEMBERED: usize = 20_000;

/// How long a delivery waits for what becomes of another one of the same.
const OTHER: Duration = Duration::from_millis(2500);

#[derive(Default)]
pub(super) struct Dedup {
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Default)]
struct State {
    /// False while it is not on disk yet.
    known: HashMap<String, bool>,
    order: VecDeque<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DedupState {
    New,
    /// Another delivery of it is being put on disk: this one is acknowledged when that one is.
    UnderWay,
    Taken,
}

impl Dedup {
    /// Looks, and holds the place when it is new. Without a key everything is new.
    pub(super) fn look(&self, key: &str) -> DedupState {
        if key.is_empty() {
            return DedupState::New;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.known.get(key) {
            Some(true) => DedupState::Taken,
            Some(false) => DedupState::UnderWay,
            None => {
                state.known.insert(key.to_owned(), false);
                state.order.push_back(key.to_owned());
                if state.order.len() > REMEMBERED
                    && let Some(oldest) = state.order.pop_front()
                {
                    state.known.remove(&oldest);
                }
                DedupState::New
            }
        }
    }

    pub(super) fn taken(&self, key: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = state.known.get_mut(key) {
            *taken = true;
        }
        self.settled.notify_waiters();
    }

    /// Returns when it is not under way any more. False if that takes too long.
    pub(super) async fn settled(&self, key: &str) -> bool {
        let waiting = async {
            loop {
                let settled = self.settled.notified();
                tokio::pin!(settled);
                settled.as_mut().enable();
                if !self.is_under_way(key) {
                    return;
                }
                settled.await;
            }
        };
        tokio::time::timeout(OTHER, waiting).await.is_ok()
    }

    fn is_under_way(&self, key: &str) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.known.get(key) == Some(&false)
    }

    /// It was not taken after all; the next delivery is as new.
    pub(super) fn forget(&self, key: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.known.remove(key);
        state.order.retain(|known| known != key);
        self.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_delivery_is_recognised_and_a_failed_one_is_as_new() {
        // REQ-START-07
        let dedup = Dedup::default();
        assert_eq!(dedup.look("a"), DedupState::New);
        assert_eq!(dedup.look("a"), DedupState::UnderWay);
        dedup.taken("a");
        assert_eq!(dedup.look("a"), DedupState::Taken);
        assert_eq!(dedup.look("b"), DedupState::New);
        dedup.forget("b");
        assert_eq!(dedup.look("b"), DedupState::New);
        assert_eq!((dedup.look(""), dedup.look("")), (DedupState::New, DedupState::New));
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let dedup = Dedup::default();
        for n in 0..REMEMBERED + 10 {
            dedup.look(&n.to_string());
        }
        assert_eq!(dedup.look("0"), DedupState::New);
        assert_eq!(dedup.look(&REMEMBERED.to_string()), DedupState::UnderWay);
        assert_eq!(dedup.state.lock().unwrap().known.len(), REMEMBERED);
    }
}
