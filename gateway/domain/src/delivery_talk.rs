//! What a session and the deliveries of its work say to each other. A delivery outlives turns and even its session, so it decides for
//! itself; the session shows what it says, asks people for it, prompts the agent, and tells it when the agent is done.

use crate::ask::Person;
use crate::ask::delivery_sheet::DeliverySheet;
use crate::safe_name::SafeName;
use crate::thread::Tone;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A delivery in a few words, for the session's card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryCard {
    pub run: String,
    /// `owner/name`
    pub repository: String,
    /// How it stands, for programs: `waiting_ci`.
    pub stage: String,
    /// The same for people: `Waiting for CI`.
    pub word: String,
    /// Why it stands so, in a sentence.
    pub because: String,
    /// `low`, `medium` or `high`.
    pub risk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullLink>,
    /// Nothing follows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PullLink {
    pub number: u64,
    pub url: String,
}

/// What a delivery says to its session. Said again it changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum DeliveryWord {
    /// A line of the thread; the same key replaces.
    Line {
        run: String,
        key: String,
        at: Timestamp,
        tone: Tone,
        text: String,
        details: Option<String>,
    },
    Ask(Box<DeliverySheet>),
    /// The request is settled, and this is what came of it.
    AskOver {
        run: String,
        request: String,
        says: String,
    },
    Stands(DeliveryCard),
    /// The agent is to do something. `order` is the delivery's name of it.
    Prompt {
        run: String,
        order: String,
        text: String,
    },
    /// At the limit of its budget the agent's calls wait, or they wait no longer.
    Hold {
        run: String,
        held: bool,
        why: String,
    },
}

/// What the agent was last set to by a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliveryPrompt {
    pub run: String,
    pub order: String,
    /// The message that told it.
    pub message_id: String,
    /// The delivery was told that the agent is done with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
}

/// What the session wants of deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
pub enum DeliveryOrder {
    /// The session's work is to become a pull request, one for each repository that has changes. Given again under the same
    /// `wish`, it is the same.
    BeginDelivery {
        session: String,
        wish: String,
        by: Person,
        title: String,
        workspace: SafeName,
        repositories: Vec<SafeName>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        /// `shadow` or `draft`: less than the project allows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        only: Option<String>,
        /// The agent's last words.
        says: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// What a person chose on a delivery's request, or their own words.
    AnswerDelivery { session: String, run: String, request: String, ask: String, by: Person, answer: String },
    /// The agent has done what it was set to.
    EndDeliveryWork { session: String, run: String, order: String, says: String },
}

by_name::by_name!(DeliveryOrder);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    Done,
    /// It can't be done as it was wanted, for this reason.
    Refused {
        why: String,
    },
    /// It isn't on the disk yet; it is given again.
    Unknown,
}

impl DeliveryOrder {
    pub fn session(&self) -> &str {
        match self {
            Self::BeginDelivery { session, .. }
            | Self::AnswerDelivery { session, .. }
            | Self::EndDeliveryWork { session, .. } => session,
        }
    }

    pub(crate) fn request_id(&self) -> String {
        match self {
            Self::BeginDelivery { session, wish, .. } => format!("req_{session}_deliver_{wish}"),
            Self::AnswerDelivery { ask, .. } => format!("req_{ask}_answer"),
            Self::EndDeliveryWork { session, order, .. } => format!("req_{session}_end_{order}"),
        }
    }
}
