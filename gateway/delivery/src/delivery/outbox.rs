//! Orders stand in the record before they are given out, and until it is known what came of them (D11).

use super::Delivery;
use crate::effect::{Attempt, Effect};
use crate::order::Order;
use crate::record::PendingOrder;
use jiff::{SignedDuration, Timestamp};

/// The first pause before an order of unknown fate is tried again, and the longest.
const RETRY: (i64, i64) = (5, 300);
/// So long nobody is told that the forge doesn't answer.
pub(super) const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// So long a picture of the forge is good enough to act on.
const FRESH: SignedDuration = SignedDuration::from_mins(2);

impl Delivery {
    pub(super) fn intend(&mut self, order: Order) {
        if let Some(lane) = order.lane() {
            let replaced = |pending: &PendingOrder| !pending.tried && pending.order.lane() == Some(lane);
            self.record.outbox.retain(|pending| !replaced(pending));
        }
        let id = self.next_id();
        self.record.outbox.push(PendingOrder {
            id,
            order,
            tried: false,
            only_look: false,
            not_before: None,
            doubt_since: None,
            tries: 0,
        });
    }

    /// Gives out what may be given out now, oldest first.
    pub(super) fn send_waiting(&mut self, now: Timestamp) {
        for at in 0..self.record.outbox.len() {
            if self.may_send(at, now) {
                self.send(at);
            }
        }
    }

    fn may_send(&self, at: usize, now: Timestamp) -> bool {
        let pending = &self.record.outbox[at];
        !self.given_out.contains(&pending.id)
            && pending.not_before.is_none_or(|then| then <= now)
            && (pending.only_look || self.is_let_out(&pending.order))
            && !self.lane_is_taken(at)
            && (pending.only_look || self.is_seen_fresh(&pending.order, now))
    }

    /// Something waits only for the forge to be read anew.
    pub(super) fn waits_for_a_look(&self, now: Timestamp) -> bool {
        let waits = |pending: &PendingOrder| !pending.only_look && !self.is_seen_fresh(&pending.order, now);
        self.record.outbox.iter().any(|pending| waits(pending) && self.is_let_out(&pending.order))
    }

    /// What was seen before a restart, or long ago, lets nothing be marked as ready or merged (D4).
    fn is_seen_fresh(&self, order: &Order, now: Timestamp) -> bool {
        let is_gate = matches!(order, Order::Ready { .. } | Order::Merge { .. });
        let fresh = |at: Timestamp| now.duration_since(at) <= FRESH;
        !is_gate || self.newest_picture.is_some_and(fresh)
    }

    /// D12: while something holds the delivery, nothing leaves, and no agent is set to work.
    fn is_let_out(&self, order: &Order) -> bool {
        let is_held = order.is_outside() || matches!(order, Order::Prompt { .. });
        !is_held || !self.is_held() && self.mode() >= order.needs()
    }

    /// An older one of the same lane comes first: the newest has to be what is there in the end.
    fn lane_is_taken(&self, at: usize) -> bool {
        let lane = self.record.outbox[at].order.lane();
        let older = &self.record.outbox[..at];
        lane.is_some() && older.iter().any(|pending| pending.order.lane() == lane)
    }

    fn send(&mut self, at: usize) {
        let pending = &self.record.outbox[at];
        let attempt = match (pending.only_look, pending.tried) {
            (true, _) => Attempt::OnlyLook,
            (false, true) => Attempt::Again,
            (false, false) => Attempt::First,
        };
        let (id, order, tried) = (pending.id.clone(), pending.order.clone(), pending.tried);
        if !tried {
            self.record.outbox[at].tried = true;
        }
        self.given_out.insert(id.clone());
        self.effects.push(Effect::Order { id, order, attempt });
    }

    /// After a restart nobody carries anything out.
    pub(super) fn give_again(&mut self, now: Timestamp) {
        self.given_out.clear();
        for pending in &mut self.record.in_passing().outbox {
            pending.not_before = pending.not_before.filter(|then| *then > now);
        }
    }

    /// A body that is about a tree before this one is not put there any more (D10).
    pub(super) fn forget_old_bodies(&mut self) {
        let given_out = std::mem::take(&mut self.given_out);
        let stays =
            |one: &PendingOrder| !matches!(one.order, Order::EditBody { .. }) || given_out.contains(&one.id);
        if !self.record.outbox.iter().all(stays) {
            self.record.outbox.retain(stays);
        }
        self.given_out = given_out;
    }

    /// It may have been done: later it is looked for.
    pub(super) fn in_doubt(&mut self, at: usize, now: Timestamp) {
        let lane = self.record.outbox[at].order.lane();
        let newer = |pending: &PendingOrder| pending.order.lane() == lane;
        if lane == Some("body") && self.record.outbox[at + 1..].iter().any(newer) {
            let replaced = self.record.outbox.remove(at);
            self.given_out.remove(&replaced.id);
            return;
        }
        let pending = &mut self.record.in_passing().outbox[at];
        pending.tries = pending.tries.saturating_add(1);
        let pause = RETRY.0.saturating_mul(1 << pending.tries.min(10)).min(RETRY.1);
        pending.not_before = now.checked_add(SignedDuration::from_secs(pause)).ok();
        pending.doubt_since.get_or_insert(now);
        let id = pending.id.clone();
        self.given_out.remove(&id);
    }

    /// What only the left stage wanted: unsent it is dropped, and what may have been done outside is looked for.
    pub(super) fn drop_unwanted(&mut self) {
        let is_over = self.stage().is_over();
        let unwanted = |order: &Order| order.is_of_stage() || is_over && !is_wanted_at_the_end(order);
        let keeps =
            |pending: &PendingOrder| !unwanted(&pending.order) || pending.tried && pending.order.is_outside();
        self.record.outbox.retain(keeps);
        for pending in self.record.outbox.iter_mut().filter(|pending| unwanted(&pending.order)) {
            pending.only_look = true;
        }
        let left: Vec<_> = self.record.outbox.iter().map(|pending| pending.id.clone()).collect();
        self.given_out.retain(|id| left.contains(id));
    }

    pub(super) fn drop_orders(&mut self, which: impl Fn(&Order) -> bool) {
        self.record
            .outbox
            .retain(|pending| !which(&pending.order) || pending.tried && pending.order.is_outside());
        for pending in self.record.outbox.iter_mut().filter(|pending| which(&pending.order)) {
            pending.only_look = true;
        }
    }

    pub(super) fn is_pending(&self, which: impl Fn(&Order) -> bool) -> bool {
        self.record.outbox.iter().any(|pending| !pending.only_look && which(&pending.order))
    }
}

fn is_wanted_at_the_end(order: &Order) -> bool {
    matches!(
        order,
        Order::Keep { .. }
            | Order::CancelMerge { .. }
            | Order::RemoveBranch { .. }
            | Order::EditBody { .. }
            | Order::Report { .. }
    )
}
