//! What a delivery may use up, and what it has. At the limit the next call of a tool waits (D8).

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// 0 is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    pub tokens: u64,
    pub cost_cents: u64,
    pub seconds: u64,
}

/// Running sums of the session and all its children, as OpenCode counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    pub tokens: u64,
    /// `None`: the model has no price. That is not 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_cents: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    Tokens,
    CostCents,
    Seconds,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// As they were set; half of this is added when a person says so.
    pub given: Limits,
    /// With what people added.
    pub limits: Limits,
    /// What the session had used when the delivery began.
    #[serde(default)]
    pub before: Usage,
    #[serde(default)]
    pub used: Usage,
    /// Of work, without what it waited.
    #[serde(default)]
    pub seconds: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working_since: Option<Timestamp>,
    /// People were told that 80 % are used.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub told: BTreeSet<Counted>,
}

/// How one of them stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub counted: Counted,
    pub used: u64,
    pub max: u64,
}

const ALL: [Counted; 3] = [Counted::Tokens, Counted::CostCents, Counted::Seconds];

impl Budget {
    pub fn new(limits: Limits, before: Usage) -> Self {
        Self { given: limits, limits, before, used: before, ..Self::default() }
    }

    /// Sums only grow; an older count that comes late changes nothing.
    pub(crate) fn count(&mut self, seen: Usage) {
        self.used.tokens = self.used.tokens.max(seen.tokens);
        self.used.cost_cents = self.used.cost_cents.max(seen.cost_cents);
    }

    pub fn tokens(&self) -> u64 {
        self.used.tokens.saturating_sub(self.before.tokens)
    }

    /// A price of 0 for tokens that were used is none.
    pub fn cost_cents(&self) -> Option<u64> {
        let cost = self.used.cost_cents?.saturating_sub(self.before.cost_cents.unwrap_or_default());
        (cost > 0 || self.tokens() == 0).then_some(cost)
    }

    pub fn seconds(&self, now: Timestamp) -> u64 {
        let running = self.working_since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        self.seconds.saturating_add(running.unsigned_abs())
    }

    pub(crate) fn start_clock(&mut self, now: Timestamp) {
        self.working_since.get_or_insert(now);
    }

    pub(crate) fn stop_clock(&mut self, now: Timestamp) {
        self.seconds = self.seconds(now);
        self.working_since = None;
    }

    pub fn standings(&self, now: Timestamp) -> Vec<Standing> {
        ALL.into_iter().map(|counted| self.standing(counted, now)).collect()
    }

    fn standing(&self, counted: Counted, now: Timestamp) -> Standing {
        let (used, max) = match counted {
            Counted::Tokens => (self.tokens(), self.limits.tokens),
            Counted::CostCents => (self.cost_cents().unwrap_or_default(), self.limits.cost_cents),
            Counted::Seconds => (self.seconds(now), self.limits.seconds),
        };
        Standing { counted, used, max }
    }

    pub fn spent(&self, now: Timestamp) -> Vec<Standing> {
        self.standings(now).into_iter().filter(Standing::is_spent).collect()
    }

    /// What people are told about now, once each.
    pub(crate) fn newly_near(&self, now: Timestamp) -> Vec<Standing> {
        let near = |standing: &Standing| standing.is_near() && !self.told.contains(&standing.counted);
        self.standings(now).into_iter().filter(near).collect()
    }

    /// Half as much again of what is spent, until there is something left.
    pub(crate) fn add_half(&mut self, now: Timestamp) {
        for Standing { counted, used, .. } in self.spent(now) {
            let (given, limit) = match counted {
                Counted::Tokens => (self.given.tokens, &mut self.limits.tokens),
                Counted::CostCents => (self.given.cost_cents, &mut self.limits.cost_cents),
                Counted::Seconds => (self.given.seconds, &mut self.limits.seconds),
            };
            let half = (given / 2).max(1);
            let steps = used.saturating_sub(*limit) / half + 1;
            *limit = limit.saturating_add(half.saturating_mul(steps));
            self.told.remove(&counted);
        }
    }

    /// When working on brings it to 80 % or to the limit of time.
    pub(crate) fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let since = self.working_since?;
        let max = self.limits.seconds;
        let marks = [max.saturating_mul(4).div_ceil(5), max];
        let left = marks.into_iter().filter(|mark| *mark > self.seconds(now)).min().filter(|_| max > 0)?;
        let left = i64::try_from(left.saturating_sub(self.seconds)).unwrap_or(i64::MAX);
        since.checked_add(SignedDuration::from_secs(left)).ok()
    }
}

impl Standing {
    pub fn is_spent(&self) -> bool {
        self.max > 0 && self.used >= self.max
    }

    pub fn is_near(&self) -> bool {
        self.max > 0 && u128::from(self.used) * 5 >= u128::from(self.max) * 4
    }

    /// `61k of 400k tokens`
    pub fn says(&self) -> String {
        match self.max {
            0 => format!("{} {}", self.show(self.used), self.unit()),
            max => format!("{} of {} {}", self.show(self.used), self.show(max), self.unit()),
        }
    }

    /// `400k tokens`
    pub fn says_max(&self) -> String {
        format!("{} {}", self.show(self.max), self.unit())
    }

    fn show(&self, amount: u64) -> String {
        match self.counted {
            Counted::Tokens => thousands(amount),
            Counted::CostCents => format!("{}.{:02}", amount / 100, amount % 100),
            Counted::Seconds => amount.div_ceil(60).to_string(),
        }
    }

    fn unit(&self) -> &'static str {
        match self.counted {
            Counted::Tokens => "tokens",
            Counted::CostCents => "$",
            Counted::Seconds => "min",
        }
    }
}

pub(crate) fn thousands(amount: u64) -> String {
    match amount {
        0..1_000 => amount.to_string(),
        1_000..1_000_000 => format!("{}k", amount / 1_000),
        _ => format!("{}.{}M", amount / 1_000_000, amount % 1_000_000 / 100_000),
    }
}
