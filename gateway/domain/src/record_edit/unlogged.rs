//! A decision that no entry of the audit log tells of is void: whoever brought it into the record, it was nobody who answered.

use crate::ask::{Ask, AskState, Decision};
use crate::record::SessionRecord;
use jiff::Timestamp;

/// An answer that still has to take effect, by what its entry is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decided<'a> {
    pub session: &'a str,
    pub ask: &'a str,
    pub at: Timestamp,
}

/// The record without decisions that are not logged, and a sentence for each; none if all of them are.
pub fn void_unlogged(
    record: &SessionRecord,
    is_logged: &dyn Fn(Decided<'_>) -> bool,
) -> Option<(SessionRecord, Vec<String>)> {
    // What the record itself still has to tell the log.
    let owed = |ask: &str, at| record.unaudited.iter().any(|entry| entry.ask == ask && entry.at == at);
    let is_known = |ask: &str, at| is_logged(Decided { session: &record.session, ask, at }) || owed(ask, at);
    let is_real = |ask: &Ask, decision: &Decision| is_known(&ask.id, decision.at);
    let (mut without, mut void) = (record.clone(), vec![]);
    for ask in &mut without.asks {
        let has_order = record.outbox.iter().any(|sent| sent.ask == ask.id);
        let waits = has_order || matches!(ask.state, AskState::Decided | AskState::AllowedLate);
        if waits && ask.decision.as_ref().is_some_and(|decision| !is_real(ask, decision)) {
            let late = ask.state == AskState::AllowedLate;
            ask.state = if late { AskState::TimedOut } else { AskState::Suspended };
            ask.decision = None;
            void.push(ask.id.clone());
        }
        let real: Vec<_> = ask.approvals().filter(|one| is_real(ask, one)).cloned().collect();
        if real.len() < ask.approvals().count() {
            ask.take_approvals(real);
            void.push(ask.id.clone());
        }
    }
    let is_given = |ask: &str| !void.iter().any(|one| one == ask);
    without.outbox.retain(|sent| is_given(&sent.ask));
    let mut sentences: Vec<String> = void
        .iter()
        .map(|ask| format!("The decision about {ask} has no entry in the audit log; it counts for nothing."))
        .collect();
    without.outbox.retain(|sent| {
        let Some(grant) = sent.order.gives().filter(|grant| !is_known(&grant.ask, grant.at)) else {
            return true;
        };
        sentences
            .push(format!("The grant {} has no entry in the audit log; it counts for nothing.", grant.id));
        false
    });
    (!sentences.is_empty()).then_some((without, sentences))
}
