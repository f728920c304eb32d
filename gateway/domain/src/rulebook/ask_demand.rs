//! What all rules that fit ask for together, of one ask.

use super::ground::Ground;
use super::judge::Writers;
use super::{Approval, RiskyRule, Rule, RuleBook, WITHIN};
use crate::ask::AskBody;
use crate::ask::danger::Danger;
use crate::demand::{BreakGlassDemand, Demand, NamedGroup};
use crate::pattern::matches;
use crate::people::People;
use crate::proven::Proof;
use crate::record::About;
use jiff::Timestamp;

const NO_APPROVERS: &str = "no rule says who can allow it";
const UNKNOWN_WRITER: &str =
    "the gateway doesn't know everyone who wrote to this session's agent, and they can't allow what is risky";

/// What is asked, and where.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) about: &'a About,
    /// Where the agent asks.
    pub(crate) directory: &'a str,
    pub(crate) body: &'a AskBody,
    pub(crate) dangers: &'a [Danger],
    /// What `risky` of the project asks for, where that names it.
    pub(crate) risky_elsewhere: Option<Proof>,
    pub(crate) writers: &'a Writers,
}

impl RuleBook {
    pub(crate) fn demand(&self, people: &People, subject: &Subject<'_>) -> Demand {
        let Ground { rules, uncovered } = self.ground(subject.about, Some(subject.directory));
        let parts = rules.iter().flat_map(|rule| rule.parts(people, subject));
        let mut demand = match parts.reduce(|all, part| all.and(&part)) {
            Some(demand) => demand,
            None => Demand { refused: Some(NO_APPROVERS.to_owned()), ..Demand::nothing() },
        };
        if let Some(proof) = subject.risky_elsewhere {
            let glass = demand.break_glass.take();
            demand = Demand { break_glass: glass, ..demand.and(&risky_without_words(proof)) };
        }
        if matches!(subject.body, AskBody::Question { .. }) {
            demand.people = 1;
        }
        demand.refused = uncovered.or(demand.refused);
        leave_out(demand, people, subject.writers)
    }

    /// Whether what is asked is risky by a rule; who wrote to the agent does not matter for that.
    pub(crate) fn is_risky(
        &self,
        about: &About,
        directory: &str,
        body: &AskBody,
        dangers: &[Danger],
    ) -> bool {
        let rules = self.ground(about, Some(directory)).rules;
        rules.iter().filter_map(|rule| rule.risky.as_ref()).any(|risky| risky.is_hit(body, dangers))
    }

    /// A rule by which it can't be allowed at this hour.
    pub(crate) fn closed_at(&self, subject: &Subject<'_>, now: Timestamp) -> Option<String> {
        let rules = self.ground(subject.about, Some(subject.directory)).rules;
        let hours = |rule: &&Rule| rule.approve.as_ref().and_then(|approval| approval.hours.clone());
        let closed =
            rules.into_iter().find(|rule| hours(rule).is_some_and(|hours| !hours.is_open_at(now)))?;
        Some(format!("By the rule {} this can only be allowed in working hours.", closed.name))
    }
}

impl Rule {
    fn parts(&self, people: &People, subject: &Subject<'_>) -> Vec<Demand> {
        let plain = self.approve.as_ref().map(|approval| self.part(approval, people));
        let hit = self.risky.as_ref().filter(|risky| risky.is_hit(subject.body, subject.dangers));
        let risky = hit.map(|risky| Demand {
            risky: true,
            reason: risky.reason,
            requester: risky.requester,
            ..self.part(&risky.approval, people)
        });
        plain.into_iter().chain(risky).collect()
    }

    fn part(&self, approval: &Approval, people: &People) -> Demand {
        let glass = self.break_glass.as_ref();
        Demand {
            rules: vec![self.mark()],
            by: vec![named(people, &approval.by)],
            people: approval.people,
            proof: approval.proof,
            within_seconds: approval.within.map(|within| within.as_secs()),
            break_glass: glass.map(|glass| BreakGlassDemand {
                by: vec![named(people, &glass.by)],
                proof: glass.proof,
                tell: glass.tell.iter().cloned().collect(),
                review_within_seconds: glass.review_within.map(|within| within.as_secs()),
            }),
            ..Demand::nothing()
        }
    }
}

impl RiskyRule {
    /// What nobody can know may be any of it.
    fn is_hit(&self, body: &AskBody, dangers: &[Danger]) -> bool {
        if body.is_opaque() {
            return true;
        }
        if self.kinds.is_empty() && self.patterns.is_empty() {
            return !dangers.is_empty();
        }
        let runs = body.what_runs();
        self.kinds.iter().any(|kind| kind.is_in(&runs, dangers))
            || runs.iter().any(|text| self.patterns.iter().any(|pattern| matches(pattern, text)))
    }
}

/// A group that is gone has nobody in it.
fn named(people: &People, name: &str) -> NamedGroup {
    let group = people.groups.get(name).cloned().unwrap_or_default();
    NamedGroup { name: name.to_owned(), group }
}

fn risky_without_words(proof: Proof) -> Demand {
    Demand {
        people: 2,
        proof: proof.max(Proof::Account),
        within_seconds: Some(WITHIN.as_secs()),
        risky: true,
        requester: false,
        ..Demand::nothing()
    }
}

/// Who began it, by starting the session or by writing to its agent, is not one of those who allow what is risky.
fn leave_out(mut demand: Demand, people: &People, writers: &Writers) -> Demand {
    if !demand.risky || demand.requester {
        return demand;
    }
    let mut is_known = !writers.some_unknown;
    for account in &writers.accounts {
        match people.human_of(account) {
            Some(human) if !demand.left_out.iter().any(|known| known == human) => {
                demand.left_out.push(human.to_owned());
            }
            Some(_) => {}
            None => is_known = false,
        }
    }
    if !is_known {
        demand.refused = demand.refused.or_else(|| Some(UNKNOWN_WRITER.to_owned()));
    }
    demand
}
