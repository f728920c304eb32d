//! opencode-gateway: brings OpenCode sessions into the conversation where a team already is.
//! ARCHITECTURE.md is the map of the rooms below.

pub mod bridge;
pub mod clock;
pub mod ids;
pub mod sessions;
