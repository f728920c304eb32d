//! How a session's agent is kept from what is not its own: in one word, with the reasons.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GuardLevel {
    Guarded,
    /// The guard is there, and something is open beside it.
    Partly,
    Unguarded,
}

/// Told by the agent's pod, and shown with its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GuardState {
    pub level: GuardLevel,
    /// What it is not kept from, in words for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gaps: Vec<String>,
    /// What OpenCode lets agents do without an ask. With the gate on the gateway is asked all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unasked: Vec<String>,
}

impl GuardLevel {
    /// The same on every surface; the console has its own copy (`kit/guard.ts`).
    pub fn word(self) -> &'static str {
        match self {
            Self::Guarded => "guarded",
            Self::Partly => "partly guarded",
            Self::Unguarded => "UNGUARDED",
        }
    }
}

impl GuardState {
    pub fn guarded(gaps: Vec<String>, unasked: Vec<String>) -> Self {
        let level = if gaps.is_empty() { GuardLevel::Guarded } else { GuardLevel::Partly };
        Self { level, gaps, unasked }
    }

    pub fn unguarded(why: impl Into<String>, unasked: Vec<String>) -> Self {
        Self { level: GuardLevel::Unguarded, gaps: vec![why.into()], unasked }
    }

    pub fn is_unguarded(&self) -> bool {
        self.level == GuardLevel::Unguarded
    }

    /// With its reasons, for an operator.
    pub fn sentence(&self) -> String {
        match self.gaps.as_slice() {
            [] => self.level.word().to_owned(),
            gaps => format!("{}: {}", self.level.word(), gaps.join("; ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_makes_a_guard_partial_and_is_named() {
        // REQ-GATE-05, REQ-GATE-07
        assert_eq!(GuardState::guarded(vec![], vec![]).sentence(), "guarded");
        let partly = GuardState::guarded(vec!["its skills".into(), "sockets".into()], vec![]);
        assert_eq!(
            (partly.is_unguarded(), partly.sentence().as_str()),
            (false, "partly guarded: its skills; sockets")
        );
        let none = GuardState::unguarded("OpenCode was started without the guard", vec![]);
        assert!(none.is_unguarded());
        assert_eq!(none.sentence(), "UNGUARDED: OpenCode was started without the guard");
    }
}
