//! What the plugin answers to a request.

use crate::handshake::SessionSnapshot;
use crate::model::{FileChange, MessageInfo, OfferedAgent, OfferedModel, SessionInfo, ToolCall};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A command that worked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Reply {
    pub request_id: String,
    pub result: ReplyResult,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "ReplyResult"))]
pub enum ReplyResult {
    /// Done, with nothing more to say.
    Done,
    Session {
        session: SessionInfo,
    },
    Sessions {
        sessions: Vec<SessionSnapshot>,
    },
    Messages {
        messages: Vec<MessageInfo>,
        /// Older messages exist: ask again with `before` set to the first id.
        more: bool,
    },
    Diff {
        files: Vec<FileChange>,
    },
    /// A file of a message; `content` as base64.
    Attachment {
        filename: String,
        mime: String,
        content: String,
    },
    /// What a session can be started with. `home` is no place to work in.
    Choices {
        models: Vec<OfferedModel>,
        agents: Vec<OfferedAgent>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        home: Option<String>,
    },
    Export {
        data: Value,
    },
    Ask {
        #[serde(flatten)]
        outcome: AskOutcome,
    },
    /// What came of a check's command.
    Check {
        #[serde(flatten)]
        ended: CheckEnded,
    },
    /// Files by their paths, with what is in them.
    CheckFiles {
        files: BTreeMap<String, String>,
    },
}

by_name::by_name!(ReplyResult);

/// A check's command that has ended, as its pod tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct CheckEnded {
    /// Nothing when a signal ended it.
    pub exit_code: Option<i32>,
    pub duration_ms: u64,
    pub timed_out: bool,
    pub stopped: bool,
    /// The end of what it printed, on both outputs in their order.
    pub output: String,
    /// How much it printed in all, and the SHA-256 of that in hex.
    pub output_bytes: u64,
    pub digest: String,
    /// What is in the file that it wrote its results to, unless that is too large or not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// What it ran on, where the directory is a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<CodeState>,
}

/// The files of a git repository as they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct CodeState {
    pub commit: String,
    /// Git's digest of all files, those that are not committed included.
    pub tree: String,
    /// There were changes that are not committed.
    pub uncommitted: bool,
    /// The tree was another one when the command had ended.
    pub changed_meanwhile: bool,
}

/// What became of an answer to a permission, a question or a held call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "AskOutcome"))]
pub enum AskOutcome {
    /// OpenCode was waiting for this answer and took it.
    Applied,
    /// OpenCode holds no such ask. `tool` is the call it belonged to, as OpenCode has it now.
    NotPending {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<Box<ToolCall>>,
        /// True when the session's turn was interrupted by OpenCode's death and can be resumed.
        interrupted: bool,
    },
}

by_name::by_name!(AskOutcome);

/// A command that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[error("{message} ({code:?})")]
pub struct CommandError {
    pub request_id: String,
    pub code: ErrorCode,
    /// A sentence for people: what, where, how to mend.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The plugin does not know this command (an older plugin).
    UnknownCommand,
    InvalidArgument,
    SessionNotFound,
    DirectoryNotFound,
    MessageNotFound,
    /// This OpenCode has no such check: it started after the check did.
    CheckNotFound,
    /// The session is working and the command needs it idle.
    Busy,
    /// A newer turn followed the one that should be resumed.
    Superseded,
    /// OpenCode answered with an error of its own.
    OpencodeError,
    OpencodeUnreachable,
    /// The answer would not fit into a frame.
    TooLarge,
    TimedOut,
    Internal,
    #[serde(other)]
    Unknown,
}
