//! Everything that can happen to a delivery, as one closed list.

use crate::order::{Outcome, Refusal};
use crate::settings::{Mode, Settings};
use crate::{Budget, Choice, PullRequestSeen, Requester, RunId, Tier, Usage, Who};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[allow(clippy::large_enum_variant, reason = "few wait at a time")]
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Person(PersonInput),
    Agent(AgentInput),
    /// What came of an order.
    Outcome {
        id: String,
        outcome: Outcome,
    },
    Seen(Box<ForgeSeen>),
    Rights(Rights),
    /// Configuration or switch are as this says.
    Switched(Box<Settings>),
    Tick,
}

/// What a delivery begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    pub run: RunId,
    pub session: String,
    pub title: String,
    /// `small_bugfix`, `feature`, …
    pub kind: String,
    /// What the person who asked allowed besides: `dependencies`, …
    pub permits: Vec<String>,
    pub requester: Requester,
    pub repository: RepositoryAbout,
    pub budget: Budget,
    /// Less than the project allows.
    pub wish: Option<Mode>,
    pub starts: Starts,
    /// Where people read the thread.
    pub thread_url: Option<String>,
    /// The folder that the agent works in, below that of all workspaces.
    pub workspace: String,
    /// Whose settings count.
    pub project: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Starts {
    /// Before the work, with the paths that the plan names.
    Plan { paths: Vec<String>, text: String },
    /// The agent is at work already, and says when it is done.
    Work,
    /// The work is done.
    Done { says: AgentSays },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryAbout {
    /// `owner/name`
    pub name: String,
    pub base: String,
    pub default_branch: String,
    pub private: bool,
}

/// What the agent says of its work. Nothing of it is believed; the pull request says who said it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentSays {
    /// As a commit's subject.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub subject: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub what_changed: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub how_to_check: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub could_go_wrong: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<String>,
    /// `OpenCode 1.18.33, model …`
    #[serde(skip_serializing_if = "String::is_empty")]
    pub made_with: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentInput {
    /// It called the tool `deliver`.
    Done { says: AgentSays },
    /// It thinks that this is riskier than it was computed. Less is not heard.
    Proposes { tier: Tier, why: String },
    /// Running sums of the session and all its children.
    Used(Usage),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonInput {
    Answered { ask: String, by: Who, choice: Choice, word: Option<String> },
    Steered { by: Who, wish: Wish },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// `/opencode deliver`: what is there is delivered.
    Deliver,
    Pause,
    Resume,
    Stop,
    /// The agent tries to get CI green once more.
    Fix {
        word: Option<String>,
    },
    TakeIn,
    /// The agent addresses what reviews say.
    Address,
    Raise {
        tier: Tier,
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rights {
    Lost(Refusal),
    Back,
}

/// The pull request as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForgeSeen {
    /// When reading began: what was done after that isn't in it.
    pub asked_at: Timestamp,
    pub seen: PullRequestSeen,
    /// Accounts that own what was changed, teams resolved.
    pub owners: Vec<String>,
    /// Who has commits on the branch that are not ours, and how many there are.
    pub others: Vec<String>,
    pub others_commits: u32,
    /// Who merged or closed it, or asked for it to stop by a label.
    pub stop_label: bool,
}
