//! The invariants, as docs/requirements.md names them.
//!
//! - I1 one answer: an ask is answered towards OpenCode at most once, and exactly once if it was confirmed.
//! - I2 durable before visible: nothing is told, shown or sent before it is on disk.
//! - I3 one card: whatever OpenCode calls an ask, it has one card; and the card shows what the record says.
//! - I4 order: cards stand in the thread in the order in which they were asked.
//! - I5 isolation: no effect of a session names a thing of another.
//! - I6 safe silence: every ask ends settled, and truly so; the agent never waits for ever on nothing.
//! - I7 bounded: what a session keeps, and what waits for it, has a limit.
//! - I8 masked: a planted secret is in no card, record or audit entry.

use crate::plan::SECRET;
use crate::world::{World, millis, root};
use gateway_domain::{
    AgentOrder, Ask, AskState, CheckOrder, Effect, GrantOrder, LabOrder, Order, Verdict, WorkspaceOrder,
};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Settled asks that the domain remembers, by its own word.
const KEPT_SETTLED: usize = 50;

/// Asks that can be unsettled at the same time in these plans: a few waves at once, none of them over.
const UNSETTLED: usize = 40;

/// Commands under way about one ask: the default, the word about a late answer, that answer, going on.
const SENT_OF_AN_ASK: usize = 4;

/// A turn that no ask of was lost is gone on with once.
const SENT_OF_A_TURN: usize = 1;

/// How late a clock may be read.
const LATE: u64 = 1_000;

/// Letters to one session, as the real mailbox.
const MAILBOX: usize = 1024;

impl World {
    /// Right after the domain decided.
    pub fn decided(&mut self, session: &str, effects: &[Effect]) {
        let outbox = self.gateway.tasks[session].session.record().outbox.clone();
        for effect in effects {
            if let Effect::Order { request_id, order } = effect
                && let Some(sent) = outbox.iter().find(|sent| sent.request_id == *request_id)
            {
                self.will_say(order, &sent.ask);
            }
        }
    }

    /// Right before an effect takes place.
    pub fn check_effect(&mut self, session: &str, effect: &Effect) {
        match effect {
            Effect::Tell(Verdict::Taken | Verdict::TakenForLater | Verdict::TakenLate) => {
                self.check_told(session);
            }
            Effect::Order { request_id, order } => self.check_command(session, request_id, order),
            Effect::Show(ask) => self.check_card(session, ask),
            Effect::Audit(entry) => {
                self.check_masked("the audit log", &serde_json::to_string(entry).unwrap());
                if entry.session != session {
                    self.broken("I5", format!("{session} writes of {} into the audit log", entry.session));
                }
            }
            _ => {}
        }
    }

    fn check_told(&mut self, session: &str) {
        let Some(given) = self.gateway.tasks[session].answered().cloned() else { return };
        let kept =
            self.disk.get(session).and_then(|record| record.asks.iter().find(|ask| ask.id == given.ask));
        let decision = kept.and_then(|ask| ask.decision.as_ref());
        if !decision.is_some_and(|kept| kept.answer == given.answer && kept.by == given.by) {
            self.broken(
                "I2",
                format!("{} is told that {} is answered; on disk it is not", given.by.id, given.ask),
            );
        }
    }

    fn check_command(&mut self, session: &str, request_id: &str, order: &Order) {
        let on_disk = self.disk.get(session);
        if !on_disk.is_some_and(|record| record.outbox.iter().any(|sent| sent.request_id == request_id)) {
            self.broken("I2", format!("{request_id} is sent before it is on disk"));
        }
        let of_delivery;
        let (of, things) = match order {
            Order::Agent(AgentOrder::Reply { session, opencode_id, tool, .. }) => {
                let tool = tool.iter().flat_map(|tool| [&tool.message_id, &tool.call_id]);
                (session, tool.chain([opencode_id]).collect())
            }
            Order::Agent(AgentOrder::Complete { session, tool, .. }) => {
                (session, vec![&tool.message_id, &tool.call_id])
            }
            Order::Agent(AgentOrder::Resume { session, user_message_id }) => (session, vec![user_message_id]),
            Order::Agent(
                AgentOrder::Say { session, .. }
                | AgentOrder::Prompt { session, .. }
                | AgentOrder::Retry { session, .. }
                | AgentOrder::Move { session, .. }
                | AgentOrder::Abort { session }
                | AgentOrder::Release { session, .. },
            )
            | Order::Workspace(WorkspaceOrder::Prepare { session, .. }) => (session, vec![]),
            Order::Grants(GrantOrder::Give { grant }) => (&grant.session, vec![]),
            Order::Checks(
                CheckOrder::Start { session, .. }
                | CheckOrder::Await { session, .. }
                | CheckOrder::Stop { session, .. }
                | CheckOrder::Tell { session, .. }
                | CheckOrder::Fetch { session, .. },
            ) => (session, vec![]),
            Order::Lab(
                LabOrder::ReadLab { session, .. }
                | LabOrder::ApplyLab { session, .. }
                | LabOrder::EndLab { session, .. }
                | LabOrder::CleanLab { session, .. },
            ) => (session, vec![]),
            Order::Delivery(order) => {
                of_delivery = order.session().to_owned();
                (&of_delivery, vec![])
            }
        };
        let strange =
            |thing: &&&String| self.witness.owners.get(**thing).is_some_and(|owner| root(owner) != session);
        let strange = things.iter().find(strange).map(|thing| (*thing).clone());
        let strange = strange.or((root(of) != session).then(|| of.clone()));
        if let Some(thing) = strange {
            self.broken("I5", format!("{session} gives an order about {thing}"));
        }
    }

