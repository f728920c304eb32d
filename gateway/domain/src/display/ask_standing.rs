//! How an ask stands: whether an answer still counts, and what it waits for.

use super::phrase::Phrase;
use crate::ask::{Ask, AskState, Decision};
use crate::demand::count_in_words;
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
            AskState::Open | AskState::Suspended if self.is_approved_in_part() => StandingKind::NeedsSecond,
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
            StandingKind::NeedsSecond => return some_of_several(self).unwrap_or_default(),
            StandingKind::Unsaved => "An answer isn't saved yet, so it doesn't count yet.",
            StandingKind::Saved => "Saved. It takes effect as soon as the agent receives it.",
            StandingKind::TimedOut => "You can still answer, and the agent will be told.",
            StandingKind::Closed => "This request is closed.",
        })
    }

    fn is_approved_in_part(&self) -> bool {
        self.rules.risk.is_some() && self.first_approval.is_some()
    }
}

/// Who allowed it so far, of those that are needed.
pub(super) fn some_of_several(ask: &Ask) -> Option<Phrase> {
    let by = approved_by("Approved by ", ask.approvals())?;
    Some(match ask.people_missing() {
        0 | 1 => by.text(". One more approval is needed."),
        more => by.text(format!(". {} more approvals are needed.", capital(&count_in_words(more)))),
    })
}

pub(super) fn approved_by<'a>(begins: &str, all: impl Iterator<Item = &'a Decision>) -> Option<Phrase> {
    all.fold(None, |said: Option<Phrase>, one| {
        let said = said.map_or_else(|| Phrase::of(begins), |said| said.text("; by "));
        Some(said.person(&one.by).text(", ").time(one.at))
    })
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
