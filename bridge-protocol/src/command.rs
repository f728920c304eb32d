//! What the gateway asks of the plugin. Every request is idempotent by its `request_id`.

use crate::held::HoldMode;
use crate::model::{AskTool, ModelRef};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A command with what correlates and bounds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Request {
    pub request_id: String,
    /// Milliseconds until the caller stops waiting; a reply after that is dropped.
    pub deadline_ms: u64,
    /// The place in a trace that asks for this. Then the plugin tells what it did as `trace.spans`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    #[serde(flatten)]
    pub command: Command,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "type")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Command"))]
pub enum Command {
    /// Makes a session. Sent again after OpenCode restarted, it finds the one it made.
    #[serde(rename = "session.create")]
    SessionCreate {
        directory: String,
        title: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelRef>,
        #[serde(default)]
        hold: HoldMode,
    },
    /// Writes into a session. Message and part ids are the gateway's own, so that it can be read back
    /// whether OpenCode took it.
    #[serde(rename = "session.message")]
    SessionMessage {
        session_id: String,
        message_id: String,
        parts: Vec<PromptPart>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelRef>,
        /// Stored for the agent to read in its next turn, without starting one.
        #[serde(default)]
        no_reply: bool,
    },
    /// Goes on with a turn that OpenCode's death interrupted: nothing is added to the conversation.
    /// Refused as `superseded` when a newer turn followed, and a no-op when the turn is finished or busy.
    #[serde(rename = "session.resume")]
    SessionResume { session_id: String, message_id: String },
    /// Goes on with the newest message, whose turn failed: nothing is added to the conversation. Without agent or model the
    /// message's own. Refused as `superseded` when that turn did not fail, and a no-op while the session works.
    #[serde(rename = "session.retry")]
    SessionRetry {
        session_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelRef>,
    },
    /// All sessions, or those of one directory.
    #[serde(rename = "session.list")]
    SessionList {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
    },
    /// The newest messages, oldest first; `before` pages back.
    #[serde(rename = "session.messages")]
    SessionMessages {
        session_id: String,
        limit: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
    },
    #[serde(rename = "session.abort")]
    SessionAbort { session_id: String },
    #[serde(rename = "session.rename")]
    SessionRename { session_id: String, title: String },
    #[serde(rename = "session.fork")]
    SessionFork {
        session_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// What the session changed, by file.
    #[serde(rename = "session.diff")]
    SessionDiff {
        session_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// What is in a file of a message.
    #[serde(rename = "session.attachment")]
    SessionAttachment { session_id: String, message_id: String, part_id: String },
    /// The whole session as OpenCode would import it.
    #[serde(rename = "session.export")]
    SessionExport { session_id: String },
    /// Moves an idle session to another directory; refused as `busy` otherwise. With `stop` its turn is stopped first,
    /// and what it holds is refused.
    #[serde(rename = "session.move")]
    SessionMove {
        session_id: String,
        directory: String,
        move_changes: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        stop: bool,
    },
    #[serde(rename = "session.hold")]
    SessionHold { session_id: String, hold: HoldMode },
    /// Lets a held tool call run, or refuses it with a sentence for the agent. `tool` allows the plugin to read back
    /// what became of a call that is not held any more.
    #[serde(rename = "hold.release")]
    HoldRelease {
        session_id: String,
        hold_id: String,
        verdict: Verdict,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<AskTool>,
    },
    /// Answers a permission. `tool` allows the plugin to read back what became of an ask that is gone.
    #[serde(rename = "permission.reply")]
    PermissionReply {
        session_id: String,
        directory: String,
        permission_id: String,
        #[serde(flatten)]
        reply: PermissionReply,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<AskTool>,
    },
    /// Answers all questions of one ask: a list of labels or own words for each.
    #[serde(rename = "question.reply")]
    QuestionReply {
        session_id: String,
        directory: String,
        question_id: String,
        answers: Vec<Vec<String>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tool: Option<AskTool>,
    },
    /// Writes the answers into a question that OpenCode's death interrupted, so that the model sees them
    /// as a normal answer when the turn is resumed. Refused as `busy` while the session works: then the question
    /// is asked again.
    #[serde(rename = "question.complete")]
    QuestionComplete { session_id: String, tool: AskTool, questions: Vec<String>, answers: Vec<Vec<String>> },
    /// Makes OpenCode load a directory (and with it the plugin), so that its asks and events are seen.
    #[serde(rename = "directory.open")]
    DirectoryOpen { directory: String },
    /// The models and agents that OpenCode can use now, in that directory if one is named.
    #[serde(rename = "choices.list")]
    ChoicesList {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        directory: Option<String>,
    },
    /// What of these files is in the session's directory and in the folders right below it, as its agent could read it.
    #[serde(rename = "check.look")]
    CheckLook { session_id: String, files: Vec<String> },
    /// Starts a check's command in the session's directory, outside the conversation and in the guarded shell. Started
    /// again under the same `check_id` it is the same run.
    #[serde(rename = "check.start")]
    CheckStart {
        session_id: String,
        check_id: String,
        command: String,
        #[serde(default)]
        env: BTreeMap<String, String>,
        /// Then the whole process group is ended.
        limit_ms: u64,
        /// A file that the command writes its results to, below the session's directory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<String>,
        /// Not in the session's directory, but in a copy of it as it was before the session's changes, with the tests of now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        before: bool,
    },
    /// What came of a check, once it has ended. Refused as `check_not_found` by an OpenCode that started since.
    #[serde(rename = "check.await")]
    CheckAwait { session_id: String, check_id: String },
    /// Ends a check with its whole process group. One that is not known, or over, stays as it is.
    #[serde(rename = "check.stop")]
    CheckStop { session_id: String, check_id: String },
    /// What came of the checks that the agent wanted (`agent.checks_wanted`), for it to read. Refused as `check_not_found` where
    /// nobody waits for that any more.
    #[serde(rename = "check.tell")]
    CheckTell { session_id: String, wish_id: String, summary: String },
}

by_name::by_name!(Command);

impl Command {
    /// The frame's `type`, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SessionCreate { .. } => "session.create",
            Self::SessionMessage { .. } => "session.message",
            Self::SessionResume { .. } => "session.resume",
            Self::SessionRetry { .. } => "session.retry",
            Self::SessionList { .. } => "session.list",
            Self::SessionMessages { .. } => "session.messages",
            Self::SessionAbort { .. } => "session.abort",
            Self::SessionRename { .. } => "session.rename",
            Self::SessionFork { .. } => "session.fork",
            Self::SessionDiff { .. } => "session.diff",
            Self::SessionAttachment { .. } => "session.attachment",
            Self::SessionExport { .. } => "session.export",
            Self::SessionMove { .. } => "session.move",
            Self::SessionHold { .. } => "session.hold",
            Self::HoldRelease { .. } => "hold.release",
            Self::PermissionReply { .. } => "permission.reply",
            Self::QuestionReply { .. } => "question.reply",
            Self::QuestionComplete { .. } => "question.complete",
            Self::DirectoryOpen { .. } => "directory.open",
            Self::ChoicesList { .. } => "choices.list",
            Self::CheckLook { .. } => "check.look",
            Self::CheckStart { .. } => "check.start",
            Self::CheckAwait { .. } => "check.await",
            Self::CheckStop { .. } => "check.stop",
            Self::CheckTell { .. } => "check.tell",
        }
    }

