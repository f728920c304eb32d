//! How this gateway is set up, for `gateway doctor`: what a command line elsewhere cannot know. No secret is in it.

use super::Api;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How the running gateway is set up.
#[derive(JsonSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    pub gateway_version: String,
    pub listen: String,
    pub state: PathBuf,
    /// The folder of the sessions' own workspaces, whole: agents write there.
    pub workspaces: PathBuf,
    /// The file with rules, if there is one.
    pub config_file: Option<PathBuf>,
    /// Whether plugins must present a token that all of them share.
    pub bridge_token: bool,
    /// Whether pods of the cluster come in with their own.
    pub bridge_accounts: bool,
    /// Whether a token for people and programs was set; otherwise the gateway made its own.
    pub api_token: bool,
    /// Whether a proxy signs people in.
    pub proxy: bool,
    pub slack: bool,
    /// Whether alerts are taken, and how many people hear of them.
    pub alerts: bool,
    pub administrators: usize,
}

pub(super) async fn setup(State(api): State<Api>) -> Json<Setup> {
    Json(api.config.setup.clone())
}
