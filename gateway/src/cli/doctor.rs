//! `gateway doctor`: what is missing, and how to mend it.

use super::{ApiClient, Remote, doctor_cluster, doctor_machine, doctor_opencode, doctor_slack, output};
use crate::bridge::PodStatus;
use crate::config::Config;
use serde::Serialize;
use std::process::ExitCode;
use tokio::net::TcpListener;

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) level: Level,
    pub(super) says: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    Ok,
    Warning,
    Fault,
}

/// Exits with 1 when there is a fault.
pub(super) async fn run(remote: &Remote) -> anyhow::Result<ExitCode> {
    let mut findings = vec![];
    let config = configuration(&mut findings);
    if let Some(config) = &config {
        doctor_machine::look(config, &mut findings);
        doctor_cluster::look(config.cluster.as_ref(), &mut findings).await;
        doctor_opencode::look(&config.opencode_ui.targets, &mut findings).await;
        doctor_slack::look(config.slack.as_ref(), &mut findings).await;
    }
    running(remote, config.as_ref(), &mut findings).await?;
    if remote.json {
        output::json(&findings)?;
    } else {
        for Finding { check, level, says } in &findings {
            let mark = match level {
                Level::Ok => "ok     ",
                Level::Warning => "warning",
                Level::Fault => "FAULT  ",
            };
            output::line(&format!("{mark}  {check}: {says}"))?;
        }
    }
    let faulty = findings.iter().any(|finding| finding.level == Level::Fault);
    Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn configuration(findings: &mut Vec<Finding>) -> Option<Config> {
    let mut add = |check, level, says: String| findings.push(Finding { check, level, says });
    match Config::load() {
        Ok(config) => {
            add("configuration", Level::Ok, format!("the gateway would listen on {}", config.listen));
            if config.bridge.token.is_none() {
                let says =
                    "not set: any process of this machine may connect; set it to 16 characters or more";
                add("BRIDGE_TOKEN", Level::Warning, says.to_owned());
            } else {
                add("BRIDGE_TOKEN", Level::Ok, "set".to_owned());
            }
            match (&config.access.token, &config.access.proxy) {
                (None, None) => add(
                    "GATEWAY_API_TOKEN",
                    Level::Warning,
                    "not set: every process of this machine may use the API as anybody".to_owned(),
                ),
                (_, Some(_)) => add("GATEWAY_API_TOKEN", Level::Ok, "a proxy signs people in".to_owned()),
                (Some(_), None) => add("GATEWAY_API_TOKEN", Level::Ok, "set".to_owned()),
            }
            Some(config)
        }
        Err(faults) => {
            for fault in faults.0 {
                add("configuration", Level::Fault, fault);
            }
            None
        }
    }
}

/// Looks at the running gateway, or whether one could start.
async fn running(
    remote: &Remote,
    config: Option<&Config>,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<()> {
    let mut add = |check, level, says: String| findings.push(Finding { check, level, says });
    let pods: Result<Vec<PodStatus>, _> = ApiClient::new(remote)?.get("/api/v1/bridge").await;
    match pods {
        Ok(pods) => {
            add("gateway", Level::Ok, format!("one runs at {}", remote.url));
            for finding in pods.iter().map(pod) {
                add("pod", finding.0, finding.1);
            }
            if pods.is_empty() {
                let says = "none connected: start OpenCode with the plugin (opencode-plugin/README.md)";
                add("pod", Level::Warning, says.to_owned());
            }
        }
        Err(error) => {
            add("gateway", Level::Warning, format!("{error}"));
            if let Some(config) = config {
                let (level, says) = port(config).await;
                add("port", level, says);
            }
        }
    }
    Ok(())
}

fn pod(pod: &PodStatus) -> (Level, String) {
    if pod.connected {
        let version = pod.opencode_version.as_deref().unwrap_or("?");
        return (Level::Ok, format!("{} is connected (OpenCode {version})", pod.pod));
    }
    (Level::Warning, format!("{} was connected and is not now; it comes back by itself", pod.pod))
}

async fn port(config: &Config) -> (Level, String) {
    match TcpListener::bind(config.listen).await {
        Ok(_) => (Level::Ok, format!("{} is free", config.listen)),
        Err(error) => {
            (Level::Fault, format!("{} cannot be used ({error}); set GATEWAY_LISTEN", config.listen))
        }
    }
}
