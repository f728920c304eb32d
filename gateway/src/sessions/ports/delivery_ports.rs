//! Deliveries: how a session's work becomes a pull request. They outlive their sessions, and talk with them in words.

use futures_util::future::BoxFuture;
use gateway_domain::{DeliveryOrder, DeliveryOutcome, DeliveryWord, Person, PullLink, SessionCard, Verdict};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What a delivery says to its session, and where it hears that the session has it on disk. Dropped unheard, there is
/// no such session.
pub struct DeliveryNews {
    pub session: String,
    pub word: DeliveryWord,
    pub heard: oneshot::Sender<Verdict>,
}

/// Sessions as their cards show them.
pub trait SessionCards: Send + Sync + 'static {
    fn card_of(&self, session: &str) -> Option<Arc<SessionCard>>;
}

pub trait Deliveries: Send + Sync + 'static {
    /// Given again, it is the same.
    fn carry_out(&self, order: DeliveryOrder) -> BoxFuture<'_, DeliveryOutcome>;

    /// Newest first.
    fn list(&self) -> Vec<DeliveryView>;

    fn show(&self, run: &str) -> Option<DeliveryDetails>;

    /// The patch of the newest tree that was measured.
    fn patch<'a>(&'a self, run: &'a str) -> BoxFuture<'a, Option<String>>;

    /// What a person wants of one. A sentence says what came of it.
    fn steer<'a>(&'a self, run: &'a str, by: Person, wish: DeliveryWish) -> BoxFuture<'a, Steered>;

    /// How far deliveries go by themselves from now on: `off`, `shadow`, `draft` or `full`. Never further than the
    /// configuration says.
    fn switch<'a>(&'a self, to: &'a str, by: Person) -> BoxFuture<'a, Steered>;

    /// How far they go now, in one word.
    fn mode(&self) -> String;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Steered {
    Done(String),
    Refused(String),
    Unknown,
    NotStored,
}

/// What people can want of a delivery that is under way.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case", deny_unknown_fields)]
#[serde(remote = "Self")]
pub enum DeliveryWish {
    /// What is there is delivered.
    Deliver,
    Pause,
    Resume,
    Stop,
    /// The agent tries once more to get CI green.
    Fix {
        #[serde(default)]
        word: Option<String>,
    },
    /// The commits of others on the branch come into the workspace.
    TakeIn,
    /// The agent addresses what reviews say.
    Address,
    /// The change is riskier than it was computed. Less is not heard.
    Raise {
        /// `medium` or `high`.
        risk: String,
        why: String,
    },
}

by_name::by_name!(DeliveryWish);

/// A delivery, for lists.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryView {
    /// `HB-20261128-k3f9`
    pub run: String,
    pub session: String,
    pub title: String,
    /// `owner/name`
    pub repository: String,
    pub branch: String,
    /// How it stands, for programs: `waiting_ci`.
    pub stage: String,
    /// The same for people: `Waiting for CI`.
    pub word: String,
    /// Why it stands so, in a sentence.
    pub because: String,
    /// `low`, `medium` or `high`.
    pub risk: String,
    pub requested_by: String,
    pub begun_at: Timestamp,
    pub since: Timestamp,
    pub paused: bool,
    /// Nothing follows.
    pub over: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullLink>,
}

/// All there is to see of a delivery.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryDetails {
    #[serde(flatten)]
    pub view: DeliveryView,
    /// `small_bugfix`, `feature`, …
    pub kind: String,
    /// Why the risk is what it is.
    pub risk_because: Vec<String>,
    pub timeline: Vec<DeliveryLine>,
    pub rounds: Vec<DeliveryRound>,
    pub budget: Vec<DeliveryBudget>,
}

/// What happened, in the order of when.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryLine {
    pub at: Timestamp,
    pub text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
}

/// A tree that was measured.
#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryRound {
    pub number: u32,
    pub tree: String,
    pub files: usize,
    pub added: u64,
    pub deleted: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// `npm test: 128/128 (12 s)`
    pub checks: Vec<String>,
    /// What the rules said, each with its rule in front.
    pub deny: Vec<String>,
    pub ask: Vec<String>,
    pub warn: Vec<String>,
    /// The digest of the rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// Who allowed what.
    pub approvals: Vec<String>,
}

#[derive(JsonSchema, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeliveryBudget {
    /// `tokens`, `cost_cents` or `seconds`.
    pub of: String,
    pub used: u64,
    /// 0 is no limit.
    pub max: u64,
}
