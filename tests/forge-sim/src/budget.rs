//! The primary rate limit: so many requests an hour for each installation, app and person.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

pub(crate) const LIMIT: u64 = 5000;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

#[derive(Default)]
pub(crate) struct Budgets(BTreeMap<(String, &'static str), Budget>);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) used: u64,
    pub(crate) resets: Timestamp,
}

impl Budget {
    pub(crate) fn remaining(&self) -> u64 {
        LIMIT.saturating_sub(self.used)
    }
}

impl Budgets {
    /// `resource` is `core` or `graphql`.
    pub(crate) fn of(&mut self, who: &str, resource: &'static str, now: Timestamp) -> &mut Budget {
        let fresh = Budget { used: 0, resets: now.saturating_add(WINDOW).unwrap_or(now) };
        let budget = self.0.entry((who.to_owned(), resource)).or_insert(fresh);
        if budget.resets <= now {
            *budget = fresh;
        }
        budget
    }
}
