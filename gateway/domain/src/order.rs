//! What a session wants done outside, by who does it, and what came back.
//!
//! A new hand outside is one variant here in `Order` and one in `Outcome`, one line where the session's task gives orders out
//! (`sessions/core/order_dispatch.rs`), and one where the session hears of the outcome (`Session::after`).

pub use crate::check_order::{CheckOrder, CheckOutcome};
pub(crate) use crate::delivery_talk::{DeliveryOrder, DeliveryOutcome};

use crate::ask::{Answer, AskTool};
use crate::attachments::FileNote;
use crate::grants::Grant;
use crate::lab::LabFault;
use crate::lab_plan::LabPlan;
use crate::models::ModelChoice;
use crate::safe_name::SafeName;
use crate::workspace::WorkspaceReady;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// On disk it says only what it is (`command`), never whose it is: records from before there were several hands read alike,
/// and an older gateway reads ours. So no two hands may have orders of one name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "no order has that name and these fields")]
pub enum Order {
    Agent(AgentOrder),
    Workspace(WorkspaceOrder),
    Grants(GrantOrder),
    Checks(CheckOrder),
    Lab(LabOrder),
    Delivery(DeliveryOrder),
}

/// What OpenCode is told, through its plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum AgentOrder {
    Reply {
        session: String,
        directory: String,
        opencode_id: String,
        tool: Option<AskTool>,
        answer: AgentAnswer,
    },
    /// Writes the answers into a question that OpenCode's death interrupted.
    Complete { session: String, tool: AskTool, questions: Vec<String>, answers: Vec<Vec<String>> },
    /// Goes on with an interrupted turn.
    Resume { session: String, user_message_id: String },
    /// Goes on with the newest message, whose turn failed. Nothing is added to the conversation.
    Retry {
        session: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelChoice>,
    },
    /// Writes to the agent, under an id of ours.
    Say { session: String, message_id: String, text: String },
    /// What a person wrote.
    Prompt {
        session: String,
        message_id: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileNote>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelChoice>,
    },
    /// Stops the turn.
    Abort { session: String },
    /// Stops the turn, refuses what it holds, and moves the session.
    Move { session: String, directory: String },
    /// Lets a held call run, or refuses it with a sentence.
    Release {
        session: String,
        hold_id: String,
        refuse: Option<String>,
        /// What runs in place of a shell's command: the same, as it was read and shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs: Option<String>,
        /// The call, so that it can be read back what became of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<AskTool>,
    },
}

by_name::by_name!(AgentOrder);

/// An answer that OpenCode takes; what is asked by the gateway itself has others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum AgentAnswer {
    Once,
    Always,
    Deny {
        reason: Option<String>,
    },
    /// For each question the labels chosen, or own words.
    Answers {
        answers: Vec<Vec<String>>,
    },
}

by_name::by_name!(AgentAnswer);

/// What is done about workspaces, on this side of the bridge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum WorkspaceOrder {
    /// Makes the workspace that a person configured. Asked again for the same session, it is the same one.
    #[serde(rename = "make_place")]
    Prepare { session: String, title: String, values: BTreeMap<String, String> },
}

by_name::by_name!(WorkspaceOrder);

/// What is written into the gateway's book of grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum GrantOrder {
    /// Given again under the same id, it is the same grant, also when it was revoked meanwhile.
    #[serde(rename = "give_grant")]
    Give { grant: Box<Grant> },
}

by_name::by_name!(GrantOrder);

/// What is done about a session's lab. Given again for the same attempt, each is the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum LabOrder {
    /// Copies the session's workspace, and says what would be deployed.
    ReadLab {
        session: String,
        attempt: String,
        workspace: SafeName,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<String>,
    },
    /// Runs what was read, if its recipe still has that digest. Other attempts of the session end. `forced`: also where
    /// somebody else changed what is applied.
    ApplyLab {
        session: String,
        attempt: String,
        digest: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        forced: bool,
    },
    /// Ends what runs; files and log stay.
    EndLab { session: String, attempt: String },
    /// Removes all of it. `followed`: for the attempt that comes next, which takes over what is the same in each.
    CleanLab {
        session: String,
        attempt: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        followed: bool,
    },
}

