//! The orders of an edited record: what lets something happen may be removed. What stops or refuses something stays, and no
//! order comes from a file.

use crate::order::{AgentAnswer, AgentOrder, CheckOrder, DeliveryOrder, LabOrder, Order};
use crate::record::{PendingOrder, SessionRecord};
use std::collections::BTreeSet;

/// `gone`: asks that an edit removed, withdrew or took the approval of; nothing is done for them any more.
pub(super) fn apply(
    record: &mut SessionRecord,
    edited: &SessionRecord,
    gone: &BTreeSet<String>,
    refused: &mut Vec<String>,
) {
    let known: Vec<PendingOrder> = record.outbox.clone();
    for order in edited.outbox.iter().filter(|order| !known.contains(order)) {
        let is_new = !known.iter().any(|kept| kept.request_id == order.request_id);
        let how = if is_new { "is new" } else { "was changed" };
        refused.push(format!("The order {} {how}: orders come of what people decide.", order.request_id));
    }
    record.outbox.retain(|kept| {
        let is_wanted = edited.outbox.iter().any(|order| order.request_id == kept.request_id);
        if is_wanted || lets_happen(&kept.order) {
            return is_wanted && !is_void(kept, gone);
        }
        refused.push(format!("The order {} stays: it stops or refuses something.", kept.request_id));
        true
    });
}

fn is_void(pending: &PendingOrder, gone: &BTreeSet<String>) -> bool {
    let granted_with = pending.order.gives().map(|grant| grant.ask.as_str());
    lets_happen(&pending.order)
        && (gone.contains(&pending.ask) || granted_with.is_some_and(|ask| gone.contains(ask)))
}

fn lets_happen(order: &Order) -> bool {
    match order {
        Order::Agent(AgentOrder::Reply { answer, .. }) => !matches!(answer, AgentAnswer::Deny { .. }),
        Order::Agent(AgentOrder::Release { refuse, .. }) => refuse.is_none(),
        Order::Agent(AgentOrder::Abort { .. } | AgentOrder::Move { .. }) => false,
        Order::Checks(CheckOrder::Stop { .. }) => false,
        Order::Lab(LabOrder::EndLab { .. } | LabOrder::CleanLab { .. }) => false,
        Order::Delivery(DeliveryOrder::EndDeliveryWork { .. }) => false,
        Order::Agent(_)
        | Order::Workspace(_)
        | Order::Grants(_)
        | Order::Checks(_)
        | Order::Lab(_)
        | Order::Delivery(_) => true,
    }
}
