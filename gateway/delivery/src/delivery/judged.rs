//! What follows from the rules' answer. A tier only rises, and a rise withdraws what was approved.

use super::Delivery;
use crate::delivery_ask::{AskAbout, Choice};
use crate::effect::{Counting, Effect};
use crate::round::Approved;
use crate::{Decision, DeliveryStage, Finding, Stage, Tier, Who, sentences};
use jiff::Timestamp;

impl Delivery {
    pub(super) fn judged(&mut self, stage: Stage, decision: Decision, now: Timestamp) {
        let has_risen = self.raise(decision.tier, &decision.because, "gateway", now);
        self.audit_decision(stage, &decision, now);
        self.effects.push(Effect::Count(Counting::Decided { stage, answer: answer_of(&decision) }));
        if stage != Stage::Plan
            && let Some(round) = self.round_mut()
        {
            round.decision = Some(decision.clone());
        }
        if !decision.deny.is_empty() {
            return self.denied(&sentences::denied(&decision.deny, self.record.tip.is_some()), now);
        }
        match stage {
            Stage::Plan => self.plan_judged(&decision, now),
            Stage::Push => self.push_judged(&decision, now),
            Stage::Ready => self.ready_judged(&decision, now),
            Stage::Merge => self.merge_judged(&decision, has_risen, now),
        }
    }

    /// What can't be judged is denied.
    pub(super) fn unjudged(&mut self, why: &str, now: Timestamp) {
        self.denied(&sentences::unjudged(why), now);
    }

    pub(super) fn denied(&mut self, told: &sentences::Sentence, now: Timestamp) {
        self.enter(DeliveryStage::Refused, told.says.clone(), now);
        self.put_line("judged", told.clone(), now);
        let ask = self.card(AskAbout::Denied, told, vec![Choice::SendBack, Choice::Again, Choice::Stop]);
        self.ask(ask);
    }

    fn plan_judged(&mut self, decision: &Decision, now: Timestamp) {
        if self.record.tier != Tier::High && decision.ask.is_empty() {
            self.enter(DeliveryStage::Working, "The agent works.", now);
            return self.check_budget(now);
        }
        let told = sentences::plan_asks(&self.record, &decision.ask);
        self.enter(DeliveryStage::PlanAsked, told.says.clone(), now);
        let mut ask = self.card(AskAbout::Plan, &told, vec![Choice::GoOn, Choice::SendBack, Choice::Stop]);
        ask.pack = Some(decision.pack.clone());
        self.ask_people(ask, now);
    }

    fn push_judged(&mut self, decision: &Decision, now: Timestamp) {
        match self.is_let(decision) {
            true => self.let_out(now),
            false => self.ask_about_rules(Stage::Push, &decision.ask, &decision.pack, now),
        }
    }

    /// Rules ask nothing, or somebody has allowed exactly this; at tier high somebody has to.
    pub(super) fn is_let(&self, decision: &Decision) -> bool {
        let needs = !decision.ask.is_empty() || self.record.tier == Tier::High;
        !needs || self.round().is_some_and(|round| round.is_allowed_under(decision))
    }

    pub(super) fn ask_about_rules(&mut self, stage: Stage, findings: &[Finding], pack: &str, now: Timestamp) {
        let told = sentences::rules_ask(&self.record, stage, findings);
        self.enter(DeliveryStage::Asked, told.says.clone(), now);
        self.put_line("judged", told.clone(), now);
        let mut ask =
            self.card(AskAbout::Rules { stage }, &told, vec![Choice::GoOn, Choice::SendBack, Choice::Stop]);
        ask.pack = Some(pack.to_owned());
        self.ask_people(ask, now);
    }

    /// Only up. What was approved was approved for less.
    pub(super) fn raise(&mut self, tier: Tier, because: &[String], who: &str, now: Timestamp) -> bool {
        if self.record.tier_because.is_empty() || tier > self.record.tier {
            self.record.tier_because = because.to_vec();
        }
        if tier <= self.record.tier {
            return false;
        }
        self.record.tier = tier;
        self.record.approvals_from = Some(now);
        let withdrawn = self.record.rounds.iter().any(|round| !round.approvals.is_empty());
        for round in &mut self.record.rounds {
            round.approvals.retain(|approval| !matches!(approval.what, Approved::Rules(_)));
        }
        self.cancel_merge();
        self.put_line("tier", sentences::tier_rose(tier, because, withdrawn), now);
        self.audit("delivery tier rose", who, sentences::tier(tier), now);
        true
    }

    /// An agent may only propose more.
    pub(super) fn proposed(&mut self, tier: Tier, why: &str, now: Timestamp) {
        self.raised_by("agent", tier, why, now);
    }

    pub(super) fn raised(&mut self, by: &Who, tier: Tier, why: &str, now: Timestamp) {
        self.raised_by(&by.id, tier, why, now);
    }

    fn raised_by(&mut self, who: &str, tier: Tier, why: &str, now: Timestamp) {
        let because = gateway_domain::mask_text(&gateway_domain::one_line(why));
        if !self.stage().is_over() && self.raise(tier, &[because], who, now) {
            self.judge_again(now);
        }
    }

    /// What was let go for less is asked about again, unless it has left already.
    fn judge_again(&mut self, now: Timestamp) {
        use DeliveryStage::{Approved, Asked, InReview, PlanAsked, Pushing, Reviewable};
        let about = self.record.ask.as_ref().map(|ask| ask.about.clone());
        match (self.stage(), about) {
            (PlanAsked, _) => {
                self.enter(DeliveryStage::Planned, "The plan is judged again.", now);
                self.intend(crate::Order::Judge { stage: Stage::Plan, tree: None });
            }
            (Asked, Some(AskAbout::Rules { stage: Stage::Push })) => self.judge_push(now),
            (Pushing, _) if !self.is_push_tried() => self.judge_push(now),
            (Reviewable | InReview | Approved, _) | (Asked, Some(AskAbout::Rules { .. })) => {
                self.back_to_ci(now)
            }
            _ => {}
        }
    }

    fn is_push_tried(&self) -> bool {
        self.record.outbox.iter().any(|one| one.tried && matches!(one.order, crate::Order::Push { .. }))
    }
}

fn answer_of(decision: &Decision) -> &'static str {
    match (decision.deny.is_empty(), decision.ask.is_empty()) {
        (false, _) => "deny",
        (true, false) => "ask",
        (true, true) => "allow",
    }
}
