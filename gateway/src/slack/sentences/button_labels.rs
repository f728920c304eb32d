//! What stands on the buttons of a request's card.

pub(crate) const ALLOW_ONCE: &str = "Allow once";
pub(crate) const GO_ON: &str = "Continue";
pub(crate) const DENY: &str = "Deny";
pub(crate) const DETAILS: &str = "Details";
pub(crate) const DENY_WITH_REASON: &str = "Deny with a reason…";
pub(crate) const OWN_WORDS: &str = "Write your own…";
pub(crate) const ANSWER: &str = "Answer…";
pub(crate) const SET_UP: &str = "Set up…";
pub(crate) const ALLOW_LATE: &str = "Allow anyway";
pub(crate) const ANSWER_LATE: &str = "Answer anyway…";
pub(crate) const ASIDE: &str = "Discuss in a thread";
