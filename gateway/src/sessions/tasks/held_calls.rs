//! Calls that people were asked about: what was decided, by whom, and how long the call was held for it. For the metrics.

use super::metrics::{Source, TaskMetrics};
use gateway_domain::{AgentOrder, Ask, AskBody, AskState, Order};
use jiff::Timestamp;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DecidedCall {
    verdict: &'static str,
    source: Source,
    held_since: Timestamp,
}

impl DecidedCall {
    /// None of an order that releases no such call: it is told when its outcome is known, so that each counts once.
    pub(super) fn of(order: &Order, asks: &[Ask]) -> Option<Self> {
        let Order::Agent(AgentOrder::Release { hold_id, refuse, .. }) = order else { return None };
        let is_held = |ask: &&Ask| matches!(ask.body, AskBody::Held { .. }) && ask.opencode_id == *hold_id;
        let ask = asks.iter().find(is_held)?;
        let source = match (&ask.decision, &ask.state) {
            (Some(_), _) => Source::Person,
            (None, AskState::TimedOut) => Source::Silence,
            // Its session moved or ended: nobody decided about the call.
            (None, _) => return None,
        };
        let verdict = if refuse.is_some() { "deny" } else { "allow" };
        Some(Self { verdict, source, held_since: ask.asked_at })
    }

    pub(super) fn count(self, metrics: &TaskMetrics, now: Timestamp) {
        metrics.judged(self.verdict, self.source);
        // A clock that was set back makes no time negative.
        let held = Duration::try_from(now.duration_since(self.held_since)).unwrap_or_default();
        metrics.held(self.source, held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn held(change: Value) -> Ask {
        let mut ask = json!({
            "id": "hold_1", "opencode_id": "hold_1", "session": "ses_1", "directory": "/work/web", "kind": "held",
            "held": { "tool": "bash", "command": "make" }, "digest": "d", "asked_at": "2026-01-01T10:00:00Z", "state": "decided",
        });
        for (name, value) in change.as_object().unwrap() {
            ask[name] = value.clone();
        }
        serde_json::from_value(ask).unwrap()
    }

    fn released(hold_id: &str, refuse: Option<&str>) -> Order {
        let (session, hold_id) = ("ses_1".to_owned(), hold_id.to_owned());
        AgentOrder::Release { session, hold_id, refuse: refuse.map(str::to_owned), runs: None, tool: None }
            .into()
    }

    #[test]
    fn a_call_is_decided_by_a_person_or_by_silence() {
        // REQ-OPS-01
        let by = json!({ "id": "web:anna", "name": "anna" });
        let answer = |answer: &str| json!({ "decision": { "answer": answer, "by": by, "at": "2026-01-01T10:03:00Z" } });
        let of = |order: &Order, ask: Value| {
            DecidedCall::of(order, &[held(ask)]).map(|call| (call.verdict, call.source))
        };
        let (let_go, refused) = (released("hold_1", None), released("hold_1", Some("no")));
        assert_eq!(of(&let_go, answer("once")), Some(("allow", Source::Person)));
        assert_eq!(of(&refused, answer("deny")), Some(("deny", Source::Person)));
        assert_eq!(of(&refused, json!({ "state": "timed_out" })), Some(("deny", Source::Silence)));
    }

    #[test]
    fn what_nobody_decided_about_is_not_counted() {
        // REQ-OPS-01
        let withdrawn = held(json!({ "state": "withdrawn", "why": "moved" }));
        assert_eq!(DecidedCall::of(&released("hold_1", Some("moved")), &[withdrawn]), None);
        assert_eq!(DecidedCall::of(&released("hold_2", None), &[held(json!({}))]), None, "nobody was asked");
        let stops = AgentOrder::Abort { session: "ses_1".to_owned() }.into();
        assert_eq!(DecidedCall::of(&stops, &[held(json!({}))]), None);
    }
}
