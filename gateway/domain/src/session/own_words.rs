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
    /// The record as everybody may read it, where it has something that a person typed and that only the agent may get, since the agent
    /// does not have it yet or could need it again.
    pub fn without_typed_secrets(&self) -> Option<Self> {
        let may_have =
            !self.queue.is_empty() || !self.outbox.is_empty() || self.asks.iter().any(Ask::has_words);
        if !may_have {
            return None;
        }
        let mut masked = self.clone();
        masked.queue.iter_mut().for_each(|queued| mask_in(&mut queued.text));
        masked.outbox.iter_mut().flat_map(|sent| typed(&mut sent.order)).for_each(mask_in);
        for ask in masked.asks.iter_mut().filter(|ask| ask.has_words()) {
            *ask = ask.clone().with_masked_words();
        }
        (masked != *self).then_some(masked)
    }

    /// This one, masked as it may be, with what people typed into `whole` and is still in it.
    #[must_use]
    pub fn with_typed_of(mut self, whole: &Self) -> Self {
        let Some(masked) = whole.without_typed_secrets() else { return self };
        for queued in &mut self.queue {
            if let Some(place) = masked.queue.iter().position(|other| other == queued) {
                queued.clone_from(&whole.queue[place]);
            }
        }
        for sent in &mut self.outbox {
            if let Some(place) = masked.outbox.iter().position(|other| other == sent) {
                sent.clone_from(&whole.outbox[place]);
            }
        }
        for ask in &mut self.asks {
            let same = masked.asks.iter().zip(&whole.asks).find(|(masked, _)| masked.id == ask.id);
            let Some((masked, whole)) = same else { continue };
            for (own, masked, whole) in [
                (&mut ask.decision, &masked.decision, &whole.decision),
                (&mut ask.first_approval, &masked.first_approval, &whole.first_approval),
                (&mut ask.unstored, &masked.unstored, &whole.unstored),
            ] {
                if own == masked {
                    own.clone_from(whole);
                }
            }
            if ask.more_approvals == masked.more_approvals {
                ask.more_approvals.clone_from(&whole.more_approvals);
            }
        }
        self
    }
}

fn mask_in(text: &mut String) {
    let masked = mask_text(text);
    if masked != *text {
        *text = masked;
    }
}

/// What of an order a person typed.
fn typed(order: &mut Order) -> Vec<&mut String> {
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
        ) => answers.iter_mut().flatten().collect(),
        Order::Agent(_)
        | Order::Workspace(_)
        | Order::Grants(_)
        | Order::Checks(_)
        | Order::Lab(_)
        | Order::Delivery(_) => vec![],
    }
}
