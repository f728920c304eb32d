//! How an ask stands: whether an answer still counts, and what it waits for.

use super::phrase::Phrase;
use crate::ask::{Ask, AskState, Decision};
use serde::{Deserialize, Serialize};

/// How an ask stands, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskStanding {
    pub kind: StandingKind,
    pub sentence: Phrase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StandingKind {
    Open,
    /// It can be answered; the answer is applied when the agent is back.
    Offline,
    /// One person allowed it, and another one has to.
    NeedsSecond,
    /// An answer is not on the disk, and does not count yet.
    Unsaved,
    /// Answered; the agent does not have it yet.
    Saved,
    /// Nobody answered in time. An answer still reaches the agent.
    TimedOut,
    Closed,
}

impl Ask {
    pub(super) fn standing(&self) -> AskStanding {
        let kind = self.standing_kind();
        AskStanding { kind, sentence: self.standing_sentence(kind) }
    }

    fn standing_kind(&self) -> StandingKind {
        match &self.state {
            AskState::TimedOut if self.decision.is_none() => StandingKind::TimedOut,
            _ if self.unstored.is_some() => StandingKind::Unsaved,
            AskState::Open | AskState::Suspended if self.approved_first().is_some() => {
                StandingKind::NeedsSecond
            }
            AskState::Open => StandingKind::Open,
            AskState::Suspended => StandingKind::Offline,
            AskState::Decided => StandingKind::Saved,
            AskState::TimedOut
            | AskState::Applied
            | AskState::AnsweredElsewhere { .. }
            | AskState::AllowedLate
            | AskState::Withdrawn { .. }
            | AskState::Superseded => StandingKind::Closed,
        }
    }

    fn standing_sentence(&self, kind: StandingKind) -> Phrase {
        Phrase::of(match kind {
            StandingKind::Open => "Needs an answer.",
            StandingKind::Offline => {
                "The agent is restarting or offline. You can answer now; your answer is applied when it's back."
            }
            StandingKind::NeedsSecond => return self.approved_first().map(first_of_two).unwrap_or_default(),
            StandingKind::Unsaved => "An answer isn't saved yet, so it doesn't count yet.",
            StandingKind::Saved => "Saved. It takes effect as soon as the agent receives it.",
            StandingKind::TimedOut => "You can still answer, and the agent will be told.",
            StandingKind::Closed => "This request is closed.",
        })
    }

    /// Who was the first of the two people that are needed.
    fn approved_first(&self) -> Option<&Decision> {
        self.rules.risk.as_ref().and(self.first_approval.as_ref())
    }
}

pub(super) fn first_of_two(first: &Decision) -> Phrase {
    let by = Phrase::of("Approved by ").person(&first.by).text(", ").time(first.at);
    by.text(". One more approval is needed.")
}
