//! `gateway doctor`: what is missing, and how to mend it.

use super::{
    ApiClient, Remote, doctor_audit, doctor_bucket, doctor_cluster, doctor_forge, doctor_machine,
    doctor_opencode, doctor_reviews, doctor_rules, doctor_sign_in, doctor_slack, output,
};
use crate::bridge::PodTokensRule;
use crate::config::Config;
use crate::sessions::ports::PodStatus;
use crate::store::StoreConfig;
use crate::web::Setup;
use serde::Serialize;
use std::net::SocketAddr;
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
    let running = running(remote, &mut findings).await?;
    match &running {
        // What this shell has set says nothing about a gateway that others started.
        Some(setup) => tell_setup(setup, &mut findings),
        None => tell_configuration(&mut findings).await,
    }
    if let Ok(config) = Config::load() {
        let there = running.as_ref().map(|setup| setup.state.clone()).filter(|state| state.is_dir());
        let state = there.unwrap_or_else(|| config.state.clone());
        doctor_machine::look(&state, &mut findings);
        doctor_audit::look(&config, &state, &mut findings);
        doctor_bucket::look(&config, &state, &mut findings).await;
        doctor_cluster::look(config.cluster.as_ref(), &config.labs.engine, &mut findings).await;
        doctor_forge::look(&config, &mut findings).await;
        doctor_opencode::look(&config.opencode_ui.targets, &mut findings).await;
        doctor_rules::look(&config, &mut findings);
        doctor_reviews::look_at_rules(&config, &mut findings);
        doctor_sign_in::look(&config.access, &mut findings).await;
        if config.slack.is_some() || running.is_none() {
            doctor_slack::look(config.slack.as_ref(), &mut findings).await;
        }
    }
    tell(remote.json, &findings)?;
    let faulty = findings.iter().any(|finding| finding.level == Level::Fault);
    Ok(if faulty { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn tell(as_json: bool, findings: &[Finding]) -> std::io::Result<()> {
    if as_json {
        return output::json(findings);
    }
    findings.iter().try_for_each(|Finding { check, level, says }| {
        let mark = match level {
            Level::Ok => "ok     ",
            Level::Warning => "warning",
            Level::Fault => "FAULT  ",
        };
        output::line(&format!("{mark}  {check}: {says}"))
    })
}

/// Looks at the running gateway, and how it is set up.
async fn running(remote: &Remote, findings: &mut Vec<Finding>) -> anyhow::Result<Option<Setup>> {
    let mut add = |check, level, says: String| findings.push(Finding { check, level, says });
    let api = ApiClient::new(remote)?;
    let setup: Setup = match api.get("/api/v1/setup").await {
        Ok(setup) => setup,
        Err(error) => {
            add("gateway", Level::Warning, format!("{error}"));
            return Ok(None);
        }
    };
    let Setup { gateway_version, listen, state, .. } = &setup;
    let at = format!("running at {}: version {gateway_version}, listening on {listen}", remote.url);
    add("gateway", Level::Ok, format!("{at}, state in {}", state.display()));
    doctor_reviews::look(&api, findings).await;
    let mut add = |check, level, says: String| findings.push(Finding { check, level, says });
    let pods: Vec<PodStatus> = api.get("/api/v1/bridge").await?;
    for (level, says) in pods.iter().map(pod) {
        add("pod", level, says);
    }
    if let Some(says) = sharing(&pods) {
        add("pod tokens", Level::Warning, says);
    }
    for (level, says) in pods.iter().filter_map(guard) {
        add("guard", level, says);
    }
    if pods.is_empty() {
        let says = "none connected: start OpenCode with the plugin (opencode-plugin/README.md)";
        add("pod", Level::Warning, says.to_owned());
    }
    Ok(Some(setup))
}

fn tell_setup(setup: &Setup, findings: &mut Vec<Finding>) {
    let mut add = |check, level, says: &str| findings.push(Finding { check, level, says: says.to_owned() });
    match (&setup.config_file, setup.bridge_token || setup.bridge_accounts) {
        (_, true) => add("BRIDGE_TOKEN", Level::Ok, "set in the running gateway"),
        (_, false) => add("BRIDGE_TOKEN", Level::Warning, NO_BRIDGE_TOKEN),
    }
    match (setup.proxy, setup.api_token) {
        (true, _) => add("GATEWAY_API_TOKEN", Level::Ok, "a proxy signs people in"),
        (false, true) => add("GATEWAY_API_TOKEN", Level::Ok, "set in the running gateway"),
        (false, false) => add("GATEWAY_API_TOKEN", Level::Ok, "not set: the gateway created its own token"),
    }
    if setup.slack {
        add("slack", Level::Ok, "on in the running gateway");
    }
    match (setup.slack, setup.alerts, setup.administrators) {
        (false, ..) => add("slack", Level::Ok, "off in the running gateway. See docs/slack.md to turn it on"),
        (true, true, 0) => add(
            "alerts",
            Level::Warning,
            "not sent to anyone. List the recipients under `slack.administrators`",
        ),
        (true, true, _) => add("alerts", Level::Ok, "sent to `slack.administrators`"),
        (true, false, _) => add("alerts", Level::Ok, "off. Set GATEWAY_ALERTS_TOKEN to turn them on"),
    }
}

const NO_BRIDGE_TOKEN: &str = "not set: any local process can connect. Set it to 16+ characters";

/// What a gateway would do that is started from here.
async fn tell_configuration(findings: &mut Vec<Finding>) {
    let mut add = |check, level, says: String| findings.push(Finding { check, level, says });
    let config = match Config::load() {
        Ok(config) => config,
        Err(faults) => {
            return faults.0.into_iter().for_each(|fault| add("configuration", Level::Fault, fault));
        }
    };
    add("configuration", Level::Ok, format!("a gateway started here would listen on {}", config.listen));
    match config.bridge.token {
        _ if config.bridge.pods == PodTokensRule::Own => {
            add("BRIDGE_TOKEN", Level::Ok, "not used: each pod has its own token".to_owned());
        }
        Some(_) => add("BRIDGE_TOKEN", Level::Ok, "set here".to_owned()),
        None => add("BRIDGE_TOKEN", Level::Warning, NO_BRIDGE_TOKEN.to_owned()),
    }
    let api = match (&config.access.token, &config.access.proxy) {
        (_, Some(_)) => "a proxy signs people in",
        (Some(_), None) => "set here",
        (None, None) => "not set: the gateway creates a token for this machine in its state directory",
    };
    add("GATEWAY_API_TOKEN", Level::Ok, api.to_owned());
    for (address, _) in &config.entrances {
        let (level, says) = port(*address).await;
        add("port", level, says);
    }
    if let Some(holder) = StoreConfig::holder_of(&config.state) {
        let at = config.state.display();
        let says = format!("{at} is in use by a gateway ({holder}) at another address; pass its --url");
        add("gateway", Level::Warning, says);
    }
}

fn pod(pod: &PodStatus) -> (Level, String) {
    if pod.connected {
        let version = pod.opencode_version.as_deref().unwrap_or("?");
        return (Level::Ok, format!("{} is connected (OpenCode {version})", pod.pod));
    }
    (Level::Warning, format!("{} is disconnected; it reconnects by itself", pod.pod))
}

/// Pods that nothing but their own word tells apart.
fn sharing(pods: &[PodStatus]) -> Option<String> {
    let is_sharing = |pod: &&PodStatus| pod.connected && pod.credential.as_deref() == Some("shared");
    let names: Vec<&str> = pods.iter().filter(is_sharing).map(|pod| pod.pod.as_str()).collect();
    (names.len() > 1).then(|| {
        format!(
            "{} share BRIDGE_TOKEN, so each can say that it is another one. Give each its own token with \
                `gateway pod add NAME`, then set `pod_tokens: own`",
            names.join(", ")
        )
    })
}

/// What agents are kept from there. The kernel's limits are told, and are no fault of anybody's.
fn guard(pod: &PodStatus) -> Option<(Level, String)> {
    let state = pod.guard_state.as_ref().filter(|_| pod.connected)?;
    let says = format!("agents in {} are {}", pod.pod, state.sentence());
    let unasked = match state.unasked.as_slice() {
        [] => String::new(),
        some => format!(". OpenCode by itself doesn't ask about: {}", some.join("; ")),
    };
    Some((if state.is_unguarded() { Level::Warning } else { Level::Ok }, says + &unasked))
}

async fn port(address: SocketAddr) -> (Level, String) {
    match TcpListener::bind(address).await {
        Ok(_) => (Level::Ok, format!("{address} is free")),
        Err(error) => (Level::Fault, format!("can't listen on {address} ({error}); set GATEWAY_LISTEN")),
    }
}
