//! What rules are asked with, of what the record knows. The measured change is put in by whoever has it.

use super::Delivery;
use crate::{
    CheckFact, Facts, MeasuredChange, PreviousFacts, RepositoryFacts, RunFacts, SCHEMA, Spent, Stage,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

impl Delivery {
    /// For `Order::Judge`. `change` is the measured one of its tree; `owners` are by path.
    pub fn facts(
        &self,
        stage: Stage,
        change: Option<MeasuredChange>,
        owners: BTreeMap<String, Vec<String>>,
        now: Timestamp,
    ) -> Facts {
        Facts {
            schema: SCHEMA,
            stage,
            run: self.run_facts(),
            repo: self.repository_facts(),
            change,
            checks: self.check_facts(),
            owners,
            budget: self.budget_facts(now),
            previous: self.previous_facts(),
        }
    }

    fn run_facts(&self) -> RunFacts {
        RunFacts {
            id: self.record.run.to_string(),
            kind: self.record.kind.clone(),
            permits: self.record.permits.clone(),
            requested_by: self.requester_id(),
            round: self.round().map_or(0, |round| round.number),
            planned_paths: self.record.planned_paths.clone(),
        }
    }

    fn repository_facts(&self) -> RepositoryFacts {
        let about = &self.record.repository;
        RepositoryFacts {
            name: about.name.clone(),
            base: about.base.clone(),
            default_branch: about.default_branch.clone(),
            private: about.private,
        }
    }

    fn check_facts(&self) -> BTreeMap<String, CheckFact> {
        let fact = |passed: Option<bool>| match passed {
            Some(true) => CheckFact::Passed,
            Some(false) => CheckFact::Failed,
            None => CheckFact::Unclear,
        };
        let checks = self.round().map(|round| round.checks.as_slice()).unwrap_or_default();
        checks.iter().map(|check| (check.name.clone(), fact(check.passed))).collect()
    }

    fn budget_facts(&self, now: Timestamp) -> BTreeMap<String, Spent> {
        let mut spent = BTreeMap::new();
        for standing in self.record.budget.standings(now) {
            let name = match standing.counted {
                crate::Counted::Tokens => "tokens",
                crate::Counted::CostCents => "cost_cents",
                crate::Counted::Seconds => "seconds",
            };
            // More was given by a person: what counts is what they said.
            spent.insert(name.to_owned(), Spent { used: standing.used, max: standing.max });
        }
        spent
    }

    fn previous_facts(&self) -> Option<PreviousFacts> {
        let tip = self.tip_round()?;
        let at = if tip + 1 == self.record.rounds.len() { tip.checked_sub(1)? } else { tip };
        let round = &self.record.rounds[at];
        Some(PreviousFacts { checks: round.ci.names.clone(), test_lines: round.summary.test_lines() })
    }
}
