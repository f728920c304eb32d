//! The items of a thread.

use super::counts::TestCounts;
use super::seen::ToolState;
use crate::ask::Ask;
use crate::attachments::FileNote;
#[cfg(feature = "schema")]
use crate::display::AskView;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where an item stands in its thread. Compared as text; the same item has the same place after a restart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SortKey(String);

impl SortKey {
    /// By the time of what it belongs to, the place in there, and a name for those that are equal.
    pub fn new(ms: i64, place: usize, name: &str) -> Self {
        Self(format!("{:013}.{place:05}.{name}", ms.max(0)))
    }
}

/// One thing that people see, under a key that never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ThreadItem {
    pub key: String,
    pub order: SortKey,
    pub at: Timestamp,
    #[serde(flatten)]
    pub body: ItemBody,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "ItemBody"))]
pub enum ItemBody {
    /// What a person or the agent wrote, as Markdown.
    Said {
        by: Speaker,
        text: String,
        /// False while more may follow.
        complete: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileShown>,
        /// Waits until the agent has time.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        queued: bool,
    },
    /// The model's own reasoning, as its provider tells it: no answer, and no promise. The text comes when it is complete.
    Thought {
        text: String,
        complete: bool,
        /// How long the model thought, where OpenCode knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<i64>,
    },
    /// Uses of tools, one line each; fast runs of reads share one.
    Tools { lines: Vec<ToolLine> },
    /// Progress that the agent reported; what follows within a short time shares the item.
    Milestones { milestones: Vec<Milestone> },
    /// Served with what people read of it.
    Ask {
        #[serde(serialize_with = "crate::display::serve")]
        #[cfg_attr(feature = "schema", schemars(with = "AskView"))]
        ask: Box<Ask>,
    },
    /// What the gateway has to say.
    Note {
        tone: Tone,
        text: String,
        /// What a program said in its own words, for whoever asks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<String>,
    },
}

by_name::by_name!(ItemBody);

/// A file of a message. What is in it is asked for by message and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileShown {
    pub id: String,
    pub name: String,
    /// As whoever sent it says; what it is decides its content.
    pub mime: String,
    /// While it waits on the gateway's own disk.
    #[serde(skip)]
    pub note: Option<FileNote>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "who", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Speaker"))]
pub enum Speaker {
    Agent,
    /// Through the gateway.
    Person {
        name: String,
    },
    /// Somebody in OpenCode's own UI.
    OpenCode,
}

by_name::by_name!(Speaker);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Info,
    Good,
    Warning,
    Error,
}

/// A line that tells of one call, or of several reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolLine {
    pub state: LineState,
    pub text: String,
    /// What is there on request.
    pub details: Vec<ToolDetail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    Waiting,
    Running,
    Done,
    Failed,
}

impl From<ToolState> for LineState {
    fn from(state: ToolState) -> Self {
        match state {
            ToolState::Waiting => Self::Waiting,
            ToolState::Running => Self::Running,
            ToolState::Done => Self::Done,
            ToolState::Failed | ToolState::Cut => Self::Failed,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ToolDetail {
    pub tool: String,
    /// The file, command or title.
    pub subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Of a command that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_ms: Option<i64>,
    /// What a run of tests says of itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<TestCounts>,
}

/// A step that the agent reported as done. Short, and part of the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Milestone {
    pub id: String,
    /// By the pod's clock, as the messages around it.
    pub at: Timestamp,
    /// Such as `phase`, `decision` or `blocked`; drawn as an emoji.
    pub sort: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub details: String,
}
