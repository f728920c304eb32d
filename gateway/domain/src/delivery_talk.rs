//! What a session and the deliveries of its work say to each other. A delivery outlives turns and even its session, so it decides for
//! itself; the session shows what it says, asks people for it, prompts the agent, and tells it when the agent is done.

use crate::ask::{Person, Question};
use crate::mask::mask_text;
use crate::safe_name::SafeName;
use crate::thread::Tone;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What people decide about in a delivery: bound to one tree and to the rules that judged it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeliverySheet {
    /// `HB-20261128-k3f9`
    pub run: String,
    /// The delivery's own name of this request.
    pub request: String,
    /// `owner/name`
    pub repository: String,
    /// A sentence.
    pub says: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// Exactly one: its options are what can be chosen.
    pub questions: Vec<Question>,
    /// The option that lets the change go ahead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yes: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tree: Option<String>,
    /// The digest of the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pack: Option<String>,
    /// So many people have to say yes.
    pub people: u32,
    /// Who did so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said_yes: Vec<String>,
    /// Without an answer by then the delivery stops. The work stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl DeliverySheet {
    pub(crate) fn masked(self) -> Self {
        let details = self.details.iter().map(|line| mask_text(line)).collect();
        Self { says: mask_text(&self.says), details, ..self }
    }

    /// All that is to be read beside the sentence.
    pub(crate) fn detail(&self) -> String {
        let tree = self.tree.as_ref().map(|tree| format!("Tree {tree}"));
        let pack = self.pack.as_ref().map(|pack| format!("Rules {pack}"));
        let yes =
            (!self.said_yes.is_empty()).then(|| format!("Said yes so far: {}", self.said_yes.join(", ")));
        let people = (self.people > 1).then(|| format!("{} people have to say yes.", self.people));
        self.details
            .iter()
            .cloned()
            .chain(people)
            .chain(yes)
            .chain(tree)
            .chain(pack)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

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
