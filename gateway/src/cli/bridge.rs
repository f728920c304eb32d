//! `gateway bridge status`.

use super::{ApiClient, Remote, output};
use crate::bridge::PodStatus;
use std::process::ExitCode;

pub(super) async fn status(remote: &Remote) -> anyhow::Result<ExitCode> {
    let pods: Vec<PodStatus> = ApiClient::new(remote)?.get("/api/v1/bridge").await?;
    if remote.json {
        output::json(&pods)?;
        return Ok(ExitCode::SUCCESS);
    }
    if pods.is_empty() {
        output::line("No OpenCode pod has connected yet.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let heading = ["POD", "LINK", "OPENCODE", "PLUGIN", "SESSIONS", "EVENTS", "IN FLIGHT"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(pods.iter().map(row));
    output::table(&rows)?;
    Ok(ExitCode::SUCCESS)
}

fn row(pod: &PodStatus) -> Vec<String> {
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    vec![
        pod.pod.clone(),
        if pod.connected { "up" } else { "down" }.to_owned(),
        or_dash(&pod.opencode_version),
        or_dash(&pod.plugin_version),
        pod.sessions.to_string(),
        pod.events_received.to_string(),
        pod.commands_in_flight.to_string(),
    ]
}
