//! What an operator sees of the hub.

use super::Shared;
use super::pod::Pod;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A pod as `gateway bridge status` tells it.
#[derive(JsonSchema, Clone, Debug, Serialize, Deserialize)]
pub struct PodStatus {
    pub pod: String,
    pub connected: bool,
    pub connection_id: Option<String>,
    pub boot_id: Option<String>,
    pub opencode_version: Option<String>,
    pub plugin_version: Option<String>,
    pub server_url: Option<String>,
    pub directories: usize,
    #[serde(default)]
    pub open_directories: Vec<String>,
    /// That the gateway shows of it.
    pub sessions: usize,
    pub events_received: u64,
    pub commands_in_flight: usize,
}

impl PodStatus {
    pub(super) fn all(shared: &Shared) -> Vec<Self> {
        shared.registry.all().iter().map(|pod| Self::of(pod)).collect()
    }

    fn of(pod: &Pod) -> Self {
        let (link, about) = (pod.link(), pod.about());
        Self {
            pod: pod.name().to_string(),
            connected: link.is_some(),
            connection_id: link.map(|link| link.connection_id.to_string()),
            boot_id: about.as_ref().map(|about| about.boot_id.clone()),
            opencode_version: about.as_ref().map(|about| about.opencode_version.clone()),
            plugin_version: about.as_ref().map(|about| about.plugin_version.clone()),
            server_url: about.as_ref().and_then(|about| about.server_url.clone()),
            directories: about.as_ref().map_or(0, |about| about.directories.len()),
            open_directories: about.as_ref().map_or_else(Vec::new, |about| about.directories.clone()),
            sessions: about.as_ref().map_or(0, |about| about.sessions),
            events_received: pod.received(),
            commands_in_flight: pod.pending.len(),
        }
    }
}
