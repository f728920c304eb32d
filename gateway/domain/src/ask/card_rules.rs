//! The rules that stand on a card: who decides, and what silence means.

use super::danger::Danger;
use crate::demand::Demand;
use crate::proven::Proof;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What the card says about who decides, and about silence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rules {
    /// None is everybody who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_answer: Option<Vec<String>>,
    /// Why two people must allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// What stands out in what would run; a label, not a gate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dangers: Vec<Danger>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    pub on_silence: OnSilence,
    /// The weakest proof with which somebody can allow it. To deny, any is enough.
    #[serde(default, skip_serializing_if = "Proof::is_claimed")]
    pub proof: Proof,
    /// What the rules of the repository ask of whoever allows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demand: Option<Box<Demand>>,
    /// Times that people were reminded.
    #[serde(default)]
    pub reminders: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Backup {
    pub from: Timestamp,
    pub people: Vec<String>,
    #[serde(default)]
    pub told: bool,
}

/// What happens when nobody answers in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnSilence {
    /// Denied, with a sentence that says that nobody answered.
    Deny,
    TakeRecommended,
    /// It stays open, with a reminder.
    Remind,
    #[default]
    Wait,
}
