//! A thing to look at in what would run: a label for people, and no gate. The module `danger` finds them.

use serde::{Deserialize, Serialize};

/// One thing to look at, and what it was found in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Danger {
    pub kind: DangerKind,
    /// For people: `Deletes files or data`.
    pub label: String,
    /// What it was found in: `rm -rf build`.
    pub why: String,
}

/// The worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DangerKind {
    ForcePush,
    Destructive,
    Privileged,
    Secrets,
    RemoteCode,
    DecidesWhatRuns,
    OutsideDirectory,
    Network,
}

impl DangerKind {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::ForcePush => "Overwrites a branch that others may use",
            Self::Destructive => "Deletes files or data",
            Self::Privileged => "Runs with elevated rights",
            Self::Secrets => "May read secrets",
            Self::RemoteCode => "Runs hidden or downloaded code",
            Self::DecidesWhatRuns => "Changes files that decide what runs later",
            Self::OutsideDirectory => "Accesses files outside its directory",
            Self::Network => "Uses the network",
        }
    }
}
