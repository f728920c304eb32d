//! CI for the head, and what its verdict leads to.

use super::Delivery;
use crate::ci_verdict::{CiLook, CiVerdict, ci_verdict};
use crate::delivery_ask::{AskAbout, Choice};
use crate::effect::{Counting, Effect};
use crate::input::ForgeSeen;
use crate::order::Order;
use crate::round::Approved;
use crate::weaker::Weakness;
use crate::{DeliveryStage, Round, Tier, sentences};
use gateway_domain::one_line;
use jiff::Timestamp;

impl Delivery {
    /// Only what is new is written down.
    pub(super) fn note_ci(&mut self, look: &ForgeSeen) {
        let Some(at) = self.tip_round() else { return };
        let own = self.settings.preset.check_name();
        let checks: Vec<_> = look.seen.checks.iter().filter(|check| check.name != own).collect();
        let mut all: Vec<_> =
            checks.iter().map(|check| format!("{}={:?}#{}", check.name, check.state, check.id)).collect();
        all.sort();
        let fingerprint = crate::digest_of(all.join("\n").as_bytes());
        if self.record.rounds[at].ci.fingerprint == fingerprint {
            return;
        }
        let ci = &mut self.record.rounds[at].ci;
        ci.fingerprint = fingerprint;
        ci.changed_at = Some(look.asked_at);
        for check in checks {
            if !ci.names.contains(&check.name) {
                ci.names.push(check.name.clone());
            }
        }
    }

    pub(super) fn ci_of(&self, look: &ForgeSeen) -> Option<CiVerdict> {
        let at = self.tip_round()?;
        let round = &self.record.rounds[at];
        let earlier = self.earlier_names(at);
        Some(ci_verdict(&CiLook {
            checks: &look.seen.checks,
            base_checks: &look.seen.base_checks,
            required: &look.seen.required,
            own: &self.settings.preset.check_name(),
            pushed_at: round.pushed_at?,
            changed_at: round.ci.changed_at.unwrap_or(look.asked_at),
            was_rerun: round.ci.rerun,
            earlier: &earlier,
            weaknesses: &round.weaknesses,
            settles: self.settings.ci_settles,
            now: look.asked_at,
        }))
    }

