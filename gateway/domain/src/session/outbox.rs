//! What is ordered because of decisions. It stands in the outbox before it is given out.

use super::Session;
use crate::ask::{Answer, Ask};
use crate::attachments::FileNote;
use crate::effect::Effect;
use crate::order::{AgentAnswer, AgentOrder, Order};
use crate::record::PendingOrder;
use crate::words;

impl Session {
    /// Sends the decision to an OpenCode that waits for it.
    pub(crate) fn apply(&mut self, index: usize) {
        let sent = self.intend_to_apply(index);
        self.show(index);
        sent.into_iter().for_each(|sent| self.send(sent));
    }

    /// None when there is nothing to be done for it.
    pub(crate) fn intend_to_apply(&mut self, index: usize) -> Option<PendingOrder> {
        let answer = self.record.asks[index].decision.as_ref()?.answer.clone();
        let order = self.order(index, told_to_agent(&answer))?;
        Some(self.intend(index, order))
    }

    /// What an answer has done; an ask of the gateway's own may need nothing.
    pub(crate) fn order(&mut self, index: usize, answer: Answer) -> Option<Order> {
        if self.record.asks[index].is_own() {
            return self.apply_own(index, &answer);
        }
        reply(&self.record.asks[index], answer).map(Order::Agent)
    }

    /// Writes down what is going to be given out.
    pub(crate) fn intend(&mut self, index: usize, order: impl Into<Order>) -> PendingOrder {
        let order = order.into();
        if order.moves_turn() {
            self.note_under_way(index);
        }
        let ask = self.record.asks[index].id.clone();
        self.intend_for(ask, order)
    }

    /// The turn of this ask goes on with an answer, and is taken up again if OpenCode dies under it.
    pub(crate) fn note_under_way(&mut self, index: usize) {
        let id = self.record.asks[index].id.clone();
        if !self.record.under_way.contains(&id) {
            self.record.under_way.push(id);
        }
    }

    /// Of something that belongs to no ask.
    pub(crate) fn intend_plain(&mut self, order: impl Into<Order>) -> PendingOrder {
        self.intend_for(String::new(), order)
    }

    pub(crate) fn intend_for(&mut self, ask: String, order: impl Into<Order>) -> PendingOrder {
        let order = order.into();
        let request_id = order.request_id().unwrap_or_else(|| self.next_id("req_ask"));
        let pending = PendingOrder { request_id, ask, order, in_doubt: false };
        self.record.outbox.push(pending.clone());
        pending
    }

    /// The files of this message are not needed any more.
    pub(crate) fn discard(&mut self, message_id: &str, files: &[FileNote]) {
        if !files.is_empty() {
            self.effects.push(Effect::Discard { message_id: message_id.to_owned() });
        }
    }

    pub(crate) fn send(&mut self, PendingOrder { request_id, order, .. }: PendingOrder) {
        self.effects.push(Effect::Order { request_id, order });
    }
}

fn reply(ask: &Ask, answer: Answer) -> Option<AgentOrder> {
    Some(AgentOrder::Reply {
        session: ask.session.clone(),
        directory: ask.directory.clone(),
        opencode_id: ask.opencode_id.clone(),
        tool: ask.tool.clone(),
        answer: AgentAnswer::of(answer)?,
    })
}

/// A denial always has words: without any, OpenCode would end the turn.
fn told_to_agent(answer: &Answer) -> Answer {
    match answer {
        Answer::Deny { reason } => Answer::Deny { reason: Some(words::denied(reason.as_deref())) },
        other => other.clone(),
    }
}
