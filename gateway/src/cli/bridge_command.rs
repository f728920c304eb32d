//! `gateway bridge status`.

use super::{ApiClient, Remote, output};
use crate::sessions::ports::PodStatus;
use std::process::ExitCode;

pub(super) async fn status(remote: &Remote) -> anyhow::Result<ExitCode> {
    let pods: Vec<PodStatus> = ApiClient::new(remote)?.get("/api/v1/bridge").await?;
    let heading = ["POD", "LINK", "TOKEN", "OPENCODE", "PLUGIN", "SESSIONS", "EVENTS", "IN FLIGHT"];
    output::list(remote.json, &pods, &heading, row, "No OpenCode pod has connected yet.")?;
    Ok(ExitCode::SUCCESS)
}

fn row(pod: &PodStatus) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    vec![
        pod.pod.clone(),
        if pod.connected { "up" } else { "down" }.to_owned(),
        or_dash(&pod.credential),
        or_dash(&pod.opencode_version),
        or_dash(&pod.plugin_version),
        pod.sessions.to_string(),
        pod.events_received.to_string(),
        pod.commands_in_flight.to_string(),
    ]
}
