//! What the rules of today would have said of an ask of the past.

use super::Session;
use crate::ask::{Ask, AskState};
use crate::demand::Demand;
use crate::policy::PolicyBook;
use crate::record::SessionRecord;
use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trial {
    pub session: String,
    pub ask: String,
    pub what: String,
    /// What became of it, in words.
    pub was: String,
    /// Whether the answer that it had counts under the rules of today. Missing where nobody allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<bool>,
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    pub demand: Demand,
    /// What it would need, as a sentence.
    pub needs: String,
}

/// The asks of a record, each held against the rules of today. None without rules.
pub fn try_rules(policies: &PolicyBook, record: &SessionRecord) -> Vec<(jiff::Timestamp, Trial)> {
    let policy = policies.of(&record.about);
    let session = Session::looked_at(record.clone(), policy);
    record.asks.iter().filter_map(|ask| Some((ask.asked_at, session.trial(ask)?))).collect()
}

pub(super) fn outcome(ask: &Ask) -> String {
    match (&ask.state, &ask.decision) {
        (_, Some(decision)) => format!("{} by {}", decision.answer.in_words(), decision.by.name),
        (AskState::TimedOut, None) => "nobody answered".to_owned(),
        (AskState::AnsweredElsewhere { .. }, None) => "answered in OpenCode".to_owned(),
        (AskState::Open | AskState::Suspended, None) => "open".to_owned(),
        (_, None) => "closed without an answer".to_owned(),
    }
}