    /// Checks of the head before a fix: also those of heads before that, if that was a fix too.
    fn earlier_names(&self, at: usize) -> Vec<String> {
        let pushed: Vec<_> =
            self.record.rounds[..=at].iter().filter(|round| round.pushed_at.is_some()).collect();
        let pairs = pushed.windows(2).rev().take_while(|pair| pair[1].is_fix);
        let mut names: Vec<_> = pairs.flat_map(|pair| pair[0].ci.names.iter().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    pub(super) fn waits_for_ci(&mut self, look: &ForgeSeen, now: Timestamp) {
        let Some(verdict) = self.ci_of(look) else { return };
        self.count_fix(&verdict);
        match verdict {
            CiVerdict::Waiting { done, of } => self.put_line("ci", sentences::ci_waits(done, of), now),
            CiVerdict::Green { checks } => self.ci_green(checks, now),
            CiVerdict::None if self.settings.has_no_ci || self.tip_allows(Approved::NoCi) => {
                self.reviewable(now)
            }
            CiVerdict::None => self.ask_ci(AskAbout::NoCi, sentences::no_ci(self.tip_commit(), &[]), now),
            CiVerdict::Missing(names) if !self.tip_allows(Approved::NoCi) => {
                self.ask_ci(AskAbout::NoCi, sentences::no_ci(self.tip_commit(), &names), now);
            }
            CiVerdict::Missing(_) => self.reviewable(now),
            CiVerdict::Inherited(names) => self.ci_inherited(&names, now),
            CiVerdict::Weaker(_) if self.tip_allows(Approved::Weaker) => self.reviewable(now),
            CiVerdict::Weaker(weaker) => self.ci_weaker(&weaker, now),
            CiVerdict::Doubtful(names) => self.run_again(look, &names, now),
            CiVerdict::Red(names) => self.ci_red(look, names, now),
        }
    }

    fn ci_green(&mut self, checks: usize, now: Timestamp) {
        if let Some(at) = self.tip_round() {
            self.record.rounds[at].ci.green = true;
        }
        self.put_line("ci", sentences::ci_green(checks, self.tip_commit()), now);
        self.reviewable(now);
    }

    /// Not ours; at the higher tiers a person says that it may go on.
    fn ci_inherited(&mut self, names: &[String], now: Timestamp) {
        self.put_line("ci", sentences::ci_inherited(names, &self.record.repository.base), now);
        if self.record.tier == Tier::Low || self.tip_allows(Approved::Inherited) {
            return self.reviewable(now);
        }
        self.ask_ci(AskAbout::Inherited, sentences::ci_inherited(names, &self.record.repository.base), now);
    }

    fn ci_weaker(&mut self, weaker: &[Weakness], now: Timestamp) {
        self.put_line("ci", sentences::ci_weaker(weaker), now);
        self.ask_ci(AskAbout::Weaker, sentences::ci_weaker(weaker), now);
    }

    fn ask_ci(&mut self, about: AskAbout, told: sentences::Sentence, now: Timestamp) {
        self.enter(DeliveryStage::Asked, told.says.clone(), now);
        let choices = match about {
            AskAbout::NoCi => vec![Choice::GoOn, Choice::Wait, Choice::Stop],
            _ => vec![Choice::GoOn, Choice::SendBack, Choice::Stop],
        };
        let mut ask = self.card(about, &told, choices);
        ask.not_by_requester = self.record.tier == Tier::High;
        self.ask(ask);
    }

    /// One more run of what didn't come to a result, once for each commit.
    fn run_again(&mut self, look: &ForgeSeen, names: &[String], now: Timestamp) {
        let Some(at) = self.tip_round() else { return };
        let named = look.seen.checks.iter().filter(|check| names.contains(&check.name));
        let mut runs: Vec<u64> = named.filter_map(|check| check.run_id).collect();
        runs.sort_unstable();
        runs.dedup();
        self.record.rounds[at].ci.rerun = true;
        self.record.rounds[at].ci.changed_at = Some(look.asked_at);
        self.put_line("ci", sentences::ci_runs_again(names), now);
        if !runs.is_empty() {
            let head = look.seen.head.clone();
            self.intend(Order::Rerun { head, runs });
        }
    }

    /// CI moves on while a person is asked: what they were asked about may not be so any more.
    pub(super) fn still_asked(&mut self, look: &ForgeSeen, now: Timestamp) {
        let Some(about) = self.record.ask.as_ref().map(|ask| ask.about.clone()) else {
            return self.asked_nothing(now);
        };
        let Some(verdict) = self.ci_of(look) else { return };
        let is_as_asked = match about {
            AskAbout::NoCi => matches!(verdict, CiVerdict::None | CiVerdict::Missing(_)),
            AskAbout::Inherited => matches!(verdict, CiVerdict::Inherited(_) | CiVerdict::Waiting { .. }),
            AskAbout::Weaker => matches!(verdict, CiVerdict::Weaker(_) | CiVerdict::Waiting { .. }),
            AskAbout::StillRed => !matches!(verdict, CiVerdict::Green { .. }) || self.has_unpushed_round(),
            AskAbout::Rules { .. } => !matches!(verdict, CiVerdict::Red(_)) || self.has_unpushed_round(),
            _ => true,
        };
        if !is_as_asked {
            self.enter(DeliveryStage::WaitingCi, "CI has moved on.", now);
            self.waits_for_ci(look, now);
        }
    }

    /// They chose to wait, or do it themselves.
    fn asked_nothing(&mut self, now: Timestamp) {
        if self.stage() == DeliveryStage::Asked && !self.has_unpushed_round() {
            self.enter(DeliveryStage::WaitingCi, "CI is waited for.", now);
        }
    }

    fn has_unpushed_round(&self) -> bool {
        self.tip_round().is_none_or(|at| at + 1 < self.record.rounds.len())
    }

    fn count_fix(&mut self, verdict: &CiVerdict) {
        let is_fix = self.tip_round().is_some_and(|at| self.record.rounds[at].is_fix);
        let outcome = match verdict {
            CiVerdict::Green { .. } => "green",
            CiVerdict::Red(_) => "red",
            CiVerdict::Weaker(_) => "weaker",
            CiVerdict::Inherited(_) => "inherited",
            _ => return,
        };
        if is_fix {
            self.effects.push(Effect::Count(Counting::Fixed { outcome }));
        }
    }

    pub(super) fn tip_commit(&self) -> &str {
        self.record.tip.as_ref().map_or("", |tip| tip.commit.as_str())
    }

    pub(super) fn tip_allows(&self, what: Approved) -> bool {
        self.tip_round().map(|at| &self.record.rounds[at]).is_some_and(|round: &Round| round.allowed(what))
    }

    /// What of CI lets the head go on to people.
    pub(super) fn ci_lets_on(&self, look: &ForgeSeen) -> bool {
        match self.ci_of(look) {
            Some(CiVerdict::Green { .. }) => true,
            Some(CiVerdict::None) => self.settings.has_no_ci || self.tip_allows(Approved::NoCi),
            Some(CiVerdict::Missing(_)) => self.tip_allows(Approved::NoCi),
            Some(CiVerdict::Inherited(_)) => {
                self.record.tier == Tier::Low || self.tip_allows(Approved::Inherited)
            }
            Some(CiVerdict::Weaker(_)) => self.tip_allows(Approved::Weaker),
            _ => false,
        }
    }

    pub(super) fn failed_names(names: &[String]) -> Vec<String> {
        names.iter().map(|name| one_line(name)).collect()
    }
}
