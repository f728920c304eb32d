//! How finished work becomes a pull request that a reviewer trusts. Pure: no I/O, no clock, no randomness.
//!
//! What was measured ([`MeasuredChange`]) is judged by rules ([`Decision`]), and only what was judged leaves. What is
//! seen of the forge ([`PullRequestSeen`]) is read again before it counts.

mod change;
mod decision;
mod facts;
mod seen;

pub use change::{
    ChangedFile, DependencyChange, FileStatus, FoundSecret, MeasuredChange, SpecialFile, SteeringMessage,
};
pub use decision::{Decision, Finding, Tier};
pub use facts::{CheckFact, Facts, PreviousFacts, RepositoryFacts, RunFacts, SCHEMA, Spent, Stage};
pub use seen::{
    CheckSeen, CheckState, CommentSeen, PullRequestSeen, PullRequestState, ReviewSeen, ReviewVerdict,
};
