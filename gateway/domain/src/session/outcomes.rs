//! What became of orders, and what follows from that.

use super::Session;
use crate::ask::AskState;
use crate::effect::Effect;
use crate::order::{AgentOrder, AgentOutcome, Order, Outcome, WorkspaceOutcome};
use crate::record::PendingOrder;
use crate::sentences;
use crate::thread::Tone;
use jiff::{SignedDuration, Timestamp};

/// Pause before an order whose outcome is not known is given again.
const RETRY_AFTER: SignedDuration = SignedDuration::from_secs(5);

impl Session {
    pub(crate) fn outcome(&mut self, request_id: &str, outcome: Outcome, now: Timestamp) {
        let Some(at) = self.record.outbox.iter().position(|sent| sent.request_id == request_id) else {
            return;
        };
        if !outcome.is_known() {
            // After a kill everything is in doubt.
            self.record.in_passing().outbox[at].in_doubt = true;
            let again = now.saturating_add(RETRY_AFTER).unwrap_or(Timestamp::MAX);
            return self.effects.push(Effect::Arm(again));
        }
        let sent = self.record.outbox.remove(at);
        self.after(sent, outcome, now);
    }

    fn after(
        &mut self,
        PendingOrder { ask, order, in_doubt, .. }: PendingOrder,
        outcome: Outcome,
        now: Timestamp,
    ) {
        let ask = self.record.asks.iter().position(|one| one.id == ask);
        match (order, outcome) {
            (Order::Agent(order), Outcome::Agent(outcome)) => match ask {
                Some(index) => self.after_agent(index, &order, outcome, in_doubt, now),
                None => self.after_plain(&order, &outcome, now),
            },
            (Order::Workspace(_), Outcome::Workspace(outcome)) => self.after_workspace(ask, outcome, now),
            (Order::Grants(order), Outcome::Grants(outcome)) => self.after_grant(&order, &outcome, now),
            (Order::Checks(order), Outcome::Checks(outcome)) => self.after_check(&order, outcome, now),
            (Order::Lab(order), Outcome::Lab(outcome)) => self.after_lab(&order, outcome, now),
            (Order::Delivery(order), Outcome::Delivery(outcome)) => self.after_delivery(&order, outcome, now),
            // Nobody answers for another hand's order.
            (
                Order::Agent(_)
                | Order::Workspace(_)
                | Order::Grants(_)
                | Order::Checks(_)
                | Order::Lab(_)
                | Order::Delivery(_),
                _,
            ) => {}
        }
    }

    fn after_workspace(&mut self, ask: Option<usize>, outcome: WorkspaceOutcome, now: Timestamp) {
        let Some(index) = ask else { return };
        match outcome {
            WorkspaceOutcome::Ready(ready) => self.workspace_ready(index, *ready, now),
            WorkspaceOutcome::Refused { why } => self.not_placed(index, &why, now),
            WorkspaceOutcome::Unknown => {}
        }
    }

    /// What it means for its ask, and for a turn that OpenCode's death cut short.
    fn after_agent(
        &mut self,
        index: usize,
        order: &AgentOrder,
        outcome: AgentOutcome,
        in_doubt: bool,
        now: Timestamp,
    ) {
        let resumed = self.record.resumed;
        let ask = &mut self.record.asks[index];
        match (order, outcome) {
            (AgentOrder::Reply { .. }, AgentOutcome::Applied) if ask.state == AskState::Decided => {
                ask.state = AskState::Applied;
            }
            (AgentOrder::Release { .. }, AgentOutcome::Applied | AgentOutcome::Done) => {
                ask.settle(AskState::Applied);
                self.refuse_beside();
            }
            (AgentOrder::Move { directory, .. }, AgentOutcome::Done) => {
                return self.moved(index, directory.clone(), now);
            }
            (AgentOrder::Move { .. }, AgentOutcome::Refused { why }) => {
                return self.not_moved(index, &why, now);
            }
            (AgentOrder::Release { .. }, AgentOutcome::NotPending { .. }) if ask.is_configuration() => {
                ask.settle(AskState::Applied);
                self.refuse_beside();
            }
            // OpenCode died under it: it is held again when the turn goes on, unless it ran or may have.
            (AgentOrder::Release { .. }, AgentOutcome::NotPending { ran, interrupted }) => {
                let ran = ran || interrupted && ask.may_have_begun(in_doubt);
                if ran || interrupted {
                    ask.read_back(ran, interrupted, in_doubt);
                }
                self.proceed();
            }
            (AgentOrder::Reply { .. }, AgentOutcome::NotPending { ran, interrupted }) => {
                // In a turn that was taken up again it is asked once more, or was not needed any more.
                let cut = interrupted || resumed;
                ask.read_back(ran, cut, in_doubt);
                self.proceed();
            }
            // The question has its answer; now the turn goes on.
            (AgentOrder::Complete { .. }, AgentOutcome::Done) => {
                ask.settle(AskState::Applied);
                ask.completed = true;
                self.proceed();
            }
            // The turn that was to ask it again is over by now.
            (AgentOrder::Complete { .. }, AgentOutcome::NotPending { .. })
                if !self.busy && self.ended_under.contains(&ask.id) =>
            {
                ask.settle(AskState::Superseded);
            }
            (AgentOrder::Complete { .. }, AgentOutcome::Superseded) => {
                ask.settle(AskState::Superseded);
                self.proceed();
            }
            (AgentOrder::Say { .. }, AgentOutcome::NotPending { .. }) => {
                ask.state = AskState::Withdrawn { why: "the session was deleted".to_owned() };
            }
            (AgentOrder::Resume { .. }, AgentOutcome::Superseded) => return self.turn_is_superseded(),
            _ => return,
        }
        self.show(index);
    }

    /// Of an order that belongs to no ask.
    fn after_plain(&mut self, order: &AgentOrder, outcome: &AgentOutcome, now: Timestamp) {
        if let AgentOrder::Prompt { message_id, files, .. } = order {
            self.discard(message_id, files);
        }
        match (order, outcome) {
            (AgentOrder::Prompt { .. }, AgentOutcome::NotPending { .. } | AgentOutcome::Superseded) => {
                self.busy = false;
                self.note("undelivered", Tone::Error, sentences::SESSION_GONE.to_owned(), now);
            }
            (AgentOrder::Retry { .. }, outcome) => self.after_retry(outcome, now),
            // Its turn may have ended before it was known that the message had arrived.
            (AgentOrder::Abort { .. } | AgentOrder::Prompt { .. }, _) => self.send_next(None, now),
            _ => {}
        }
    }
}
