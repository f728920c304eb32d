//! What a delivery wants done, and what came of it. Each order stands in the record before it is given out, and is given out
//! again after a restart under the same id.

use crate::settings::Mode;
use crate::{Decision, MeasuredChange, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum Order {
    /// Asks the rules. Of a plan there is no tree.
    Judge {
        stage: Stage,
        tree: Option<String>,
    },
    /// Writes to the agent, with the order's id as the message's.
    Prompt {
        text: String,
    },
    /// Brings the workspace's tree over and measures it, also against the tree that was pushed last.
    Measure {
        since: Option<String>,
    },
    /// The project's own checks, on that tree.
    RunChecks {
        tree: String,
    },
    /// A text is kept as evidence under its digest.
    Keep {
        name: String,
        digest: String,
        text: String,
    },
    /// One commit of that tree. The same order makes the same bytes.
    Seal {
        tree: String,
        parents: Vec<String>,
        message: String,
        at: Timestamp,
    },
    /// Reads what failed: steps, annotations, the last lines of the logs, masked.
    ReadFailures {
        head: String,
        checks: Vec<String>,
    },
    /// Brings somebody's commits from the branch into the workspace.
    TakeIn {
        head: String,
    },

    /// Only if the branch is there as we last knew it, or not there at all.
    Push {
        branch: String,
        commit: String,
        tree: String,
        expected: Option<String>,
    },
    /// A draft. `section` is our part of the body, with its markers.
    OpenPull {
        branch: String,
        base: String,
        title: String,
        section: String,
    },
    /// Puts our part into the body, and leaves everything else in it.
    EditBody {
        number: u64,
        section: String,
    },
    /// Only if the branch's tip is that commit.
    Ready {
        number: u64,
        head: String,
    },
    BackToDraft {
        number: u64,
    },
    AskReviewers {
        number: u64,
        reviewers: Vec<String>,
    },
    /// Our own check run, for that commit. `external_id` finds it again.
    Report {
        head: String,
        external_id: String,
        state: ReportState,
        title: String,
        summary: String,
    },
    /// Runs of Actions whose failed jobs are to run once more.
    Rerun {
        head: String,
        runs: Vec<u64>,
    },
    /// `marker` stands in it and finds it again. Without a comment it is one of the conversation.
    Reply {
        number: u64,
        comment: Option<u64>,
        marker: String,
        text: String,
    },
    /// By the forge, when its own rules hold, and only if the branch's tip is that commit.
    Merge {
        number: u64,
        head: String,
    },
    CancelMerge {
        number: u64,
    },
    /// Only if its tip is that commit.
    RemoveBranch {
        branch: String,
        commit: String,
    },
}

by_name::by_name!(Order);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReportState {
    InProgress,
    /// A required check of this kind holds the merge.
    ActionRequired,
    Success,
}

impl Order {
    /// It changes something that others see.
    pub fn is_outside(&self) -> bool {
        !matches!(
            self,
            Self::Judge { .. }
                | Self::Prompt { .. }
                | Self::Measure { .. }
                | Self::RunChecks { .. }
                | Self::Keep { .. }
                | Self::Seal { .. }
                | Self::ReadFailures { .. }
                | Self::TakeIn { .. }
        )
    }

    /// What the switch has to say directly before it.
    pub fn needs(&self) -> Mode {
        match self {
            Self::Ready { .. } | Self::AskReviewers { .. } | Self::Merge { .. } => Mode::Full,
            // What only takes something back is allowed wherever writing is.
            order if order.is_outside() => Mode::Draft,
            Self::Prompt { .. } => Mode::Shadow,
            _ => Mode::Off,
        }
    }

    /// It belongs to a stage, and nobody wants it any more when that is left.
    pub(crate) fn is_of_stage(&self) -> bool {
        !matches!(
            self,
            Self::Keep { .. }
                | Self::EditBody { .. }
                | Self::AskReviewers { .. }
                | Self::BackToDraft { .. }
                | Self::Report { .. }
                | Self::Reply { .. }
                | Self::CancelMerge { .. }
                | Self::RemoveBranch { .. }
        )
    }

    /// Orders of one lane are carried out one after the other, and only the newest of those that wait.
    pub(crate) fn lane(&self) -> Option<&'static str> {
        match self {
            Self::EditBody { .. } => Some("body"),
            Self::Report { .. } => Some("report"),
            Self::Ready { .. } | Self::BackToDraft { .. } => Some("draft"),
            Self::Merge { .. } | Self::CancelMerge { .. } => Some("merge"),
            _ => None,
        }
    }
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done, by this order or by an earlier try of it.
    Done,
    /// It was only looked at, and is not done.
    NotDone,
    Judged(Box<Decision>),
    /// The rules could not be read or gave no answer, for this reason. Nothing leaves.
    Unjudged {
        why: String,
    },
    Measured {
        change: Box<MeasuredChange>,
        /// Paths that are not as they were in the tree that was pushed last.
        since_last_push: Vec<String>,
    },
    Checked(Vec<CheckResult>),
    Sealed {
        commit: String,
        tree: String,
    },
    Opened {
        number: u64,
        url: String,
    },
    /// Masked, and cut to what an agent can use.
    Failures {
        text: String,
    },
    TakenIn {
        head: String,
        tree: String,
        by: Vec<String>,
    },
    /// It can't be brought in without a person or the agent.
    Conflict {
        paths: Vec<String>,
    },
    /// The branch is not where we left it.
    Moved {
        head: Option<String>,
        by: Vec<String>,
        commits: u32,
    },
    Refused(Refusal),
    /// The switch forbade it directly before.
    Held,
    /// It may or may not have been done.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    pub name: String,
    pub passed: Option<bool>,
    /// `128/128 (12 s)`
    pub says: String,
    /// Of its report, which is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// Why a forge doesn't do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum Refusal {
    /// The app isn't installed there, or may not see the repository.
    NotInstalled {
        settings: Option<String>,
    },
    /// `Pull requests: write`
    RightMissing {
        right: String,
    },
    Revoked,
    WorkflowFile {
        paths: Vec<String>,
    },
    Ruleset {
        rule: String,
    },
    Unsigned,
    /// Before that time there is no use in asking.
    RateLimited {
        until: Timestamp,
    },
    /// The repository, the base or the pull request is gone.
    Gone {
        what: String,
    },
    Other {
        why: String,
    },
}

by_name::by_name!(Refusal);

impl Refusal {
    /// It works again once somebody gives the right back.
    pub(crate) fn is_about_rights(&self) -> bool {
        matches!(self, Self::NotInstalled { .. } | Self::RightMissing { .. } | Self::Revoked)
    }
}
