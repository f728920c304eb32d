//! What becomes of asks when OpenCode, its pod or the gateway goes away and comes back.
//!
//! OpenCode forgets its asks when it dies, but not the turn they belonged to. So the turn is resumed (same user
//! message, nothing added), OpenCode asks the very same again under a new name, and `Session::asked` finds the
//! ask by its digest: answered meanwhile, it is applied once; not answered yet, it is the same card.

use super::Session;
use crate::ask::subject::RanBefore;
use crate::ask::{Answer, Ask, AskBody, AskState, Asked};
use crate::input::{Reconnected, Turn};
use crate::order::AgentOrder;
use jiff::Timestamp;

impl Session {
    /// Nobody waits for answers now, but they are still taken.
    pub(crate) fn pod_lost(&mut self) {
        (self.online, self.busy, self.rests, self.ended_meanwhile) = (false, false, false, false);
        self.ended_under.clear();
        // When it is back another turn may be the newest; until that is known, none is gone on with.
        // A gateway that starts anew does all of this again, so it need not be on disk.
        let record = self.record.in_passing();
        record.turn = None;
        // What is done at home goes on without the pod.
        for sent in record.outbox.iter_mut().filter(|sent| !sent.order.is_at_home()) {
            sent.in_doubt = true;
        }
        for ask in &mut record.asks {
            if ask.state == AskState::Open && !ask.is_beside_the_turn() {
                ask.deadline = None;
            }
        }
        self.settle_where(
            |ask| ask.state == AskState::Open && !ask.is_beside_the_turn(),
            &AskState::Suspended,
        );
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
        if !matches!(ask.state, AskState::Withdrawn { .. }) || !self.holds.contains(&ask.opencode_id) {
            return;
        }
        // Answered before: that answer counts.
        if ask.decision.is_some() {
            self.record.asks[index].state = AskState::Decided;
            return self.apply(index);
        }
        self.reopen(index, now);
    }

    /// Nobody is left who could be told a late answer.
    pub(crate) fn withdraw_late(&mut self, why: &str) {
        let late = |ask: &Ask| matches!(ask.state, AskState::TimedOut | AskState::AllowedLate);
        self.settle_where(late, &AskState::Withdrawn { why: why.to_owned() });
    }

    pub(crate) fn pod_back(&mut self, how: &Reconnected, now: Timestamp) {
        self.online = true;
        let held = |ask: &Ask| how.open.contains(&ask.opencode_id);
        let elsewhere = self.record.outbox.iter().filter(|sent| !sent.order.is_at_home());
        let again: Vec<_> = elsewhere.cloned().collect();
        for index in 0..self.record.asks.len() {
            let ask = &self.record.asks[index];
            match (held(ask) || ask.is_gate() || ask.is_configuration(), &ask.state) {
                (true, AskState::Suspended) => self.reopen(index, now),
                // A resume of ours may still be under way; it does not answer the ask.
                (true, AskState::Decided) if ask.is_configuration() && self.record.moving.is_some() => {}
                (true, AskState::Decided) if !self.is_reply_under_way(ask) => self.apply(index),
                _ => {}
            }
        }
        for sent in again {
            self.send(sent);
        }
        match &how.turn {
            // What was looked up may be older than that end.
            _ if std::mem::take(&mut self.ended_meanwhile) => self.turn_is_over(how),
            Some(turn) if turn.finished => self.turn_is_over(how),
            Some(turn) => self.take_up(turn),
            None => {}
        }
        self.send_next(None, now);
    }

    /// Nobody is left who would ask again: what is not applied is void.
    fn turn_is_over(&mut self, how: &Reconnected) {
        if self.record.turn.is_some() || !self.record.under_way.is_empty() {
            self.record.turn = None;
            self.record.under_way.clear();
        }
        let sent: Vec<_> = self.record.outbox.iter().map(|sent| sent.ask.clone()).collect();
        let void =
            |ask: &Ask| is_cut_off(ask) && !how.open.contains(&ask.opencode_id) && !sent.contains(&ask.id);
        self.settle_where(void, &AskState::Superseded);
    }

