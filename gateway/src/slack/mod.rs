//! Slack: sessions as threads, asks as cards that people tap.
//!
//! `client` calls the Web API, `outbound` keeps each thread equal to what the session shows, `render` draws, `actions`
//! names what buttons mean. `inbound` takes what people do and puts it on disk before it is acknowledged, `people` says
//! whether they may, `handlers` does it. Every sentence that people read is in `sentences`.

pub mod actions;
pub mod client;
pub mod config;
mod formatting;
mod handlers;
mod inbound;
mod message_keys;
mod metrics;
mod mrkdwn_to_text;
pub mod outbound;
pub mod patterns;
mod people;
pub mod render;
mod sentences;
pub mod slack_doctor;
mod start_slack;

pub use metrics::InMetrics;
pub use start_slack::start;

use crate::clock::Clock;
use crate::ids::IdSource;
use crate::sessions::desk::Desk;
use crate::sessions::ports::{ActionLog, PendingAction, PostBook};
use crate::sessions::presence::Presence;
use config::SlackConfig;
use jiff::Timestamp;
use outbound::OutMetrics;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The surface's name where a session says in which thread it is.
pub const SURFACE: &str = "slack";

/// What Slack works with.
pub struct SlackParts {
    pub config: SlackConfig,
    pub desk: Arc<Desk>,
    pub posts: Arc<dyn PostBook>,
    pub action_log: Arc<dyn ActionLog>,
    /// Who is in OpenCode's own web UI: there nobody is asked in Slack.
    pub presence: Arc<Presence>,
    /// Deeds that were acknowledged before the gateway last stopped.
    pub left: Vec<PendingAction>,
    /// Until when a gateway was at work here before: what was written in threads since then is read.
    pub away_since: Option<Timestamp>,
    pub clock: Arc<dyn Clock>,
    pub ids: IdSource,
    pub metrics: OutMetrics,
    /// The folder of what could not be posted.
    pub dead_letters: PathBuf,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}
