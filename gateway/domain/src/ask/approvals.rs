//! Those who allowed an ask while more people are needed.

use super::{Ask, Decision};

/// How many people something risky takes, where no rule says more.
const TWO: u8 = 2;

impl Ask {
    /// In the order in which they allowed it.
    pub fn approvals(&self) -> impl Iterator<Item = &Decision> {
        self.first_approval.iter().chain(&self.more_approvals)
    }

    /// As its card says: how many people must allow it.
    pub fn people_needed(&self) -> u8 {
        let by_rule = self.rules.demand.as_ref().map_or(1, |demand| demand.people);
        if self.rules.risk.is_some() { by_rule.max(TWO) } else { by_rule }
    }

    /// How many more are needed than allowed it already.
    pub(crate) fn people_missing(&self) -> u8 {
        let so_far = u8::try_from(self.approvals().count()).unwrap_or(u8::MAX);
        self.people_needed().saturating_sub(so_far)
    }

    pub(crate) fn take_approvals(&mut self, all: impl IntoIterator<Item = Decision>) {
        let mut all = all.into_iter();
        self.first_approval = all.next();
        self.more_approvals = all.collect();
    }

    pub(crate) fn retain_approvals(&mut self, keeps: impl Fn(&Decision) -> bool) {
        let kept: Vec<_> = self.approvals().filter(|decision| keeps(decision)).cloned().collect();
        self.take_approvals(kept);
    }
}
