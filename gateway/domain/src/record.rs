//! The part of a session that must survive: its asks, its promises, and where they belong. No message text.

use crate::ask::{Ask, Person};
use crate::attachments::FileNote;
use crate::audit::AuditEntry;
use crate::checks::CheckRun;
use crate::delivery_talk::{DeliveryCard, DeliveryPrompt};
use crate::failure::Failed;
use crate::grants::{Grant, GrantBook};
use crate::lab::Lab;
use crate::models::{Choice, ModelChoice};
use crate::order::{AgentOrder, Order};
use crate::pod_identity::PodCredential;
use crate::routing::RoutingDecision;
use crate::thread::{ItemBody, Milestone, SortKey, ThreadItem, Tone, Writer};
use crate::workspace::Moving;
use crate::workspace::Workspace;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The version of the record's shape.
pub(crate) const SCHEMA: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRecord {
    pub schema: u32,
    /// OpenCode's id of the session.
    pub session: String,
    pub pod: String,
    /// What that pod has shown for its name: another one of this name does not speak for the session.
    #[serde(default, skip_serializing_if = "PodCredential::is_unknown")]
    pub pod_credential: PodCredential,
    /// Open asks, and the newest of those that are settled.
    pub asks: Vec<Ask>,
    /// Orders whose outcome is not known yet. After a restart they are given again under the same ids.
    pub outbox: Vec<PendingOrder>,
    /// Makes ids of ours that repeat in a replay.
    pub counter: u64,
    /// The turn was resumed after a restart: asks that are left when it ends were not needed any more.
    #[serde(default)]
    pub resumed: bool,
    /// The user message of the turn that is being taken up after a restart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<String>,
    #[serde(default)]
    pub about: About,
    /// A turn is under way: if OpenCode dies now, it is taken up again.
    #[serde(default)]
    pub working: bool,
    /// When something last happened in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_at: Option<Timestamp>,
    /// The newest turn failed; until another one begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Paused>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// What people wrote while the agent was busy, oldest first. Gone from here once OpenCode has it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<Queued>,
    /// Who wrote which message of ours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<Author>,
    /// The accounts of all who wrote to its agent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writers: Vec<String>,
    /// Someone wrote to its agent of whom nothing is known, such as in OpenCode itself.
    #[serde(default, skip_serializing_if = "is_default")]
    pub unknown_writer: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub milestones: Vec<Milestone>,
    /// What the gateway itself said in the thread.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What a person configured; asked for once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<BTreeMap<String, String>>,
    /// It is on its way into a workspace of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// Calls that wait beside the one that the configuration was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held_beside: Vec<String>,
    /// Asks of the running turn that were answered, here or in OpenCode. Until the turn ends, OpenCode's death can
    /// undo that, and the turn is to be taken up again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub under_way: Vec<String>,
    /// Ids up to this one are of grants from before the session was closed: those that were for it alone are over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub grants_over: u64,
    /// The latest checks, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckRun>,
    /// What the agent wanted checked lately, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check_wishes: Vec<CheckWish>,
    /// The newest lab that its work was deployed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<Lab>,
    /// The newest deliveries of its work, as they last said they stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<DeliveryCard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_prompt: Option<DeliveryPrompt>,
    /// Why the agent's calls wait: the budget of a delivery is used up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_hold: Option<String>,
    /// Entries that may not be in the audit log yet. It takes an entry once, however often it is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unaudited: Vec<AuditEntry>,
}

/// Checks that the agent wanted with its tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheckWish {
    /// By which the agent's tool knows it.
    pub id: String,
    /// The runs that it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// The agent was told what came of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub told: bool,
}

/// What the session is, for people and for rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct About {
    #[serde(default)]
    pub sort: Sort,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub directory: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Who started it through the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Person>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// What it was started for, by its sender's own word: the same never starts two sessions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_key: Option<String>,
    /// Where its thread is, if not only in the console.
    #[serde(default, rename = "place", skip_serializing_if = "Option::is_none")]
    pub thread: Option<ThreadLocation>,
    /// What kind of work it is, in the team's own word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What a person chose for the messages that follow.
    #[serde(default, skip_serializing_if = "is_default")]
    pub chosen: Choice,
    /// Each of its writes waits for a person, as whoever started it wanted.
    #[serde(default, skip_serializing_if = "is_default")]
    pub holds_writes: bool,
    /// The channel that its thread is to be made in, while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_wanted: Option<String>,
    /// What was suggested at the start, and what was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<RoutingDecision>,
    /// The place of its own that it works in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Workspace>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A thread on a surface.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadLocation {
    /// Such as `slack`.
    pub surface: String,
    /// The workspace there.
    pub team: String,
    pub channel: String,
    /// The surface's name for the message that opens the thread.
    pub thread: String,
}

