//! What watchers of a session are told.

use super::live_asks::LiveAsk;
use super::session::LiveStatus;
use bridge_protocol::{FileChange, MessageInfo, PartKind, Role, TodoItem, ToolCall};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A change of one session. `rev` grows by one with each.
#[derive(JsonSchema, Clone, Debug, Serialize, Deserialize)]
pub struct LiveChange {
    pub rev: u64,
    #[serde(flatten)]
    pub kind: ChangeKind,
}

#[derive(JsonSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[schemars(rename = "ChangeKind")]
pub enum ChangeKind {
    Status {
        status: LiveStatus,
    },
    /// The pod with this session is connected, or not.
    Online {
        online: bool,
    },
    Info {
        title: String,
        directory: String,
    },
    Message {
        message: MessageInfo,
    },
    /// Text was added at this byte offset.
    Text {
        message_id: String,
        part_id: String,
        role: Role,
        kind: PartKind,
        offset: u64,
        text: String,
    },
    /// The text known so far was wrong; this is right.
    TextReplaced {
        message_id: String,
        part_id: String,
        role: Role,
        kind: PartKind,
        text: String,
    },
    Tool {
        message_id: String,
        call: ToolCall,
    },
    File {
        message_id: String,
        part_id: String,
        filename: String,
        mime: String,
    },
    Milestone {
        id: String,
        kind: String,
        description: String,
        details: String,
        at: i64,
    },
    Ask {
        ask: LiveAsk,
    },
    Failed {
        name: String,
        message: String,
        aborted: bool,
    },
    Retrying {
        attempt: u32,
        message: String,
        next_at: i64,
    },
    Todos {
        todos: Vec<TodoItem>,
    },
    Files {
        files: Vec<FileChange>,
    },
    Deleted {},
}

by_name::by_name!(ChangeKind);
