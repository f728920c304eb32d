//! What takes several people: whose approval still counts, how many more are needed, and when one ends.

use super::Session;
use crate::ask::{Ask, Decision};
use crate::input::AnswerGiven;
use crate::proven::Proven;
use crate::verdict::Verdict;
use jiff::Timestamp;

const BY_RULES: &str = "the rules ask for several people";

impl Session {
    /// How many people must allow it: as its card says and as the rules say now.
    fn people_for(&self, ask: &Ask) -> u8 {
        let now = self.demand(ask).map_or(1, |demand| demand.people);
        ask.people_needed().max(now)
    }

    /// Those who allowed it so far and still count. No two of them may be one person.
    fn counted<'a>(&self, ask: &'a Ask, but: &AnswerGiven, now: Timestamp) -> Vec<&'a Decision> {
        let mut counted: Vec<&Decision> = vec![];
        for one in ask.approvals().filter(|one| self.still_counts(ask, one, now)) {
            let same = |other: &str| self.policy.people.may_be_one(&one.by.id, other);
            if !same(&but.by.id) && !counted.iter().any(|other| same(&other.by.id)) {
                counted.push(one);
            }
        }
        counted
    }

    /// Whether this answer is not enough by itself and with those before it. To deny, one person is enough.
    pub(crate) fn needs_more(&self, index: usize, given: &AnswerGiven, now: Timestamp) -> bool {
        let ask = &self.record.asks[index];
        let with_this = self.counted(ask, given, now).len() + 1;
        ask.lets_happen(&given.answer) && !given.overrides() && with_this < usize::from(self.people_for(ask))
    }

    /// One of several allowed it.
    pub(crate) fn approve_in_part(&mut self, index: usize, given: AnswerGiven, now: Timestamp) {
        let ask = &self.record.asks[index];
        let why = ask.rules.risk.clone().unwrap_or_else(|| BY_RULES.to_owned());
        let needed = self.people_for(ask);
        let same = |one: &&Decision| self.policy.people.may_be_one(&one.by.id, &given.by.id);
        let own = ask.approvals().filter(|one| self.still_counts(ask, one, now)).find(same).cloned();
        let others: Vec<Decision> = self.counted(ask, &given, now).into_iter().cloned().collect();
        let missing = usize::from(needed).saturating_sub(others.len() + 1);
        if own.is_none() {
            let what = if others.is_empty() { "approved first" } else { "approved next" };
            let entry = self.entry(ask, &given.by.id, what, &given.answer, now);
            let entry = self.attributed(entry, ask, &given);
            self.record.asks[index].take_approvals(others.into_iter().chain([Decision::of(given, now)]));
            self.audit(entry);
            self.wake(self.approval_ends(&self.record.asks[index]));
            self.show(index);
        }
        self.tell(Verdict::NeedsSecond { why, more: u8::try_from(missing).unwrap_or(u8::MAX) });
    }

    /// Whether an approval still counts: not for longer than the rules say, only from one of their people, and only if it is proven as
    /// far as they ask.
    fn still_counts(&self, ask: &Ask, one: &Decision, now: Timestamp) -> bool {
        let Some(demand) = self.demand(ask) else { return true };
        let proven = Proven::by(one.proof);
        let Some(known) = self.policy.people.known(&one.by.id, &proven) else { return false };
        let is_in = demand.by.iter().all(|named| named.group.claim.is_some() || named.group.has(&known));
        let asked_for_it = demand.left_out.iter().any(|name| name == known.human);
        let is_left_out = demand.risky && !demand.requester && asked_for_it;
        let says_why = !demand.reason || one.because.is_some();
        let ends = demand.within().and_then(|within| one.at.checked_add(within).ok());
        is_in && !is_left_out && says_why && one.proof >= demand.proof && ends.is_none_or(|ends| now < ends)
    }

    /// When the next of them ends.
    pub(crate) fn approval_ends(&self, ask: &Ask) -> Option<Timestamp> {
        let within = ask.rules.demand.as_ref()?.within()?;
        ask.approvals().filter_map(|one| one.at.checked_add(within).ok()).min()
    }

    /// Takes back approvals whose time is over, and shows that.
    pub(crate) fn drop_late_approvals(&mut self, now: Timestamp) {
        let is_over =
            |ask: &Ask| ask.is_answerable() && self.approval_ends(ask).is_some_and(|ends| ends <= now);
        let over: Vec<_> = (0..self.record.asks.len()).filter(|&n| is_over(&self.record.asks[n])).collect();
        for index in over {
            let within = self.record.asks[index].rules.demand.as_ref().and_then(|demand| demand.within());
            let ends = |one: &Decision| within.and_then(|within| one.at.checked_add(within).ok());
            self.record.asks[index].retain_approvals(|one| ends(one).is_none_or(|ends| now < ends));
            self.show(index);
        }
    }
}
