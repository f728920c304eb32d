//! What of a delivery must survive. It can be dropped and loaded at any instant.

use crate::delivery_ask::{DeliveryAsk, Requester};
use crate::input::{AgentSays, RepositoryAbout};
use crate::order::{Order, Refusal, ReportState};
use crate::round::Round;
use crate::settings::Mode;
use crate::thread_lines::ThreadLine;
use crate::{Budget, DeliveryStage, RunId, Tier};
use gateway_domain::AuditEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The version of the record's shape. A gateway that doesn't know it leaves the record alone.
pub const RECORD_SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryRecord {
    pub schema: u32,
    pub run: RunId,
    pub session: String,
    pub title: String,
    pub kind: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permits: Vec<String>,
    pub requester: Requester,
    pub repository: RepositoryAbout,
    pub branch: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_url: Option<String>,
    pub workspace: String,
    /// Whose settings count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    pub begun_at: Timestamp,

    pub stage: DeliveryStage,
    pub since: Timestamp,
    /// Why it is there, in a sentence.
    pub because: String,
    /// Whatever stage it is in: nothing leaves as long as one of these is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Pause>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights_lost: Option<RightsLost>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<Mode>,

    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned_paths: Vec<String>,
    /// Only rises.
    pub tier: Tier,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tier_because: Vec<String>,
    /// Approvals before that were withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals_from: Option<Timestamp>,

    #[serde(default)]
    pub says: AgentSays,
    /// What the agent is to do next, if it wasn't told yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_prompt: Option<String>,
    /// Trees that were measured, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    /// How many there were.
    #[serde(default)]
    pub rounds_begun: u32,
    /// Where the branch is, as far as we know: our own last push, or what was taken in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<Tip>,
    /// Tips before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_tips: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<Pull>,

    /// Automatic fixes so far. Nothing ever makes it less.
    #[serde(default)]
    pub fixes_used: u32,
    /// The agent works on a fix, or did and its result isn't judged yet.
    #[serde(default)]
    pub is_fix: bool,
    /// Red checks were sent back to the agent once.
    #[serde(default)]
    pub checks_sent_back: bool,
    pub budget: Budget,

    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<DeliveryAsk>,
    /// Reviews and comments that the thread has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub heard: BTreeSet<u64>,
    /// Comments that the agent addresses, and that are answered with the next commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addressing: Vec<u64>,
    /// A merge by the forge was asked for, of that commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merging: Option<String>,
    /// What our own check run last said, and of which commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// Commits of others on the branch.
    #[serde(default)]
    pub others_commits: u32,
    /// Who wrote a part of it: their own approval doesn't count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,

    /// What is to be done outside, until it is known what came of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outbox: Vec<PendingOrder>,
    pub counter: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ThreadLine>,
    /// Entries that may not be in the audit log yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<AuditEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    pub by: String,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsLost {
    pub at: Timestamp,
    pub refusal: Refusal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    pub commit: String,
    pub tree: String,
    /// When it was known to be there.
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    pub number: u64,
    pub url: String,
    pub draft: bool,
    pub opened_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    pub head: String,
    pub state: ReportState,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PendingOrder {
    pub id: String,
    pub order: Order,
    /// It was given out, so it may have been done.
    #[serde(default)]
    pub tried: bool,
    /// Nobody wants it any more, and it may have been done.
    #[serde(default)]
    pub only_look: bool,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Since when nobody can say what came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt_since: Option<Timestamp>,
    #[serde(default)]
    pub tries: u32,
}
