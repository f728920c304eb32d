//! What an operator sees of the hub.

use super::Hub;
use super::pod::Pod;
use crate::sessions::ports::PodStatus;

pub(super) fn all(shared: &Hub) -> Vec<PodStatus> {
    shared.registry.all().iter().map(|pod| of(pod)).collect()
}

fn of(pod: &Pod) -> PodStatus {
    let (link, about) = (pod.link(), pod.about());
    PodStatus {
        pod: pod.name().to_string(),
        credential: Some(pod.identity().credential.word().to_owned()),
        connected: link.is_some(),
        connection_id: link.map(|link| link.connection_id.to_string()),
        boot_id: about.as_ref().map(|about| about.boot_id.clone()),
        opencode_version: about.as_ref().map(|about| about.opencode_version.clone()),
        plugin_version: about.as_ref().map(|about| about.plugin_version.clone()),
        server_url: about.as_ref().and_then(|about| about.server_url.clone()),
        guard: about.as_ref().and_then(|about| about.guard.clone()),
        guard_state: about.as_ref().map(|about| about.guard_state.clone()),
        directories: about.as_ref().map_or(0, |about| about.directories.len()),
        open_directories: about.as_ref().map_or_else(Vec::new, |about| about.directories.clone()),
        sessions: about.as_ref().map_or(0, |about| about.sessions),
        events_received: pod.received(),
        commands_in_flight: pod.pending.len(),
    }
}
