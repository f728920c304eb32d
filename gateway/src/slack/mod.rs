//! Slack: sessions as threads, asks as cards that people tap.
//!
//! `client` calls the Web API, `out` keeps each thread equal to what the session shows, `render` draws, `text`
//! words, `actions` names what buttons mean. `inbound` takes what people do and puts it on disk before it is
//! acknowledged, `who` says whether they may, `work` does it, `words` tells them what became of it.

pub mod actions;
pub mod slack_doctor;
pub mod client;
pub mod config;
mod inbound;
mod message_keys;
mod metrics;
pub mod outbound;
pub mod patterns;
mod mrkdwn_to_text;
pub mod render;
mod start_slack;
pub mod text;
mod people;
mod words;
mod handlers;

pub use metrics::InMetrics;
pub use start_slack::start;

use crate::clock::Clock;
use crate::ids::IdSource;
use crate::projects::Projects;
use crate::sessions::desk::Desk;
use crate::sessions::ports::{PendingAction, ActionLog, Keeper, PostBook};
use crate::sessions::presence::Presence;
use config::SlackConfig;
use outbound::OutMetrics;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The surface's name in a session's place.
pub const SURFACE: &str = "slack";

/// What the room works with.
pub struct SlackParts {
    pub config: SlackConfig,
    pub desk: Arc<Desk>,
    pub projects: Arc<Projects>,
    pub posts: Arc<dyn PostBook>,
    pub action_log: Arc<dyn ActionLog>,
    /// Refusals go to its audit log.
    pub keeper: Arc<dyn Keeper>,
    /// Who is in OpenCode's own web UI: there nobody is asked in Slack.
    pub presence: Arc<Presence>,
    /// Deeds that were acknowledged before the gateway last stopped.
    pub left: Vec<PendingAction>,
    pub clock: Arc<dyn Clock>,
    pub ids: IdSource,
    pub metrics: OutMetrics,
    /// The folder of what could not be posted.
    pub dead_letters: PathBuf,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}
