//! What an ask is about: what of it is shown, what it would run and change, and all of it as one text.

use super::held_call::{HeldCall, only_reads};
use super::{AskBody, Question};
use crate::command_reading::{forms, is_opaque};
use crate::mask::{mask, mask_map, mask_text};
use serde_json::Value;

impl AskBody {
    pub(super) fn masked(self) -> Self {
        match self {
            Self::Permission { permission, patterns, always, metadata } => Self::Permission {
                permission,
                patterns: patterns.iter().map(|pattern| mask(pattern)).collect(),
                always: always.iter().map(|pattern| mask(pattern)).collect(),
                metadata: mask_map(&metadata),
            },
            Self::Held { held } => Self::Held { held: held.on_card() },
            Self::Gate { title, detail, user_message_id } => {
                Self::Gate { title, detail: mask(&detail), user_message_id }
            }
            Self::Configuration { fields, held } => Self::Configuration { fields, held: held.on_card() },
            Self::Deploy { plan, detail } => Self::Deploy { plan: plan.masked(), detail: mask_text(&detail) },
            Self::Delivery { sheet } => Self::Delivery { sheet: Box::new(sheet.masked()) },
            Self::Question { questions } => {
                Self::Question { questions: questions.into_iter().map(Question::masked).collect() }
            }
        }
    }

    /// Everything that says what would run, for the rules about risk.
    pub(crate) fn what_runs(&self) -> Vec<String> {
        match self {
            Self::Permission { patterns, metadata, .. } => {
                let named = |name: &str| metadata.get(name).and_then(Value::as_str);
                let runs = named("command").map(forms).unwrap_or_default().into_iter();
                runs.chain(named("filepath").map(str::to_owned)).chain(patterns.iter().cloned()).collect()
            }
            Self::Held { held } | Self::Configuration { held, .. } => held.what_runs(),
            // Rules about deploys name them by that word.
            Self::Deploy { plan, .. } => {
                forms(&plan.command).into_iter().chain([format!("deploy to lab: {}", plan.command)]).collect()
            }
            // Rules about deliveries name them by that word.
            Self::Delivery { sheet } => vec![format!("deliver: {}", sheet.repository)],
            Self::Question { .. } | Self::Gate { .. } => vec![],
        }
    }

    /// All that a person decides about, as one text.
    pub(crate) fn in_plain(&self) -> String {
        match self {
            Self::Permission { .. } => [&self.in_full(), self.diff().unwrap_or_default()].join("\n"),
            Self::Held { held } | Self::Configuration { held, .. } => [held.about(), held.more()].join("\n"),
            Self::Deploy { detail, .. } => [&self.in_full(), detail.as_str()].join("\n"),
            Self::Delivery { sheet } => [&self.in_full(), sheet.detail().as_str()].join("\n"),
            Self::Gate { .. } | Self::Question { .. } => self.in_full(),
        }
    }

    /// The command that it would run.
    pub(crate) fn command(&self) -> Option<&str> {
        match self {
            Self::Permission { metadata, .. } => metadata.get("command").and_then(Value::as_str),
            Self::Held { held } | Self::Configuration { held, .. } => held.command.as_deref(),
            Self::Deploy { plan, .. } => Some(&plan.command),
            Self::Question { .. } | Self::Gate { .. } | Self::Delivery { .. } => None,
        }
    }

    /// The files that it would touch.
    pub(crate) fn files(&self) -> Vec<&str> {
        match self {
            Self::Permission { metadata, .. } => {
                metadata.get("filepath").and_then(Value::as_str).into_iter().collect()
            }
            Self::Held { held } | Self::Configuration { held, .. } => held.files(),
            Self::Question { .. } | Self::Gate { .. } | Self::Deploy { .. } | Self::Delivery { .. } => vec![],
        }
    }

    pub(crate) fn changes_files(&self) -> bool {
        match self {
            Self::Permission { permission, .. } => permission == "edit",
            Self::Held { held } | Self::Configuration { held, .. } => !only_reads(&held.tool),
            Self::Question { .. } | Self::Gate { .. } | Self::Deploy { .. } | Self::Delivery { .. } => false,
        }
    }

    pub(crate) fn held_call(&self) -> Option<&HeldCall> {
        match self {
            Self::Held { held } | Self::Configuration { held, .. } => Some(held),
            Self::Permission { .. }
            | Self::Question { .. }
            | Self::Gate { .. }
            | Self::Deploy { .. }
            | Self::Delivery { .. } => None,
        }
    }

    /// Nobody can know what its command runs before it does.
    pub(crate) fn is_opaque(&self) -> bool {
        match self {
            Self::Permission { metadata, .. } => {
                metadata.get("command").and_then(Value::as_str).is_some_and(is_opaque)
            }
            Self::Held { held } | Self::Configuration { held, .. } => held.is_opaque(),
            Self::Deploy { plan, .. } => is_opaque(&plan.command),
            Self::Question { .. } | Self::Gate { .. } | Self::Delivery { .. } => false,
        }
    }
}
