//! What the rules answered. Bound to what they were asked with, and to what they are.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Any of these, and nothing leaves.
    pub deny: Vec<Finding>,
    /// Any of these, and a person decides.
    pub ask: Vec<Finding>,
    /// Told, and no more.
    pub warn: Vec<Finding>,
    pub tier: Tier,
    /// Why it is in this tier, in sentences.
    pub because: Vec<String>,
    /// How many people have to approve before it is merged.
    pub approvals: u32,
    /// At least one of them owns what was changed.
    pub owner_approves: bool,
    /// It may merge by itself when the forge's own gate holds.
    pub may_merge_itself: bool,
    pub reviewers: Vec<String>,
    /// `sha256:…` of the pack.
    pub pack: String,
    /// `sha256:…` of the facts.
    pub input: String,
}

/// What one rule found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// `path.forbidden`
    pub rule: String,
    /// A sentence for people.
    pub says: String,
    pub paths: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    #[default]
    Low,
    Medium,
    High,
}
