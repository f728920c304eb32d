//! What happens in OpenCode, told by the plugin in numbered frames.

use crate::held::{GateAlarm, HeldTool};
use crate::model::{
    FileChange, MessageError, MessageInfo, PartKind, PermissionAsk, QuestionAsk, Role, SessionInfo, TodoItem,
    ToolCall,
};
use serde::{Deserialize, Serialize};

/// An event with its position. Positions of one boot are contiguous and begin with 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct EventFrame {
    pub seq: u64,
    pub session_id: String,
    /// When it happened, in milliseconds since 1970, by the pod's clock.
    pub at: i64,
    /// The place in a trace that this came of: what a person last did in the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "type")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Event"))]
pub enum Event {
    #[serde(rename = "session.created")]
    SessionCreated { session: SessionInfo },
    #[serde(rename = "session.updated")]
    SessionUpdated { session: SessionInfo },
    #[serde(rename = "session.deleted")]
    SessionDeleted {},
    #[serde(rename = "session.active")]
    SessionActive {},
    #[serde(rename = "session.idle")]
    SessionIdle {},
    /// The model failed and OpenCode tries again by itself.
    #[serde(rename = "session.retrying")]
    SessionRetrying { attempt: u32, message: String, next_at: i64 },
    #[serde(rename = "session.failed")]
    SessionFailed { error: MessageError, aborted: bool },
    #[serde(rename = "message.started")]
    MessageStarted { message: MessageInfo },
    /// A piece of text. `offset` is where it begins in the part, in UTF-8 bytes: what a receiver has
    /// already, it skips.
    #[serde(rename = "message.part.streamed")]
    PartStreamed {
        message_id: String,
        part_id: String,
        role: Role,
        kind: PartKind,
        offset: u64,
        content: String,
    },
    /// A part is complete; `content` is the full text, which repairs whatever was missed.
    #[serde(rename = "message.part.completed")]
    PartCompleted {
        message_id: String,
        part_id: String,
        role: Role,
        kind: PartKind,
        content: String,
        /// Of reasoning: how long it took.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_ms: Option<i64>,
    },
    /// A message has a file; what is in it stays in OpenCode.
    #[serde(rename = "message.part.attached")]
    PartAttached { message_id: String, part_id: String, role: Role, filename: String, mime: String },
    #[serde(rename = "message.completed")]
    MessageCompleted { message: MessageInfo },
    /// A tool call changed its status. Output is shortened.
    #[serde(rename = "tool.executed")]
    ToolExecuted { message_id: String, call: ToolCall },
    /// The agent reports progress through the `milestone` tool.
    #[serde(rename = "agent.milestone")]
    AgentMilestone { milestone_id: String, kind: String, description: String, details: String },
    /// The agent has the project's checks run through the `run_checks` tool, and waits for `check.tell`. Without names it means
    /// all that are configured. It names them and nothing else: what they run is the configuration's.
    #[serde(rename = "agent.checks_wanted")]
    AgentChecksWanted {
        wish_id: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    #[serde(rename = "permission.asked")]
    PermissionAsked { ask: PermissionAsk },
    /// `reply` is `once`, `always` or `reject`, whoever gave it.
    #[serde(rename = "permission.resolved")]
    PermissionResolved { permission_id: String, reply: String, by_gateway: bool },
    #[serde(rename = "question.asked")]
    QuestionAsked { ask: QuestionAsk },
    /// Without answers it was dismissed.
    #[serde(rename = "question.resolved")]
    QuestionResolved {
        question_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        answers: Option<Vec<Vec<String>>>,
        by_gateway: bool,
    },
    /// A call waits for the gateway before it runs.
    #[serde(rename = "tool.held")]
    ToolHeld { held: HeldTool },
    /// A held call is over: let through, refused, or its session was aborted.
    #[serde(rename = "tool.unheld")]
    ToolUnheld { hold_id: String, ran: bool },
    /// Something went past the gate, or tried to. What the gate holds is not changed by it.
    #[serde(rename = "gate.alarmed")]
    GateAlarmed {
        alarm: GateAlarm,
        /// What it was, in words.
        detail: String,
    },
    #[serde(rename = "todo.changed")]
    TodoChanged { todos: Vec<TodoItem> },
    #[serde(rename = "files.changed")]
    FilesChanged { files: Vec<FileChange> },
    #[serde(rename = "session.compacted")]
    SessionCompacted {},
    /// The buffer overflowed: what the gateway believes of this session is to be read anew from OpenCode.
    #[serde(rename = "session.stale")]
    SessionStale {},
}

by_name::by_name!(Event);

impl Event {
    /// The frame's `type`, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionCreated { .. } => "session.created",
            Self::SessionUpdated { .. } => "session.updated",
            Self::SessionDeleted {} => "session.deleted",
            Self::SessionActive {} => "session.active",
            Self::SessionIdle {} => "session.idle",
            Self::SessionRetrying { .. } => "session.retrying",
            Self::SessionFailed { .. } => "session.failed",
            Self::MessageStarted { .. } => "message.started",
            Self::PartStreamed { .. } => "message.part.streamed",
            Self::PartCompleted { .. } => "message.part.completed",
            Self::PartAttached { .. } => "message.part.attached",
            Self::MessageCompleted { .. } => "message.completed",
            Self::ToolExecuted { .. } => "tool.executed",
            Self::AgentMilestone { .. } => "agent.milestone",
            Self::AgentChecksWanted { .. } => "agent.checks_wanted",
            Self::PermissionAsked { .. } => "permission.asked",
            Self::PermissionResolved { .. } => "permission.resolved",
            Self::QuestionAsked { .. } => "question.asked",
            Self::QuestionResolved { .. } => "question.resolved",
            Self::ToolHeld { .. } => "tool.held",
            Self::ToolUnheld { .. } => "tool.unheld",
            Self::GateAlarmed { .. } => "gate.alarmed",
            Self::TodoChanged { .. } => "todo.changed",
            Self::FilesChanged { .. } => "files.changed",
            Self::SessionCompacted {} => "session.compacted",
            Self::SessionStale {} => "session.stale",
        }
    }

    /// Every `type` an event can have; a test holds it against [`Event::name`].
    pub const NAMES: [&'static str; 26] = [
        "session.created",
        "session.updated",
        "session.deleted",
        "session.active",
        "session.idle",
        "session.retrying",
        "session.failed",
        "message.started",
        "message.part.streamed",
        "message.part.completed",
        "message.part.attached",
        "message.completed",
        "tool.executed",
        "agent.milestone",
        "agent.checks_wanted",
        "permission.asked",
        "permission.resolved",
        "question.asked",
        "question.resolved",
        "tool.held",
        "tool.unheld",
        "gate.alarmed",
        "todo.changed",
        "files.changed",
        "session.compacted",
        "session.stale",
    ];
}