/// How much it matters, next to other work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    /// As the API writes it.
    pub fn value(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Normal => "Normal",
            Self::High => "High",
            Self::Urgent => "Urgent",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Begun in OpenCode's own UI.
    #[default]
    Exploratory,
    /// Started through the gateway, or configured since.
    Work,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Paused {
    pub by: String,
    pub at: Timestamp,
    /// A turn was cut short by it, to be gone on with.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ended {
    pub how: Ending,
    pub by: String,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    Completed,
    Deleted,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queued {
    pub message_id: String,
    pub by: Person,
    pub at: Timestamp,
    pub text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileNote>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub message_id: String,
    /// None of a person: the gateway's own words.
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub key: String,
    pub order: SortKey,
    pub at: Timestamp,
    pub tone: Tone,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The open ask that it reminds of: the note goes when that ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingOrder {
    pub request_id: String,
    /// The ask it is about, if it is about one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ask: String,
    #[serde(rename = "command")]
    pub order: Order,
    /// Given before, with an outcome that nobody knows: it may have taken effect.
    #[serde(default)]
    pub in_doubt: bool,
}

impl SessionRecord {
    /// Whose words a message is. Its id says nothing: whoever talks to OpenCode chooses one. What the gateway sent, it remembers.
    pub(crate) fn writer_of(&self, message_id: &str) -> Writer<'_> {
        match self.authors.iter().find(|author| author.message_id == message_id) {
            None => Writer::Elsewhere,
            Some(author) if author.name.is_empty() => Writer::Gateway,
            Some(author) => Writer::Person(&author.name),
        }
    }

    pub fn new(session: &str, pod: &str) -> Self {
        Self {
            schema: SCHEMA,
            session: session.to_owned(),
            pod: pod.to_owned(),
            pod_credential: PodCredential::Unknown,
            asks: vec![],
            outbox: vec![],
            counter: 0,
            resumed: false,
            turn: None,
            about: About::default(),
            working: false,
            active_at: None,
            failed: None,
            paused: None,
            ended: None,
            queue: vec![],
            authors: vec![],
            writers: vec![],
            unknown_writer: false,
            milestones: vec![],
            notes: vec![],
            configuration: None,
            moving: None,
            held_beside: vec![],
            under_way: vec![],
            grants_over: 0,
            checks: vec![],
            check_wishes: vec![],
            lab: None,
            deliveries: vec![],
            delivery_prompt: None,
            delivery_hold: None,
            unaudited: vec![],
        }
    }

    /// Whether anything is still to be done for somebody.
    pub fn is_unsettled(&self) -> bool {
        !self.outbox.is_empty() || !self.queue.is_empty() || self.asks.iter().any(Ask::is_unsettled)
    }

    /// The grants of the book that could count for its next call.
    pub fn lent_by(&self, book: &GrantBook, now: Timestamp) -> Vec<Arc<Grant>> {
        let given = self.outbox.iter().filter_map(|sent| sent.order.gives());
        book.lent_to(&self.session, self.about.project.as_deref(), given, now)
    }

    /// The messages, and checks, whose files are still needed.
    pub fn messages_with_files(&self) -> impl Iterator<Item = &str> {
        let sent = self.outbox.iter().filter_map(|sent| match &sent.order {
            Order::Agent(AgentOrder::Prompt { message_id, files, .. }) if !files.is_empty() => {
                Some(message_id.as_str())
            }
            _ => None,
        });
        let waiting = self.queue.iter().filter(|queued| self.ended.is_none() && !queued.files.is_empty());
        let has_output = |run: &&CheckRun| run.end.as_ref().is_some_and(|end| end.output.is_some());
        let checks = self.checks.iter().filter(has_output).map(|run| run.id.as_str());
        sent.chain(waiting.map(|queued| queued.message_id.as_str())).chain(checks)
    }
}

impl Note {
    pub(crate) fn item(self) -> ThreadItem {
        let Self { key, order, at, tone, text, details, ask: _ } = self;
        ThreadItem { key, order, at, body: ItemBody::Note { tone, text, details } }
    }
}
