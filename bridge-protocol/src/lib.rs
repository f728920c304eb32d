//! The wire between the gateway and the plugin that runs inside OpenCode.
//!
//! One JSON text frame is one envelope: `{"v":1,"type":"session.create","request_id":"…",…}`.
//! The plugin opens the WebSocket and says [`Hello`]; the gateway answers [`Welcome`] or [`Refused`].
//! From then on the gateway sends [`Request`]s and [`Ack`]s, the plugin sends [`Reply`]s and numbered
//! [`EventFrame`]s, and either side may send `ping` or `protocol.error`.
//!
//! This crate is the only source of truth: the JSON Schema, the TypeScript types and `docs/protocol.md`
//! are generated from it (`make protocol`), and `golden/*.json` holds frames that both languages read.

mod close;
mod command;
mod event;
mod frame;
mod handshake;
mod held;
pub mod limits;
mod model;
mod reply;
mod streamed;
mod trace;

pub use close::CloseCode;
pub use command::{Command, PermissionReply, PromptPart, Request, Verdict};
pub use event::{Event, EventFrame};
pub use frame::{Ack, DecodeError, GatewayFrame, Heartbeat, PluginFrame, ProtocolError, ProtocolErrorCode};
pub use handshake::{
    EffectivePermissions, GuardReport, Hello, Position, Refused, ResumeMode, SessionSnapshot, VersionRange,
    Welcome, negotiate,
};
pub use held::{GateAlarm, HeldTool, HoldMode};
pub use model::{
    AskTool, FileChange, MessageError, MessageInfo, ModelRef, OfferedAgent, OfferedModel, PartKind, PartView,
    PermissionAsk, QuestionAsk, QuestionItem, QuestionOption, Role, SessionInfo, SessionStatus, TodoItem,
    TokenCount, ToolCall, ToolStatus, TurnState,
};
pub use reply::{AskOutcome, CheckEnded, CodeState, CommandError, ErrorCode, Reply, ReplyResult};
pub use trace::{Span, Spans};

/// The protocol version this build speaks.
pub const PROTOCOL_VERSION: u16 = 1;

/// The oldest protocol version this build still understands.
pub const OLDEST_PROTOCOL_VERSION: u16 = 1;

/// Where the gateway serves the bridge.
pub const BRIDGE_PATH: &str = "/ws/bridge";
