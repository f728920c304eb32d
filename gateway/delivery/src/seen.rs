//! A pull request as the forge showed it at one moment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestSeen {
    pub number: u64,
    pub url: String,
    pub state: PullRequestState,
    pub draft: bool,
    /// The commit at the branch's tip. Everything below is of this commit.
    pub head: String,
    pub base_head: String,
    /// `None` while the forge is still finding out.
    pub mergeable: Option<bool>,
    /// Check runs and statuses of the head.
    pub checks: Vec<CheckSeen>,
    /// The same of the merge base, to tell whose failure it is.
    pub base_checks: Vec<CheckSeen>,
    /// Names of those that the forge wants before a merge. Empty where it wants none or doesn't tell.
    pub required: Vec<String>,
    pub reviews: Vec<ReviewSeen>,
    pub comments: Vec<CommentSeen>,
    /// Who merged or closed it.
    pub ended_by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PullRequestState {
    Open,
    Merged,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSeen {
    /// The check run's name, or the status' context.
    pub name: String,
    pub state: CheckState,
    /// Where people read about it.
    pub url: Option<String>,
    pub completed_at: Option<Timestamp>,
    /// What identifies it at the forge, to fetch its log or run it again.
    pub id: u64,
    /// The run of Actions that it belongs to, if it is one of those.
    pub run_id: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    /// Queued, in progress, or waiting for somebody.
    Pending,
    /// Success, neutral or skipped.
    Passed,
    Failed,
    /// It didn't come to a result: timed out, failed to start, cancelled.
    Doubtful,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewSeen {
    pub id: u64,
    pub by: String,
    /// They can write to the repository.
    pub may_write: bool,
    pub bot: bool,
    pub verdict: ReviewVerdict,
    /// The commit that they looked at.
    pub commit: String,
    pub text: String,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewVerdict {
    Approved,
    ChangesRequested,
    Commented,
    Dismissed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentSeen {
    pub id: u64,
    pub by: String,
    pub may_write: bool,
    pub bot: bool,
    pub path: Option<String>,
    pub line: Option<u64>,
    pub text: String,
    pub at: Timestamp,
    /// The comment that it answers.
    pub in_reply_to: Option<u64>,
}