    /// Somebody wrote to the session meanwhile: the old turn is not taken up again.
    pub(crate) fn turn_is_superseded(&mut self) {
        self.record.turn = None;
        self.record.under_way.clear();
        self.settle_where(is_cut_off, &AskState::Superseded);
    }

    /// Goes on with the turn that OpenCode's death cut short. First it is read back what became of the answers
    /// that OpenCode took in this turn: one that it had no time to act on is applied when it asks again.
    fn take_up(&mut self, turn: &Turn) {
        self.record.turn = Some(turn.user_message_id.clone());
        let of_turn = |ask: &Ask| self.record.under_way.contains(&ask.id) && !ask.completed;
        let taken = |ask: &Ask| ask.state == AskState::Applied && of_turn(ask);
        let taken: Vec<_> = (0..self.record.asks.len())
            .filter(|&n| taken(&self.record.asks[n]) && !self.is_reply_under_way(&self.record.asks[n]))
            .collect();
        for index in taken {
            self.read_back(index);
        }
        self.proceed();
    }

    /// Sends an answer again under its old id. The plugin that took it repeats its word; another one looks.
    pub(crate) fn read_back(&mut self, index: usize) {
        let Some(mut sent) = self.intend_to_apply(index) else { return };
        sent.in_doubt = true;
        if let Some(last) = self.record.outbox.last_mut() {
            last.in_doubt = true;
        }
        self.send(sent);
    }

    /// Takes the next step of a turn that was cut short, once no answer of it is in doubt any more.
    pub(crate) fn proceed(&mut self) {
        if self.record.turn.is_none() || self.record.outbox.iter().any(|sent| sent.order.holds_turn()) {
            return;
        }
        let asks = &self.record.asks;
        let left: Vec<_> = (0..asks.len()).filter(|&n| is_cut_off(&asks[n])).collect();
        let answered =
            || self.record.under_way.iter().filter_map(|id| asks.iter().position(|ask| ask.id == *id));
        let Some(first) = left.first().copied().or_else(|| answered().next_back()) else { return };
        let complete = left.iter().find_map(|&n| Some((n, self.completion(n)?)));
        match complete {
            Some((index, complete)) => {
                let sent = self.intend(index, complete);
                self.send(sent);
            }
            None => {
                let id = self.record.asks[first].id.clone();
                self.show(first);
                self.go_on(&id, self.record.session.clone());
            }
        }
    }

    /// Whether OpenCode died under an allowed call of this turn that was for the very same.
    pub(crate) fn may_have_run(&self, digest: &str) -> bool {
        let of_turn = |ask: &Ask| self.record.under_way.contains(&ask.id);
        self.record.asks.iter().any(|ask| ask.digest == digest && ask.may_have_run && of_turn(ask))
    }

    /// Who let the very same run in this turn. A call that ended under a sub-agent is made again when the sub-agent dies.
    pub(crate) fn ran_before(&self, digest: &str) -> Option<RanBefore> {
        let of_turn = |ask: &&Ask| ask.digest == digest && self.record.under_way.contains(&ask.id);
        self.record.asks.iter().filter(of_turn).filter_map(Ask::who_let_it_run).next_back()
    }

    /// OpenCode lives and still holds the ask: only the link was gone.
    pub(crate) fn reopen(&mut self, index: usize, now: Timestamp) {
        let ask = &mut self.record.asks[index];
        ask.state = AskState::Open;
        self.give_time(index, now);
        self.show(index);
    }

    /// A question that was answered meanwhile gets its answer before the turn goes on.
    fn completion(&self, index: usize) -> Option<AgentOrder> {
        // A turn that goes on already asks it again: answered there, it must not be answered here too.
        if self.record.resumed {
            return None;
        }
        let ask = &self.record.asks[index];
        let AskBody::Question { questions } = &ask.body else { return None };
        let Some(Answer::Answers { answers }) = ask.decision.as_ref().map(|decision| &decision.answer) else {
            return None;
        };
        Some(AgentOrder::Complete {
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
        let sent = self.intend_for(ask.to_owned(), AgentOrder::Resume { session, user_message_id });
        self.send(sent);
    }
}

/// Asked by an OpenCode that died, and not applied.
fn is_cut_off(ask: &Ask) -> bool {
    matches!(ask.state, AskState::Suspended | AskState::Decided) && !ask.is_configuration()
}
