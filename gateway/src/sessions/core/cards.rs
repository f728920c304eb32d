//! What people see of asks: one card an ask, as the deciding session last showed it.

use dashmap::DashMap;
use gateway_domain::Ask;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Settled cards that can still be looked up; a person who answers late hears who was first.
const KEPT_SETTLED: usize = 2_000;

#[derive(Default)]
pub struct Cards {
    all: DashMap<String, Ask>,
    settled: Mutex<VecDeque<String>>,
}

impl Cards {
    pub(super) fn show(&self, ask: Ask) {
        let (id, settled) = (ask.id.clone(), !ask.is_unsettled());
        self.all.insert(id.clone(), ask);
        if settled {
            self.forget_oldest(id);
        }
    }

    /// Cards that wait for something, in the order in which they were asked.
    pub fn unsettled(&self) -> Vec<Ask> {
        let mut all: Vec<_> =
            self.all.iter().filter(|ask| ask.is_unsettled()).map(|ask| ask.clone()).collect();
        all.sort_by(|a, b| (a.asked_at, &a.id).cmp(&(b.asked_at, &b.id)));
        all
    }

    pub fn get(&self, id: &str) -> Option<Ask> {
        self.all.get(id).map(|ask| ask.clone())
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
            self.all.remove_if(&oldest, |_, ask| !ask.is_unsettled());
        }
    }
}
