//! The live picture: sessions, their newest messages, and the asks that OpenCode holds.

mod change;
mod live_asks;
mod live_sessions;
mod message;
mod session;
mod streamed_text;
mod weight;

pub use change::{ChangeKind, LiveChange};
pub use live_asks::{LiveAsk, LiveAskBody, LiveAskState};
pub use live_sessions::LiveSessions;
pub use live_sessions::LiveWatch;
pub use message::{LiveMessage, LivePart, MessageView};
pub use session::{LiveSession, LiveStatus, SessionView};

/// Messages kept per session. Older ones are read from OpenCode when somebody asks for them.
pub const KEPT_MESSAGES: usize = 50;

/// Bytes of messages kept per session, and of all sessions together: a quarter of the memory that there is.
pub const KEPT_BYTES: usize = 16 * 1024 * 1024;
pub const KEPT_IN_ALL: usize = 128 * 1024 * 1024;

/// Changes a watcher may lag behind before it is told to load the picture anew.
pub const WATCHER_QUEUE: usize = 1024;

/// Asks remembered per session after they were settled.
pub const KEPT_SETTLED_ASKS: usize = 50;
