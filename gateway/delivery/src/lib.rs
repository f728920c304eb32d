//! How finished work becomes a pull request that a reviewer trusts. Pure: no I/O, no clock, no randomness.
//!
//! What was measured ([`MeasuredChange`]) is judged by rules ([`Decision`]), and only what was judged leaves. What is
//! seen of the forge ([`PullRequestSeen`]) is read again before it counts. [`Delivery`] takes what happens and says what is
//! to be done; [`DeliveryRecord`] is what of it must survive.

mod audited;
mod body;
mod branch_name;
mod budget;
mod change;
mod ci_verdict;
mod commit_message;
mod decision;
mod delivery;
mod delivery_ask;
mod effect;
mod facts;
mod input;
mod markdown;
mod order;
mod poll_pace;
mod preset;
mod record;
mod report;
mod reviews;
mod round;
mod run_id;
mod seen;
pub mod sentences;
mod settings;
mod stage;
mod thread_lines;
mod weaker;

pub use audited::AUDITED;
pub use body::{BodyFacts, MAX_BODY, put_section, section};
pub use branch_name::branch_name;
pub use budget::{Budget, Counted, Limits, Standing, Usage};
pub use change::{
    ChangedFile, DependencyChange, FileStatus, FoundSecret, MeasuredChange, SpecialFile, SteeringMessage,
};
pub use ci_verdict::{CiLook, CiVerdict, MISSING_AFTER, NO_CI_AFTER, RED_AFTER, SETTLED_AFTER, ci_verdict};
pub use commit_message::{MessageParts, commit_message, plain_title};
pub use decision::{Decision, Finding, Tier};
pub use delivery::Delivery;
pub use delivery_ask::{AskAbout, Choice, DeliveryAsk, Requester, Who};
pub use effect::{Attempt, Counting, Effect, SteerReply};
pub use facts::{CheckFact, Facts, PreviousFacts, RepositoryFacts, RunFacts, SCHEMA, Spent, Stage};
pub use input::{
    AgentInput, AgentSays, Begun, ForgeSeen, Input, PersonInput, RepositoryAbout, Rights, Starts, Wish,
};
pub use order::{CheckResult, Order, Outcome, Refusal, ReportState};
pub use poll_pace::poll_pace;
pub use preset::{BadPreset, Preset};
pub use record::{DeliveryRecord, Pause, PendingOrder, Pull, RECORD_SCHEMA, Reported, RightsLost, Tip};
pub use reviews::{Approvals, ReviewRules, approvals_of, count_approvals};
pub use round::{Approval, Approved, ChangeSummary, CiWatch, Round};
pub use run_id::{NotARunId, RunId};
pub use seen::{
    CheckSeen, CheckState, CommentSeen, PullRequestSeen, PullRequestState, ReviewSeen, ReviewVerdict,
};
pub use settings::{MAX_FIXES, Merging, Mode, Settings};
pub use stage::DeliveryStage;
pub use thread_lines::{Link, ThreadLine};
pub use weaker::{Weakness, is_judge, weaknesses};

use sha2::{Digest, Sha256};

/// `sha256:…`
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}
