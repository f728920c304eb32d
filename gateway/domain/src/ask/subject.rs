//! The kind of an ask, its subject in a few words, and whether the same ran before.

use crate::ask::{Ask, AskBody, AskState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// When something was allowed that ran, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RanBefore {
    /// If it was allowed in OpenCode, when it was asked.
    pub at: Timestamp,
    pub by: String,
}

impl AskBody {
    /// What is asked, in the words that a person would say it in.
    pub fn subject(&self) -> String {
        match self {
            Self::Permission { permission, patterns, metadata, .. } => {
                let named = ["command", "filepath"].into_iter().find_map(|name| metadata.get(name)?.as_str());
                let what = named.map_or_else(|| patterns.join(", "), str::to_owned);
                format!("{permission}: {what}")
            }
            Self::Held { held } | Self::Configuration { held, .. } => held.subject(),
            Self::Gate { title, detail, .. } => format!("{title} {detail}"),
            Self::Question { questions } => {
                questions.iter().map(|one| one.question.as_str()).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

impl Ask {
    /// Whether to go on; OpenCode does not know of it.
    pub(crate) fn is_gate(&self) -> bool {
        matches!(self.body, AskBody::Gate { .. })
    }

    /// Asked by the gateway, not by OpenCode.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.body, AskBody::Held { .. } | AskBody::Gate { .. } | AskBody::Configuration { .. })
    }

    /// One a session: it outlives the call that was held first.
    pub(crate) fn is_configuration(&self) -> bool {
        matches!(self.body, AskBody::Configuration { .. })
    }

    /// Who let it run, if it did as far as is known.
    pub(crate) fn who_let_it_run(&self) -> Option<RanBefore> {
        let runs = matches!(self.body, AskBody::Permission { .. } | AskBody::Held { .. });
        match (&self.state, &self.decision) {
            _ if !runs => None,
            (AskState::Applied, Some(decision)) if decision.answer.allows() => {
                Some(RanBefore { at: decision.at, by: decision.by.name.clone() })
            }
            (AskState::AnsweredElsewhere { answer }, _) if answer == "once" || answer == "always" => {
                Some(RanBefore { at: self.asked_at, by: "someone in OpenCode".to_owned() })
            }
            _ => None,
        }
    }
}