by_name::by_name!(LabOrder);

/// What became of an order, by who had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Agent(AgentOutcome),
    Workspace(WorkspaceOutcome),
    Grants(GrantOutcome),
    Checks(CheckOutcome),
    Lab(LabOutcome),
    Delivery(DeliveryOutcome),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentOutcome {
    /// OpenCode was waiting and took it.
    Applied,
    Done,
    /// OpenCode holds no such ask.
    NotPending {
        ran: bool,
        interrupted: bool,
    },
    /// It cannot be done as it was wanted, for this reason.
    Refused {
        why: String,
    },
    /// A newer turn followed, or the message is gone: nothing to go on with.
    Superseded,
    /// It may or may not have taken effect; it is sent again.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkspaceOutcome {
    Ready(Box<WorkspaceReady>),
    /// It cannot be made as it was wanted, for this reason.
    Refused {
        why: String,
    },
    /// Nobody could say; it is asked for again.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantOutcome {
    /// It is in the book, and on the disk.
    Given,
    /// There is no room for it, for this reason.
    Refused { why: String },
    /// It is not on the disk yet; it is given again.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabOutcome {
    Read(Box<LabPlan>),
    /// It was started, and whoever runs it tells how it goes on.
    Applied,
    /// It does not run any more; the last lines that it wrote.
    Ended {
        log: Option<String>,
    },
    Gone,
    /// Not all of it could be removed, for this reason.
    Stuck {
        what: String,
    },
    /// It cannot be done as it was wanted, for this reason.
    Refused {
        fault: LabFault,
        why: String,
        details: Option<String>,
    },
    /// Nobody could say; it is given again.
    Unknown,
}

impl AgentAnswer {
    pub fn of(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Once => Some(Self::Once),
            Answer::Always => Some(Self::Always),
            Answer::Deny { reason } => Some(Self::Deny { reason }),
            Answer::Answers { answers } => Some(Self::Answers { answers }),
            Answer::Grant { .. } | Answer::Configured { .. } => None,
        }
    }
}

impl From<AgentAnswer> for Answer {
    fn from(answer: AgentAnswer) -> Self {
        match answer {
            AgentAnswer::Once => Self::Once,
            AgentAnswer::Always => Self::Always,
            AgentAnswer::Deny { reason } => Self::Deny { reason },
            AgentAnswer::Answers { answers } => Self::Answers { answers },
        }
    }
}

/// Each party's word is one of all words.
macro_rules! of_party {
    ($($party:ident: $order:ident, $outcome:ident;)*) => {$(
        impl From<$order> for Order {
            fn from(order: $order) -> Self {
                Self::$party(order)
            }
        }

        impl From<$outcome> for Outcome {
            fn from(outcome: $outcome) -> Self {
                Self::$party(outcome)
            }
        }
    )*};
}

of_party! {
    Agent: AgentOrder, AgentOutcome;
    Workspace: WorkspaceOrder, WorkspaceOutcome;
    Grants: GrantOrder, GrantOutcome;
    Checks: CheckOrder, CheckOutcome;
    Lab: LabOrder, LabOutcome;
    Delivery: DeliveryOrder, DeliveryOutcome;
}

impl Outcome {
    /// Whether anybody knows what became of it.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            Self::Agent(outcome) => *outcome != AgentOutcome::Unknown,
            Self::Workspace(outcome) => *outcome != WorkspaceOutcome::Unknown,
            Self::Grants(outcome) => *outcome != GrantOutcome::Unknown,
            Self::Checks(outcome) => *outcome != CheckOutcome::Unknown,
            Self::Lab(outcome) => *outcome != LabOutcome::Unknown,
            Self::Delivery(outcome) => *outcome != DeliveryOutcome::Unknown,
        }
    }
}