    /// The session that it is about, for logs and traces.
    pub fn session(&self) -> Option<&str> {
        match self {
            Self::SessionMessage { session_id, .. }
            | Self::SessionResume { session_id, .. }
            | Self::SessionRetry { session_id, .. }
            | Self::SessionMessages { session_id, .. }
            | Self::SessionAbort { session_id }
            | Self::SessionRename { session_id, .. }
            | Self::SessionFork { session_id, .. }
            | Self::SessionDiff { session_id, .. }
            | Self::SessionAttachment { session_id, .. }
            | Self::SessionExport { session_id }
            | Self::SessionMove { session_id, .. }
            | Self::SessionHold { session_id, .. }
            | Self::HoldRelease { session_id, .. }
            | Self::PermissionReply { session_id, .. }
            | Self::QuestionReply { session_id, .. }
            | Self::QuestionComplete { session_id, .. }
            | Self::CheckLook { session_id, .. }
            | Self::CheckStart { session_id, .. }
            | Self::CheckAwait { session_id, .. }
            | Self::CheckStop { session_id, .. }
            | Self::CheckTell { session_id, .. } => Some(session_id),
            Self::SessionCreate { .. }
            | Self::SessionList { .. }
            | Self::DirectoryOpen { .. }
            | Self::ChoicesList { .. } => None,
        }
    }

    /// Whether the command may be sent again to an OpenCode that restarted and has forgotten it: those that
    /// only read, that set a state, or whose effect the plugin reads back before it repeats them.
    pub fn survives_restart(&self) -> bool {
        !matches!(self, Self::SessionFork { .. } | Self::CheckStart { .. } | Self::HoldRelease { .. })
    }

    /// Every `type` a request can have; a test holds it against [`Command::name`].
    pub const NAMES: [&'static str; 25] = [
        "session.create",
        "session.message",
        "session.resume",
        "session.retry",
        "session.list",
        "session.messages",
        "session.abort",
        "session.rename",
        "session.fork",
        "session.diff",
        "session.attachment",
        "session.export",
        "session.move",
        "session.hold",
        "hold.release",
        "permission.reply",
        "question.reply",
        "question.complete",
        "directory.open",
        "choices.list",
        "check.look",
        "check.start",
        "check.await",
        "check.stop",
        "check.tell",
    ];
}

/// A piece of a message to the agent. Part ids begin with `prt_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "PromptPart"))]
pub enum PromptPart {
    Text {
        id: String,
        text: String,
    },
    File {
        id: String,
        filename: String,
        mime: String,
        /// A `data:` or `file:` address.
        url: String,
    },
}

by_name::by_name!(PromptPart);

/// A person's decision on a permission. A rejection always carries a sentence: without one OpenCode ends
/// the turn and rejects the session's other asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "reply", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "PermissionReply"))]
pub enum PermissionReply {
    Once,
    Always,
    Reject { message: String },
}

by_name::by_name!(PermissionReply);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(tag = "let", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Verdict"))]
pub enum Verdict {
    Through {
        /// What runs in place of a shell's command: the same, as it was read and shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        runs: Option<String>,
    },
    Refuse {
        message: String,
    },
}

by_name::by_name!(Verdict);
