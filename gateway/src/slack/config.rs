//! What the room is told: tokens, how Slack reaches it, who is let in, and what channels are for.

pub use crate::token::Token as AlertsToken;

use gateway_domain::ModelChoice;
use jiff::SignedDuration;
use secrecy::SecretString;
use std::collections::BTreeMap;

/// Where Slack's Web API is.
pub const SLACK_API: &str = "https://slack.com/api";

/// Sockets that are held open: one may be refreshed while the others serve.
pub const SOCKETS: u32 = 3;

/// What Slack allows an app.
pub const MAX_SOCKETS: u32 = 10;

#[derive(Clone, Debug)]
pub struct SlackConfig {
    pub bot_token: SecretString,
    /// Without a slash at its end.
    pub api_url: String,
    pub mode: Mode,
    pub admission: Admission,
    /// The slash command's name, with its slash.
    pub command: String,
    /// Slack user ids of those who may change what a channel is for, and who hear of alerts.
    pub administrators: Vec<String>,
    /// What whoever brings an alert must present. Without it nobody may.
    pub alerts: Option<AlertsToken>,
    /// By channel id.
    pub channels: BTreeMap<String, ChannelRule>,
    /// How text that grows is shown.
    pub streaming: Streaming,
    /// Where people open the console, if that was configured: for links on cards.
    pub console: Option<String>,
    /// Where the audit log's newest head is posted by itself.
    pub log_head: Option<LogHeadPosts>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogHeadPosts {
    pub channel: String,
    pub every: SignedDuration,
}

/// Where Slack's own streams show text that grows. Elsewhere messages are drawn anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Streaming {
    /// In direct conversations with the app. In a channel only one reader would see a text grow.
    #[default]
    Auto,
    /// In channels, too: the session's owner sees its texts grow, the others their beginning and their end.
    Everywhere,
    /// Nowhere.
    Updates,
}

/// How Slack reaches the gateway.
#[derive(Clone, Debug)]
pub enum Mode {
    /// The gateway opens sockets to Slack: no public address is needed.
    Socket { app_token: SecretString, sockets: u32 },
    /// Slack calls the gateway, and signs what it sends.
    Http { signing_secret: SecretString },
}

/// Who is let in. What is not named is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// Workspaces; empty is the one that the bot token belongs to.
    pub teams: Vec<String>,
    /// Guests of the workspace.
    pub guests: bool,
    /// People of other organisations, in shared channels. Their workspaces must be in `teams` too.
    pub strangers: bool,
    /// These people only, by user id; none is everybody who fits the rest.
    pub users: Option<Vec<String>>,
}

/// What a channel is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChannelRule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The name of one of the project's repositories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
}
