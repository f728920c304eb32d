//! The terms of an ask: who can answer it, and what happens when nobody does.

use super::phrase::Phrase;
use crate::ask::{Ask, AskState, OnSilence};
use crate::proven::Proof;
use serde::{Deserialize, Serialize};

/// To deny takes nothing.
const ALLOWED_BY_TOUCH: &str = " Allowing it takes a passkey.";

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AskTerms {
    /// Who can answer.
    pub who: Phrase,
    /// What happens when nobody answers, and when.
    pub silence: Phrase,
    /// That people were reminded, and how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<String>,
}

impl Ask {
    pub(super) fn terms(&self) -> AskTerms {
        AskTerms { who: self.who_can_answer(), silence: self.silence(), reminded: self.reminded() }
    }

    fn who_can_answer(&self) -> Phrase {
        if let Some(demand) = &self.rules.demand {
            return Phrase::of(demand.sentence());
        }
        let who = match &self.rules.may_answer {
            None => Phrase::default().everyone(),
            Some(ids) if ids.is_empty() => Phrase::of("Nobody"),
            Some(ids) => Phrase::default().people(ids),
        };
        let who = who.text(" can answer");
        let who = match &self.rules.backup {
            Some(backup) => {
                let from = who.text("; from ").time(backup.from).text(", ");
                from.people(&backup.people).text(" can answer too.")
            }
            None => who.text("."),
        };
        match self.rules.proof {
            Proof::Passkey => who.text(ALLOWED_BY_TOUCH),
            Proof::Claimed | Proof::Account | Proof::Fresh => who,
        }
    }

    fn silence(&self) -> Phrase {
        let Some(deadline) = self.deadline else {
            return Phrase::of(match self.state {
                AskState::Suspended => "The timer is paused while the agent is offline.",
                _ => "No time limit.",
            });
        };
        match self.rules.on_silence {
            OnSilence::Deny => {
                Phrase::of("Denied automatically ").deadline(deadline).text(" if nobody answers.")
            }
            OnSilence::TakeRecommended => {
                let agent = Phrase::of("The agent continues with the recommended option ");
                agent.deadline(deadline).text(" if nobody answers.")
            }
            OnSilence::Remind => Phrase::of("Reminder ").deadline(deadline).text("; it stays open."),
            OnSilence::Wait => Phrase::of("No time limit."),
        }
    }

    fn reminded(&self) -> Option<String> {
        match self.rules.reminders {
            0 => None,
            1 => Some("Reminded once.".to_owned()),
            times => Some(format!("Reminded {times} times.")),
        }
    }
}
