//! Whose approval counts. Never that of whoever asked for the work (D7), of a bot, or of somebody without write access.

use crate::{ReviewSeen, ReviewVerdict, Tier};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, Debug)]
pub struct ReviewRules<'a> {
    pub head: &'a str,
    /// Accounts at the forge whose approval doesn't count: the requester's, and of whoever wrote a part of it.
    pub not_counted: &'a [String],
    /// Who owns what was changed.
    pub owners: &'a [String],
    /// Approvals before this were withdrawn.
    pub from: Option<Timestamp>,
    /// So many have to approve.
    pub wanted: u32,
    pub owner_approves: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    /// Whose approval counts, in small letters.
    pub by: Vec<String>,
    /// Who wants changes. As long as there is one, nothing is approved.
    pub changes_wanted_by: Vec<String>,
    /// Who approved, and doesn't count because it is their own work.
    pub own: Vec<String>,
    pub missing: u32,
    pub owner_missing: bool,
}

impl Approvals {
    pub fn are_enough(&self) -> bool {
        self.missing == 0 && !self.owner_missing && self.changes_wanted_by.is_empty()
    }
}

/// A tier wants so many, whatever rules say.
pub fn approvals_of(tier: Tier, by_rules: u32) -> u32 {
    let floor = match tier {
        Tier::Low => 0,
        Tier::Medium => 1,
        Tier::High => 2,
    };
    by_rules.max(floor)
}

pub fn count_approvals(reviews: &[ReviewSeen], rules: &ReviewRules<'_>) -> Approvals {
    let mut found = Approvals::default();
    let not_counted = small(rules.not_counted);
    for (login, review) in latest(reviews) {
        match review.verdict {
            ReviewVerdict::ChangesRequested => found.changes_wanted_by.push(review.by.clone()),
            ReviewVerdict::Approved if not_counted.contains(&login) => found.own.push(review.by.clone()),
            ReviewVerdict::Approved if counts(review, rules) => found.by.push(login),
            _ => {}
        }
    }
    let owners = small(rules.owners);
    found.missing = rules.wanted.saturating_sub(u32::try_from(found.by.len()).unwrap_or(u32::MAX));
    found.owner_missing = rules.owner_approves && !found.by.iter().any(|login| owners.contains(login));
    found
}

/// What was approved is this very commit, and nothing has made it worth less since.
fn counts(review: &ReviewSeen, rules: &ReviewRules<'_>) -> bool {
    review.commit == rules.head && rules.from.is_none_or(|from| review.at > from)
}

/// What each person said last. A comment takes nothing back.
fn latest(reviews: &[ReviewSeen]) -> BTreeMap<String, &ReviewSeen> {
    let mut said: BTreeMap<String, &ReviewSeen> = BTreeMap::new();
    let heard = reviews.iter().filter(|review| review.may_write && !review.bot);
    for review in heard.filter(|review| review.verdict != ReviewVerdict::Commented) {
        let last = said.entry(review.by.to_lowercase()).or_insert(review);
        if (review.at, review.id) >= (last.at, last.id) {
            *last = review;
        }
    }
    said
}

fn small(logins: &[String]) -> BTreeSet<String> {
    logins.iter().map(|login| login.to_lowercase()).collect()
}
