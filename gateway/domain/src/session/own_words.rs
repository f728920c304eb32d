//! What people typed, after the agent has it: the record keeps it without its secrets (REQ-PROOF-04). Until then all of it
//! is needed, also after a restart.

use super::Session;
use crate::ask::{Ask, AskState};
use crate::mask::mask_text;
use crate::order::{AgentAnswer, AgentOrder, Order};
use crate::record::SessionRecord;

impl Session {
    /// Each ask once, as soon as nothing can make its answer be given again.
    pub(crate) fn mask_what_was_delivered(&mut self) {
        let is_due = |ask: &&Ask| !self.masked_for_good.contains(&ask.id) && self.is_over(ask);
        let due: Vec<_> = self.record.asks.iter().filter(is_due).map(|ask| ask.id.clone()).collect();
        for id in due {
            self.mask_words_of(&id);
            self.masked_for_good.insert(id);
        }
    }

    /// Answered or withdrawn, of no turn that could be taken up again, and with nothing of it on its way.
    fn is_over(&self, ask: &Ask) -> bool {
        let is_on_its_way = || self.record.outbox.iter().any(|sent| sent.ask == ask.id);
        // One whose time is over can still be answered.
        let takes_no_answer =
            !ask.is_unsettled() && (ask.state != AskState::TimedOut || ask.decision.is_some());
        takes_no_answer && !self.record.under_way.contains(&ask.id) && !is_on_its_way()
    }

    fn mask_words_of(&mut self, id: &str) {
        let Some(index) = self.record.asks.iter().position(|ask| ask.id == id && ask.has_words()) else {
            return;
        };
        let mut masked = self.record.asks[index].clone();
        masked.mask_for_good();
        if masked != self.record.asks[index] {
            self.record.asks[index] = masked;
        }
    }
}

impl SessionRecord {
    /// Something that a person typed is in it with its secrets, since the agent does not have it yet or could need it again. Such a
    /// record is kept, and is no part of any history.
    pub fn holds_typed_secrets(&self) -> bool {
        let has_secrets = |text: &str| mask_text(text) != text;
        let waits = self.queue.iter().any(|queued| has_secrets(&queued.text));
        let is_sent = self.outbox.iter().flat_map(|sent| typed(&sent.order)).any(has_secrets);
        let is_decided = |ask: &Ask| ask.has_words() && ask.clone().with_masked_words() != *ask;
        waits || is_sent || self.asks.iter().any(is_decided)
    }
}

/// What of an order a person typed.
fn typed(order: &Order) -> Vec<&str> {
    match order {
        Order::Agent(
            AgentOrder::Prompt { text, .. }
            | AgentOrder::Say { text, .. }
            | AgentOrder::Reply { answer: AgentAnswer::Deny { reason: Some(text) }, .. }
            | AgentOrder::Release { refuse: Some(text), .. },
        ) => vec![text],
        Order::Agent(
            AgentOrder::Reply { answer: AgentAnswer::Answers { answers }, .. }
            | AgentOrder::Complete { answers, .. },
        ) => answers.iter().flatten().map(String::as_str).collect(),
        Order::Agent(_) | Order::Workspace(_) | Order::Grants(_) | Order::Lab(_) => vec![],
    }
}
