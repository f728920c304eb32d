//! The first two frames of a link, and how both ends agree on a version.

use crate::held::{HeldTool, HoldMode};
use crate::model::{PermissionAsk, QuestionAsk, SessionInfo, SessionStatus, TurnState, is_false};
use crate::{OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION};
use serde::{Deserialize, Serialize};

/// The plugin's first frame: who it is, and how things stand in OpenCode right now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Hello {
    pub protocol: VersionRange,
    pub plugin_version: String,
    pub opencode_version: String,
    pub pod: String,
    /// Drawn anew when OpenCode starts: positions of another boot mean nothing.
    pub boot_id: String,
    /// When this OpenCode started; of two processes with one pod name the later one is right.
    pub started_at: i64,
    /// OpenCode's address as the plugin sees it, for links to its web UI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_url: Option<String>,
    pub directories: Vec<String>,
    /// Newest first, at most `MAX_HELLO_SESSIONS`.
    pub sessions: Vec<SessionSnapshot>,
    /// Every permission that is open in OpenCode now.
    pub permissions: Vec<PermissionAsk>,
    /// Every question that is open in OpenCode now.
    pub questions: Vec<QuestionAsk>,
    /// Every tool call that the plugin holds now.
    pub held: Vec<HeldTool>,
    /// How the agent's programs are kept from what is not theirs. Nothing when OpenCode was started without a guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardReport>,
    /// What agents may do in this OpenCode before the gateway or a person is asked. Older plugins do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<EffectivePermissions>,
    pub position: Position,
}

/// What the guarded shell gives in this pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct GuardReport {
    /// The kernel's version of Landlock; 0 where there is none.
    pub abi: u32,
    /// What this kernel does not keep the agent from, in words for people.
    pub missing: Vec<String>,
    /// Why commands are refused, or run without the guard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What holds in an OpenCode, whatever its files say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct EffectivePermissions {
    /// Every tool call waits for the gateway's verdict.
    pub gate: bool,
    /// What a repository can still bring into OpenCode, in words for people. Nothing where all of it is off.
    pub repository: Vec<String>,
    /// What OpenCode itself lets agents do without an ask, such as `build: edit, bash`.
    pub unasked: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct VersionRange {
    pub min: u16,
    pub max: u16,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct SessionSnapshot {
    pub session: SessionInfo,
    pub status: SessionStatus,
    /// Told for sessions that are busy, or whose newest turn did not finish.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<TurnState>,
}

/// What the plugin's buffer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Position {
    /// The gateway acknowledged everything up to here; 0 before the first.
    pub acked: u64,
    /// The last position given to an event. `acked + 1 ..= sent` can be sent again.
    pub sent: u64,
    /// True when the buffer overflowed and something was left out that only a reconciliation repairs.
    #[serde(default)]
    pub overflowed: bool,
}

/// The gateway's answer to a `hello` it accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Welcome {
    /// The version both ends speak from now on.
    pub protocol: u16,
    pub gateway_version: String,
    pub connection_id: String,
    pub mode: ResumeMode,
    /// The plugin sends its events from this position on.
    pub resume_from: u64,
    pub ping_interval_ms: u64,
    pub max_frame_bytes: u64,
    /// How sessions are held that the gateway did not start.
    pub hold_default: HoldMode,
    /// The longest that a person may take to decide a held call. The plugin waits `HOLD_MARGIN_MS` longer, so that
    /// the gateway's word comes first. Older gateways do not tell it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_timeout_ms: Option<u64>,
    /// It takes calls that are `early`. Older gateways would ask people about them at once.
    #[serde(default, skip_serializing_if = "is_false")]
    pub judges_early: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ResumeMode {
    /// The same boot, and the buffer reaches back far enough: events go on where they were.
    Replay,
    /// The gateway puts its picture right from the snapshot in `hello` and from OpenCode's own state.
    Reconcile,
}

/// The gateway's answer to a `hello` it does not accept. A close frame follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "generate", derive(ts_rs::TS))]
pub struct Refused {
    /// The close code that follows.
    pub code: u16,
    pub message: String,
    /// The versions this gateway speaks.
    pub supported: VersionRange,
}

/// The newest version both ends speak, if there is one.
pub fn negotiate(theirs: VersionRange) -> Option<u16> {
    let newest = theirs.max.min(PROTOCOL_VERSION);
    (newest >= theirs.min && newest >= OLDEST_PROTOCOL_VERSION).then_some(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_newest_common_version() {
        assert_eq!(negotiate(VersionRange { min: 1, max: 9 }), Some(PROTOCOL_VERSION));
        assert_eq!(negotiate(VersionRange { min: 1, max: 1 }), Some(1));
        assert_eq!(negotiate(VersionRange { min: 2, max: 9 }), None);
        assert_eq!(negotiate(VersionRange { min: 0, max: 0 }), None);
    }
}
