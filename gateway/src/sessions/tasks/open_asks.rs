//! What people see of asks: one card an ask, as the deciding session last showed it.

use dashmap::DashMap;
use gateway_domain::Ask;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Settled cards that can still be looked up; a person who answers late hears who was first.
const KEPT_SETTLED: usize = 2_000;

#[derive(Default)]
pub struct OpenAsks {
    all: DashMap<String, AskEntry>,
    settled: Mutex<VecDeque<String>>,
}

/// Nobody has anything left to do with it.
fn is_over(ask: &Ask) -> bool {
    !ask.is_unsettled() && !ask.awaits_review()
}

/// An ask, and the session that decides it: not the one that asks when that is a sub-agent's.
struct AskEntry {
    session: String,
    ask: Ask,
}

impl OpenAsks {
    /// Whether the ask is a new one.
    pub(super) fn show(&self, session: &str, ask: Ask) -> bool {
        let (id, settled) = (ask.id.clone(), is_over(&ask));
        let before = self.all.insert(id.clone(), AskEntry { session: session.to_owned(), ask });
        if settled {
            self.forget_oldest(id);
        }
        before.is_none()
    }

    /// Cards that wait for something, in the order in which they were asked.
    pub fn unsettled(&self) -> Vec<Ask> {
        let waiting = self.all.iter().filter(|entry| entry.ask.is_unsettled());
        let mut all: Vec<_> = waiting.map(|entry| entry.ask.clone()).collect();
        all.sort_by(|a, b| (a.asked_at, &a.id).cmp(&(b.asked_at, &b.id)));
        all
    }

    /// What there is of that in all of them.
    pub fn all_that<T>(&self, pick: impl Fn(&Ask) -> Option<T>) -> Vec<T> {
        self.all.iter().filter_map(|entry| pick(&entry.ask)).collect()
    }

    pub fn get(&self, id: &str) -> Option<Ask> {
        self.all.get(id).map(|entry| entry.ask.clone())
    }

    /// The session that decides the ask.
    pub fn session_of(&self, id: &str) -> Option<String> {
        self.all.get(id).map(|entry| entry.session.clone())
    }

    fn forget_oldest(&self, id: String) {
        let mut settled = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        if settled.contains(&id) {
            return;
        }
        settled.push_back(id);
        if settled.len() > KEPT_SETTLED
            && let Some(oldest) = settled.pop_front()
        {
            drop(settled);
            self.all.remove_if(&oldest, |_, entry| is_over(&entry.ask));
        }
    }
}
