//! What people see of a session: items with stable keys, in a stable order.
//!
//! A thread is a projection: of OpenCode's messages, the asks, the milestones and a few notes. The same messages
//! give the same items with the same keys, however often and in whatever pieces they are told, so a restart of
//! the gateway draws the same thread and posts nothing twice (invariants I3 and I4).

mod atoms;
mod counts;
mod fold;
mod item;
mod seen;
mod tools;

pub use counts::TestCounts;
pub use fold::Thread;
pub use item::{
    FileShown, ItemBody, LineState, Milestone, SortKey, Speaker, ThreadItem, Tone, ToolDetail, ToolLine,
};
pub use seen::{MessageSeen, PartSeen, ToolSeen, ToolState, Writer};

use serde::{Deserialize, Serialize};

/// Places of parts in a message stay below this; what was asked in it stands here, and the calls behind that.
pub(crate) const BEHIND_MESSAGE: usize = 80_000;
const BEHIND_CARDS: usize = BEHIND_MESSAGE + 1;

/// A change of the thread.
#[derive(Clone, Debug, PartialEq)]
pub enum ThreadChange {
    /// The item is new, or it is different now.
    Put(Box<ThreadItem>),
    /// The item was merged into another one.
    Remove(String),
}

/// How much of a session is told in its thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// Without the tools' lines.
    Progress,
    /// What waits for a person, what failed, what a person said, and the agent's final words.
    Quiet,
}
