//! What OpenCode says of the session and of its turn: what it is, that the turn begins and ends, that it was stopped.

use super::Session;
use crate::ask::{Ask, AskState};
use crate::mask::mask_text;
use crate::models::{Choice, ModelChoice};
use crate::order::{AgentOrder, Order};
use crate::record::{About, Ended, Ending, PendingOrder, SessionRecord, Sort};
use crate::thread::MessageSeen;
use jiff::Timestamp;

/// Whether the turn's end was seen. OpenCode says that it is idle a moment later, or never if the turn failed early.
#[derive(Debug, Default)]
pub(crate) struct TurnEnd {
    newest_ms: i64,
    seen: bool,
}

impl TurnEnd {
    pub(crate) fn message(&mut self, seen: &MessageSeen) {
        // An older message may be told again.
        if seen.created_ms >= self.newest_ms {
            (self.newest_ms, self.seen) = (seen.created_ms, seen.closes_turn);
        }
    }

    pub(crate) fn told(&mut self) {
        self.seen = true;
    }
}

impl Session {
    pub(crate) fn described(&mut self, about: About) {
        let known = &self.record.about;
        let about = About {
            sort: if known.sort == Sort::Work { Sort::Work } else { about.sort },
            project: about.project.or_else(|| known.project.clone()),
            owner: about.owner.or_else(|| known.owner.clone()),
            started_at: about.started_at.or(known.started_at),
            start_key: about.start_key.or_else(|| known.start_key.clone()),
            category: about.category.or_else(|| known.category.clone()),
            priority: about.priority.or(known.priority),
            thread: about.thread.or_else(|| known.thread.clone()),
            // OpenCode tells of the last message; what a person chose since holds from the next one on.
            agent: known.chosen.agent.clone().or(about.agent).or_else(|| known.agent.clone()),
            model: known
                .chosen
                .model
                .as_ref()
                .map(ModelChoice::label)
                .or(about.model)
                .or_else(|| known.model.clone()),
            chosen: if about.chosen == Choice::default() { known.chosen.clone() } else { about.chosen },
            holds_writes: about.holds_writes || known.holds_writes,
            thread_wanted: about.thread_wanted.or_else(|| known.thread_wanted.clone()),
            routing: about.routing.or_else(|| known.routing.clone()),
            workspace: about.workspace.or_else(|| known.workspace.clone()),
            // A person typed it, and nothing that runs needs it.
            title: mask_text(&about.title),
            ..about
        };
        if about != self.record.about {
            self.record.about = about;
            self.tighten_open();
        }
    }

    pub(crate) fn turn_began(&mut self, now: Timestamp) {
        self.rests = false;
        if !std::mem::replace(&mut self.busy, true) {
            self.tell_what_ran(now);
            self.activity.ending.seen = false;
            self.activity.begin(now);
            self.arm_summary(now);
        }
        if !self.record.working || self.record.failed.is_some() {
            (self.record.working, self.record.failed) = (true, None);
        }
    }

    /// The agent is idle: what was not asked again in a turn that was taken up was not needed any more, and what a
    /// newer turn overtook is not asked again.
    pub(crate) fn turn_ended(&mut self, now: Timestamp) {
        if !std::mem::replace(&mut self.busy, false) {
            self.thread.all_is_over();
        }
        self.tell_what_ran(now);
        self.rests = true;
        self.ended_meanwhile = !self.online;
        self.forget_turn();
        self.ended_under = self.being_answered();
        let answered = self.ended_under.clone();
        let left = |ask: &Ask| {
            let waits = matches!(ask.state, AskState::Suspended | AskState::Decided);
            waits && !ask.is_gate() && !ask.is_configuration() && !ask.is_delivery()
        };
        if self.online {
            self.settle_where(|ask| left(ask) && !answered.contains(&ask.id), &AskState::Superseded);
        }
        self.end_delivery_work();
        self.send_next(None, now);
    }

    fn forget_turn(&mut self) {
        let SessionRecord { turn, resumed, working, under_way, .. } = &*self.record;
        if turn.is_some() || *resumed || *working || !under_way.is_empty() {
            (self.record.turn, self.record.resumed, self.record.working) = (None, false, false);
            self.record.under_way.clear();
        }
    }

    /// Asks whose answer is on its way.
    fn being_answered(&self) -> Vec<String> {
        let is_answer =
            |order: &AgentOrder| matches!(order, AgentOrder::Reply { .. } | AgentOrder::Complete { .. });
        let sent = self.record.outbox.iter().filter(|sent| sent.order.agent().is_some_and(is_answer));
        sent.map(|sent| sent.ask.clone()).collect()
    }

    /// What people see as ended is ended for them, even if OpenCode has not said so yet.
    pub(crate) fn is_working(&self) -> bool {
        let is_stop = |sent: &PendingOrder| matches!(sent.order, Order::Agent(AgentOrder::Abort { .. }));
        self.busy && !self.activity.ending.seen && !self.record.outbox.iter().any(is_stop)
    }

    /// Stopped in OpenCode. That may be long ago: a late answer that was taken since is told all the same.
    pub(crate) fn aborted(&mut self) {
        self.activity.ending.told();
        if self.is_stopped_by_move() {
            return;
        }
        let is_late_answer = |order: &Order| matches!(order, Order::Agent(AgentOrder::Say { .. }));
        self.withdraw_but("the session was stopped", |order| {
            order.outlives_withdrawal() || is_late_answer(order)
        });
    }

    pub(crate) fn withdraw(&mut self, why: &str) {
        self.withdraw_but(why, Order::outlives_withdrawal);
    }

    fn withdraw_but(&mut self, why: &str, stays: impl Fn(&Order) -> bool) {
        self.stop_moving();
        self.record.outbox.retain(|sent| stays(&sent.order));
        self.record.under_way.clear();
        let of_turn = |ask: &Ask| ask.is_unsettled() && !ask.is_beside_the_turn();
        self.settle_where(of_turn, &AskState::Withdrawn { why: why.to_owned() });
    }

    pub(crate) fn deleted(&mut self, now: Timestamp) {
        self.withdraw("the session was deleted");
        self.withdraw_late("the session was deleted");
        if self.record.ended.is_none() {
            self.record.ended = Some(Ended { how: Ending::Deleted, by: "OpenCode".to_owned(), at: now });
            self.end_grants();
            self.audit_in_opencode("deleted", now);
            self.lab_of_deleted(now);
        }
    }
}