impl Order {
    /// The id that a thing is answered, let go or written under, however often that is tried; others get a new one.
    pub(crate) fn request_id(&self) -> Option<String> {
        match self {
            Self::Agent(
                AgentOrder::Reply { opencode_id: name, .. }
                | AgentOrder::Release { hold_id: name, .. }
                | AgentOrder::Prompt { message_id: name, .. },
            ) => Some(format!("req_{name}")),
            Self::Grants(GrantOrder::Give { grant }) => Some(format!("req_{}", grant.id)),
            Self::Checks(order) => Some(order.request_id()),
            Self::Lab(order) => Some(order.request_id()),
            Self::Delivery(order) => Some(order.request_id()),
            Self::Agent(_) | Self::Workspace(_) => None,
        }
    }

    /// The turn goes on with it: if OpenCode dies under it, the turn is taken up again.
    pub(crate) fn moves_turn(&self) -> bool {
        match self {
            Self::Agent(order) => !matches!(order, AgentOrder::Say { .. } | AgentOrder::Move { .. }),
            Self::Workspace(_) | Self::Grants(_) | Self::Checks(_) | Self::Lab(_) | Self::Delivery(_) => {
                false
            }
        }
    }

    /// A turn that was cut short is not taken up before this is done.
    pub(crate) fn holds_turn(&self) -> bool {
        match self {
            Self::Agent(order) => !matches!(order, AgentOrder::Say { .. }),
            Self::Workspace(_) => true,
            Self::Grants(_) | Self::Checks(_) | Self::Lab(_) | Self::Delivery(_) => false,
        }
    }

    /// Stays wanted when the work is withdrawn: what a person wrote or granted, and what stops or moves the session.
    pub(crate) fn outlives_withdrawal(&self) -> bool {
        match self {
            Self::Agent(order) => {
                matches!(
                    order,
                    AgentOrder::Prompt { .. } | AgentOrder::Abort { .. } | AgentOrder::Move { .. }
                )
            }
            Self::Workspace(_) => false,
            Self::Grants(_) | Self::Checks(_) | Self::Lab(_) | Self::Delivery(_) => true,
        }
    }

    pub(crate) fn gives(&self) -> Option<&Grant> {
        match self {
            Self::Grants(GrantOrder::Give { grant }) => Some(grant),
            Self::Agent(_) | Self::Workspace(_) | Self::Checks(_) | Self::Lab(_) | Self::Delivery(_) => None,
        }
    }

    /// It needs no pod.
    pub(crate) fn is_at_home(&self) -> bool {
        matches!(
            self,
            Self::Grants(_) | Self::Lab(_) | Self::Delivery(_) | Self::Checks(CheckOrder::Fetch { .. })
        )
    }

    /// What OpenCode is told, if it is for OpenCode.
    pub(crate) fn agent(&self) -> Option<&AgentOrder> {
        match self {
            Self::Agent(order) => Some(order),
            Self::Workspace(_) | Self::Grants(_) | Self::Checks(_) | Self::Lab(_) | Self::Delivery(_) => None,
        }
    }
}

impl LabOrder {
    pub fn session(&self) -> &str {
        match self {
            Self::ReadLab { session, .. }
            | Self::ApplyLab { session, .. }
            | Self::EndLab { session, .. }
            | Self::CleanLab { session, .. } => session,
        }
    }

    pub fn attempt(&self) -> &str {
        match self {
            Self::ReadLab { attempt, .. }
            | Self::ApplyLab { attempt, .. }
            | Self::EndLab { attempt, .. }
            | Self::CleanLab { attempt, .. } => attempt,
        }
    }

    /// One for each step of an attempt.
    fn request_id(&self) -> String {
        let step = match self {
            Self::ReadLab { .. } => "read",
            Self::ApplyLab { .. } => "apply",
            Self::EndLab { .. } => "end",
            Self::CleanLab { .. } => "clean",
        };
        format!("req_{}_{step}", self.attempt())
    }
}
