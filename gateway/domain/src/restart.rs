//! What becomes of asks when OpenCode, its pod or the gateway goes away and comes back.
//!
//! OpenCode forgets its asks when it dies, but not the turn they belonged to. So the turn is resumed (same user
//! message, nothing added), OpenCode asks the very same again under a new name, and `Session::asked` finds the
//! ask by its digest: answered meanwhile, it is applied once; not answered yet, it is the same card.

use crate::ask::{Answer, Ask, AskBody, AskState, Asked};
use crate::effect::{AskCommand, Effect};
use crate::input::{Reconnected, Turn};
use crate::session::Session;
use jiff::Timestamp;

impl Session {
    /// Nobody waits for answers now, but they are still taken.
    pub(crate) fn pod_lost(&mut self) {
        for sent in &mut self.record.outbox {
            sent.in_doubt = true;
        }
        for ask in &mut self.record.asks {
            if ask.state == AskState::Open {
                ask.deadline = None;
            }
        }
        self.settle_where(|ask| ask.state == AskState::Open, &AskState::Suspended);
    }

    pub(crate) fn listed(&mut self, asks: Vec<Asked>, now: Timestamp) {
        self.holds = asks.iter().map(|asked| asked.opencode_id.clone()).collect();
        for asked in asks {
            if self.known(&asked).is_none() {
                self.asked(asked, now);
            }
        }
    }

    /// By its name of today, or by the first it had: an old event may come again.
    pub(crate) fn known(&self, asked: &Asked) -> Option<usize> {
        let name = &asked.opencode_id;
        self.record.asks.iter().position(|ask| ask.opencode_id == *name || ask.id == *name)
    }

    /// It was listed, then an older abort came again and withdrew it; but it was asked after that.
    pub(crate) fn asked_after_all(&mut self, index: usize, now: Timestamp) {
        let ask = &self.record.asks[index];
        if matches!(ask.state, AskState::Withdrawn { .. }) && self.holds.contains(&ask.opencode_id) {
            self.reopen(index, now);
        }
    }

    /// Nobody is left who could be told a late answer.
    pub(crate) fn withdraw_late(&mut self, why: &str) {
        let late = |ask: &Ask| matches!(ask.state, AskState::TimedOut | AskState::AllowedLate);
        self.settle_where(late, &AskState::Withdrawn { why: why.to_owned() });
    }

    pub(crate) fn pod_back(&mut self, how: &Reconnected, now: Timestamp) {
        let held = |ask: &Ask| how.open.contains(&ask.opencode_id);
        let again: Vec<_> = self.record.outbox.clone();
        for index in 0..self.record.asks.len() {
            let ask = &self.record.asks[index];
            match (held(ask) || ask.is_gate(), &ask.state) {
                (true, AskState::Suspended) => self.reopen(index, now),
                (true, AskState::Decided) if !self.is_under_way(index) => self.apply(index),
                _ => {}
            }
        }
        for sent in again {
            self.send(sent);
        }
        let left = |ask: &Ask| {
            !held(ask) && !ask.is_gate() && matches!(ask.state, AskState::Suspended | AskState::Decided)
        };
        let left: Vec<_> = (0..self.record.asks.len())
            .filter(|&n| left(&self.record.asks[n]) && !self.is_under_way(n))
            .collect();
        if let (Some(&first), Some(turn)) = (left.first(), &how.turn) {
            self.take_up(first, &left, turn);
        }
    }

    /// OpenCode lives and still holds the ask: only the link was gone.
    pub(crate) fn reopen(&mut self, index: usize, now: Timestamp) {
        let ask = &mut self.record.asks[index];
        ask.state = AskState::Open;
        let deadline = self.policy.deadline(&self.record.asks[index].body, now);
        self.record.asks[index].deadline = deadline;
        self.effects.push(Effect::Persist);
        self.wake(deadline);
        self.show(index);
    }

    fn is_under_way(&self, index: usize) -> bool {
        let id = &self.record.asks[index].id;
        self.record.outbox.iter().any(|sent| sent.ask == *id)
    }

    /// Goes on with the turn that OpenCode's death cut short; without one the asks are void.
    fn take_up(&mut self, first: usize, left: &[usize], turn: &Turn) {
        if turn.finished {
            let ids: Vec<_> = left.iter().map(|&n| self.record.asks[n].id.clone()).collect();
            return self.settle_where(|ask| ids.contains(&ask.id), &AskState::Superseded);
        }
        self.record.turn = Some(turn.user_message_id.clone());
        match self.completion(first) {
            Some(complete) => {
                let sent = self.intend(first, complete);
                self.effects.push(Effect::Persist);
                self.send(sent);
            }
            None => {
                let id = self.record.asks[first].id.clone();
                self.show(first);
                self.go_on(&id, self.record.session.clone());
            }
        }
    }

    /// A question that was answered meanwhile gets its answer before the turn goes on.
    fn completion(&self, index: usize) -> Option<AskCommand> {
        // A turn that goes on already asks it again: answered there, it must not be answered here too.
        if self.record.resumed {
            return None;
        }
        let ask = &self.record.asks[index];
        let AskBody::Question { questions } = &ask.body else { return None };
        let Some(Answer::Answers { answers }) = ask.decision.as_ref().map(|decision| &decision.answer) else {
            return None;
        };
        Some(AskCommand::Complete {
            session: ask.session.clone(),
            tool: ask.tool.clone()?,
            questions: questions.iter().map(|question| question.question.clone()).collect(),
            answers: answers.clone(),
        })
    }

    /// Takes the turn up again, for the sake of that ask if there is one.
    pub(crate) fn go_on(&mut self, ask: &str, session: String) {
        let Some(user_message_id) = self.record.turn.clone() else { return };
        self.record.resumed = true;
        let sent = self.intend_for(ask.to_owned(), AskCommand::Resume { session, user_message_id });
        self.effects.push(Effect::Persist);
        self.send(sent);
    }
}
