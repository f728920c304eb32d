//! What the gateway knows of sessions.
//!
//! `live` is the picture of what OpenCode shows right now: it is fed by the pods, kept in memory only, and
//! rebuilt from OpenCode after a restart. `feed` carries the pods' events into it, `repair` reads from
//! OpenCode what a gap left out. `core` decides about asks and keeps what was promised. `desk` is
//! where surfaces bring what people want. `pages` and `presence` are about OpenCode's own web UI: where a session is
//! shown there, and who looks at it.

pub mod builder_form;
pub mod channels;
pub mod desk;
mod feed;
pub mod grants;
pub mod guards;
mod homes;
pub mod live;
mod message_files;
pub mod offers;
pub mod pages;
pub mod ports;
pub mod presence;
mod refusal;
mod repair;
pub mod session_metrics;
pub mod tasks;
pub mod workspace_setup;

pub use feed::Feed;
pub(crate) use feed::about;
pub use homes::Homes;
pub use message_files::{Attachment, Attachments, FileSent};
pub use offers::Offered;
pub use refusal::Refusal;
pub use repair::{RepairQueue, Repairer};
