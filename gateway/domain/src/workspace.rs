//! A place of a session's own: what is kept of it in the record, and how a session gets there.

use crate::ask::Person;
use crate::progress_line::ProgressLine;
use crate::safe_name::SafeName;
use serde::{Deserialize, Serialize};

/// Where a session works (REQ-WORK-01). While the session lasts, no other one gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workspace {
    pub name: SafeName,
    /// The branch in each of its repositories; none when a command made the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    pub repositories: Vec<SafeName>,
}

/// What is under way between a person's answer and the session's going on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    pub by: Person,
    /// Where it began.
    pub from: String,
    /// A person stopped it meanwhile: it arrives, and waits there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
}

/// A workspace that was made for a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceReady {
    pub directory: String,
    pub workspace: Workspace,
    pub project: Option<String>,
    pub category: Option<String>,
    /// The channel that its thread is wanted in.
    pub thread: Option<String>,
    /// What was told while it was made.
    pub progress: Vec<ProgressLine>,
}
