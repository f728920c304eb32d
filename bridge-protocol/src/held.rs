//! Calls that wait for the gateway before they run, and what went past that.

use crate::model::is_false;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which tool calls of a session wait for the gateway before they run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum HoldMode {
    #[default]
    None,
    /// `edit`, `write`, `patch`, and shell commands that are not known to only read.
    Writes,
    /// The gate: every call of every session, until the gateway's verdict. No session can be taken out of it.
    All,
}

/// A tool call that is held before it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct HeldTool {
    pub hold_id: String,
    pub session_id: String,
    pub directory: String,
    pub tool: String,
    pub call_id: String,
    /// The message that the call stands in, as far as the plugin has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Held by the gate: the gateway is to judge it. Without this a person is asked in any case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub judge: bool,
    /// OpenCode has not told of the call yet: only rules decide it now. It is told of again where none does, so that a
    /// person is asked below the words that come before the call.
    #[serde(default, skip_serializing_if = "is_false")]
    pub early: bool,
    /// The sessions above a sub-agent's, the nearest first: the last is the one that people see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parents: Vec<String>,
    /// All arguments, as the call runs with them; at most `MAX_HELD_ARGS_BYTES`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Map<String, Value>>,
    /// Where links lead `file` to, if that is another place. Below the directory as the session names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_file: Option<String>,
    /// What would change in `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The agent of a session above whose own rules deny this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub denied_by: Option<String>,
}

/// What went past the gate, or tried to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum GateAlarm {
    /// Somebody answered a permission in OpenCode, past the gateway.
    ForeignReply,
    /// OpenCode asked for a permission for something that the gate had not let through. It was rejected.
    ForeignAsk,
    #[serde(other)]
    Unknown,
}
