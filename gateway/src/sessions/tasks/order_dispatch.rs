//! Gives each order to the one who carries it out.

use super::held_calls::DecidedCall;
use super::metrics::Source;
use super::task_context::TaskContext;
use crate::sessions::message_files;
use gateway_domain::{AgentOrder, AgentOutcome, Order, Outcome};
use tokio::time::Instant;

impl TaskContext {
    /// A new kind of order is one line here.
    pub(super) async fn carry_out(
        &self,
        pod: &str,
        request_id: &str,
        order: Order,
        since: Instant,
    ) -> Outcome {
        match order {
            Order::Agent(order) => Outcome::Agent(self.tell_agent(pod, request_id, order, since).await),
            Order::Grants(order) => Outcome::Grants(self.grants.carry_out(order).await),
            Order::Checks(order) => Outcome::Checks(self.checks.carry_out(pod, request_id, order).await),
            Order::Lab(order) => Outcome::Lab(self.labs.carry_out(order).await),
            Order::Delivery(order) => Outcome::Delivery(self.deliveries.carry_out(order).await),
            Order::Workspace(order) => Outcome::Workspace(self.setup.carry_out(order).await),
        }
    }

    async fn tell_agent(
        &self,
        pod: &str,
        request_id: &str,
        order: AgentOrder,
        since: Instant,
    ) -> AgentOutcome {
        let files = message_files::taken_from(&*self.shelf, &order).await;
        let outcome = self.agents.carry_out(pod, request_id.to_owned(), order, files).await;
        if outcome == AgentOutcome::Applied {
            self.metrics.applied(since.elapsed());
        }
        outcome
    }

    /// Once OpenCode has it. What nobody knows yet is told again, and counts then.
    pub(super) fn count(&self, decided: Option<DecidedCall>, outcome: &Outcome) {
        let has_it = matches!(outcome, Outcome::Agent(AgentOutcome::Applied | AgentOutcome::Done));
        if let Some(decided) = decided.filter(|_| has_it) {
            decided.count(&self.metrics, self.clock.now());
        }
    }

    /// Lets go, or refuses, a call that a rule or a grant decided about.
    pub(super) async fn release(&self, pod: &str, order: AgentOrder, source: Source, since: Instant) {
        let AgentOrder::Release { hold_id, .. } = &order else { return };
        let outcome = self.agents.carry_out(pod, format!("req_{hold_id}"), order, vec![]).await;
        if outcome == AgentOutcome::Applied {
            self.metrics.decided_by_rule(source, since.elapsed());
        }
    }
}
