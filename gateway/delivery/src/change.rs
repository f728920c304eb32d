//! What would leave, measured by the gateway from the objects themselves. Nothing in it was said by an agent.

use serde::{Deserialize, Serialize};

/// All that is between the merge base and one tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredChange {
    /// The tree's hash. What is pushed is this tree, or nothing.
    pub tree: String,
    /// The commit that the change is on top of.
    pub merge_base: String,
    /// The newest commit of the base branch when it was measured.
    pub base_head: String,
    /// In the order of their paths.
    pub files: Vec<ChangedFile>,
    /// The agent's own commits between the merge base and the tree.
    pub commits: usize,
    pub dependencies: Vec<DependencyChange>,
    /// In the tree and in each commit on the way to it.
    pub secrets: Vec<FoundSecret>,
    pub steering: Vec<SteeringMessage>,
    /// What could not be measured, each in a sentence. Rules deny what has any.
    pub unmeasured: Vec<String>,
}

impl MeasuredChange {
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn added(&self) -> u64 {
        self.files.iter().map(|file| file.added).sum()
    }

    pub fn deleted(&self) -> u64 {
        self.files.iter().map(|file| file.deleted).sum()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// Slashes between folders. What is no UTF-8 is written with replacement characters, and is in `unmeasured`.
    pub path: String,
    /// Where it was, if it was moved.
    pub old_path: Option<String>,
    pub status: FileStatus,
    pub added: u64,
    pub deleted: u64,
    pub binary: bool,
    /// The executable bit was set or taken.
    pub mode_changed: bool,
    pub special: Option<SpecialFile>,
    /// By its name or an attribute: lock files, vendored and built code. Doesn't count in limits of size.
    pub generated: bool,
    /// By its name: a test, a fixture, a snapshot.
    pub test: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileStatus {
    Added,
    Modified,
    Deleted,
    Moved,
}

/// What a tree can have besides files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecialFile {
    Link,
    Submodule,
    /// The text stands for a large file that is kept elsewhere.
    LfsPointer,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChange {
    /// `npm`, `cargo`, `pypi`, `go`, …
    pub ecosystem: String,
    pub name: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// The file that says so.
    pub manifest: String,
}

/// Where something looks like a secret. Never what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FoundSecret {
    pub rule: String,
    pub path: String,
    pub line: u64,
    /// The agent's commit that has it, if the tree itself doesn't any more. 1 is the oldest.
    pub commit: Option<usize>,
}

/// A commit message that would tell CI what to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteeringMessage {
    /// 1 is the oldest.
    pub commit: usize,
    /// `[skip ci]`, `skip-checks: true`, …
    pub says: String,
}