    fn check_card(&mut self, session: &str, ask: &Ask) {
        self.check_masked("a card", &serde_json::to_string(ask).unwrap());
        let owner = self.witness.owners.get(&ask.opencode_id);
        if root(&ask.session) != session || owner.is_some_and(|owner| root(owner) != session) {
            self.broken("I5", format!("{session} shows {} of another session", ask.id));
        }
        let kept = self.disk.get(session).and_then(|record| record.asks.iter().find(|one| one.id == ask.id));
        if ask.decision.is_some() && kept.and_then(|kept| kept.decision.as_ref()) != ask.decision.as_ref() {
            self.broken("I2", format!("the card {} shows a decision that is not on disk", ask.id));
        }
    }

    pub fn check_masked(&mut self, place: &str, text: &str) {
        if text.contains(SECRET) {
            self.broken("I8", format!("{place} holds a secret: {text}"));
        }
    }

    /// After everything that happens.
    pub fn check_step(&mut self) {
        let mut found = None;
        for session in &std::mem::take(&mut self.touched) {
            let Some(task) = self.gateway.tasks.get(session) else { continue };
            let record = task.session.record();
            let settled = record.asks.iter().filter(|ask| !ask.is_unsettled()).count();
            let unsettled = record.asks.len() - settled;
            let sizes = (settled, unsettled, record.outbox.len(), task.waiting_letters());
            if settled > KEPT_SETTLED
                || unsettled > UNSETTLED
                || sizes.2 > record.asks.len() * SENT_OF_AN_ASK + SENT_OF_A_TURN
                || sizes.3 > MAILBOX
            {
                found = Some(("I7", format!("{session} keeps too much: {sizes:?}")));
            }
            if task.is_at_rest() {
                found = found.or_else(|| order(session, self.thread.posts(session), &record.asks));
                let late = || overdue(&record.asks, self.now).filter(|_| !task.will_wake(self.now));
                found = found.or_else(late);
            }
            let lost = |ask: &&Ask| {
                let taken = self.witness.taken.get(&ask.id);
                taken.is_some_and(|taken| {
                    ask.decision.as_ref().map(|kept| &kept.answer) != Some(&taken.given.answer)
                })
            };
            if let Some(ask) = record.asks.iter().find(lost) {
                found = Some(("I1", format!("the answer to {} was confirmed, and is gone", ask.id)));
            }
        }
        if let Some((promise, how)) = found {
            self.broken(promise, how);
        }
    }
}

/// The clock of an ask ran out, and nobody looked at it.
fn overdue(asks: &[Ask], now: u64) -> Option<(&'static str, String)> {
    let is_over = |deadline: Timestamp| millis(deadline) + LATE < now;
    let ask = asks.iter().find(|ask| ask.state == AskState::Open && ask.deadline.is_some_and(is_over))?;
    Some(("I6", format!("the time of {} is over, and nothing was done", ask.id)))
}

fn order(session: &str, posts: &[Ask], asks: &[Ask]) -> Option<(&'static str, String)> {
    let places: BTreeMap<_, _> = posts.iter().enumerate().map(|(place, post)| (&post.id, place)).collect();
    let mut last = 0;
    for ask in asks {
        let Some(&place) = places.get(&ask.id) else {
            return Some(("I3", format!("{} of {session} has no card", ask.id)));
        };
        if place < last {
            return Some(("I4", format!("{} of {session} stands before an earlier one", ask.id)));
        }
        if posts[place].state != ask.state {
            let (shown, kept) = (&posts[place].state, &ask.state);
            return Some(("I3", format!("the card of {} shows {shown:?}, the record says {kept:?}", ask.id)));
        }
        last = place;
    }
    None
}
