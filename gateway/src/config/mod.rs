//! Environment and file -> [`Config`]. Everything that is wrong is named at once, each with its remedy.
//!
//! The environment wins over the file; secrets never stand in it.

mod audit_settings;
mod bounded;
mod bucket_settings;
mod check_rules;
mod cluster;
mod cluster_lab_rules;
mod delivery_rules;
mod file;
mod gate;
mod github_rule;
mod given_secrets;
mod lab_rules;
mod listeners;
mod opencode_ui;
mod people_table;
mod policies;
mod projects;
mod public_url;
#[cfg(test)]
mod reference;
mod resource_rules;
mod sign_in_rules;
mod slack;
mod traces_address;
mod variables;
mod work_places;

use crate::access;
use crate::bridge::{self, BridgeToken, PodTokens, PodTokensRule};
use crate::cluster::Identity;
use crate::deliveries::DeliveryConfig;
use crate::front::{Entrance, Surface};
use crate::lab::LabConfig;
use crate::models;
use crate::opencode_ui::Config as OpenCodeUi;
use crate::projects::Catalogue;
use crate::sessions::presence::LEAVES_AFTER;
use crate::slack::config::SlackConfig;
use crate::web::{self, Setup};
use crate::workspace;
use bridge_protocol::HoldMode;
use gateway_domain::{Limits, ModelEntry, PolicyBook};
use given_secrets::{given_secret, secret};
use jiff::SignedDuration;
use policies::{Rules, User};
use projects::{RepositoryRule, RoutingRules, WorkspaceRules};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use audit_settings::LogHeads;
pub use cluster::Standby;
pub(crate) use variables::help as help_on_variables;

/// Seconds between two pings of a link.
const PING_INTERVAL_SECONDS: u64 = 10;

pub const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000);

#[derive(Clone, Debug)]
pub struct Config {
    pub listen: SocketAddr,
    /// Each listener with what is served there; the first is `listen`.
    pub entrances: Vec<(SocketAddr, Entrance)>,
    pub log: LogFormat,
    /// The collector's address for traces. None while they are not kept.
    pub traces: Option<String>,
    /// Where promises are kept.
    pub state: PathBuf,
    /// A file with the secret that keys are made of. Without it the gateway makes one in its state folder.
    pub root_secret: Option<PathBuf>,
    /// Where the audit log's signed checkpoints go, and whose come here.
    pub log_heads: LogHeads,
    pub standby: Standby,
    /// Who this is in a cluster, if it is to talk to its API.
    pub cluster: Option<Identity>,
    pub policies: PolicyBook,
    pub limits: Limits,
    /// What there is to work on.
    pub catalogue: Catalogue,
    pub workspaces: workspace::Config,
    /// Where sessions' work runs for people to look at.
    pub labs: LabConfig,
    /// How work becomes a pull request.
    pub deliveries: DeliveryConfig,
    /// Without a sign for so long a person has left OpenCode's own web UI.
    pub leaves_after: SignedDuration,
    pub models: models::Config,
    pub bridge: bridge::Config,
    pub access: access::Config,
    pub web: web::Config,
    pub opencode_ui: OpenCodeUi,
    /// None while Slack is off.
    pub slack: Option<SlackConfig>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people at a terminal.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// All that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
#[error("Invalid configuration:\n{}", .0.iter().map(|fault| format!("  - {fault}")).collect::<Vec<_>>().join("\n"))]
pub struct ConfigFaults(pub Vec<String>);

/// What the file may hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct File {
    /// The address to listen on. `GATEWAY_LISTEN` overrides it. Beyond loopback `BRIDGE_TOKEN` and a way to sign
    /// in are required.
    #[schemars(extend("default" = DEFAULT_LISTEN.to_string()))]
    listen: Option<String>,
    /// Separate listeners. What has one is not served at `listen` any more.
    listeners: listeners::Section,
    /// Format of log lines: text for people, or one JSON object a line. `GATEWAY_LOG_FORMAT` overrides it.
    #[schemars(extend("default" = "text"))]
    log: Option<LogFormat>,
    /// The state directory. `GATEWAY_STATE` overrides it.
    #[schemars(extend("default" = default_state()))]
    state: Option<PathBuf>,
    /// What a plugin must present: `BRIDGE_TOKEN` or its pod's own token (`gateway pod add`), or only its pod's own. Pods of the cluster present theirs in either case. `GATEWAY_POD_TOKENS` overrides it.
    #[schemars(extend("default" = "shared"))]
    pod_tokens: Option<PodTokensRule>,
    /// How often both ends of a link ping each other, from 1 to 300. Three missed answers close the link.
    #[schemars(extend("default" = PING_INTERVAL_SECONDS))]
    ping_interval_seconds: Option<u64>,
    /// Only with `gate.mode: off`: which tool calls of a session wait for the gateway before they run. Default: `writes` if
    /// `configure_exploratory` is set anywhere, otherwise `none`. With the gate on all of them wait.
    hold_default: Option<HoldMode>,
    /// How long without activity until a person counts as having left OpenCode's web UI.
    #[schemars(extend("default" = LEAVES_AFTER.as_secs()))]
    leaves_after_seconds: Option<u32>,
    /// How many sessions of one person can run at once, from 1 to 10000. Without it there is no limit.
    running_sessions_per_user: Option<u64>,
    /// Projects by name, each with the rules that differ for it, its agent and its repositories.
    projects: BTreeMap<String, Rules>,
    /// People by name, each with their accounts. Two accounts of one person are never two people.
    people: BTreeMap<String, people_table::PersonEntry>,
    /// Groups by name, which rules name.
    groups: BTreeMap<String, people_table::GroupEntry>,
    /// Rules by repository, remote, directory or project (docs/rules.md). All that fit a session must be satisfied.
    #[serde(rename = "rules")]
    resource_rules: Vec<resource_rules::RuleEntry>,
    /// People by id, such as `web:dora`, with their own working hours.
    users: BTreeMap<String, User>,
    /// How people sign in. Without it they do with the API's token.
    sign_in: sign_in_rules::Section,
    /// A proxy that signs people in and names them in a header.
    trusted_proxy: Option<sign_in_rules::ProxyRule>,
    /// Where people open the console, for links. `GATEWAY_PUBLIC_URL` overrides it. Default: `http://` and the
    /// listening address, which is called `localhost` on loopback: browsers allow no passkeys at a number.
    public_url: Option<String>,
    /// Where OpenCode's web UIs are, and where people open them. Off without `pods` and `GATEWAY_OPENCODE_URL`.
    opencode_ui: opencode_ui::Section,
    /// Which words of a task lead to which agent. Default: the built-in rules.
    routing: Option<RoutingRules>,
    /// Slack. Off without `SLACK_BOT_TOKEN`.
    slack: slack::Section,
    /// The models that are offered. Default: the built-in ones.
    models: Option<Vec<ModelEntry>>,
    /// Where repositories come from, by name.
    repositories: BTreeMap<String, RepositoryRule>,
    /// How a session gets its own folder.
    workspaces: Option<WorkspaceRules>,
    /// The project list, a Markdown file. `GATEWAY_PROJECT_LIST` overrides it.
    #[schemars(extend("default" = projects::PROJECT_LIST))]
    project_list: Option<PathBuf>,
    /// The audit log of decisions (docs/audit.md).
    audit: audit_settings::Section,
    /// They stand beside the rest (`policies::RULES`).
    #[serde(skip)]
    rules: Rules,
    #[serde(skip)]
    text: String,
}

/// Reads variables by name; tests give a map.
pub type Variables<'a> = dyn Fn(&str) -> Option<String> + 'a;

impl Config {
    /// Reads the process's environment and the file that `GATEWAY_CONFIG` names, if it does.
    pub fn load() -> Result<Self, ConfigFaults> {
        Self::from(&|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }

    pub fn from(variables: &Variables<'_>) -> Result<Self, ConfigFaults> {
        let mut faults = vec![];
        let file = file::read(variables, &mut faults);
        let listen = listen(variables, &file, &mut faults);
        let bridge_token = secret(variables, "BRIDGE_TOKEN", &mut faults);
        let api_token = secret(variables, "GATEWAY_API_TOKEN", &mut faults);
        let pods = pod_tokens(variables, &file, &mut faults);
        let guarded = api_token.is_some() || sign_in_rules::is_set(&file);
        let entrances = listeners::entrances(variables, &file.listeners, listen, &mut faults);
        let bridge_at = listeners::address_of(&entrances, Surface::Bridge).unwrap_or(listen);
        let is_closed = bridge_token.is_some() || pods == PodTokensRule::Own;
        demand(is_closed, "BRIDGE_TOKEN", bridge_at, &mut faults);
        demand(guarded, "GATEWAY_API_TOKEN", listen, &mut faults);
        let targets = opencode_ui::targets(&file.opencode_ui, variables, &mut faults);
        demand_for(guarded, &targets, &mut faults);
        let console = public_url::console(variables, &file, listen, &mut faults);
        let access = sign_in_rules::access(&file, api_token, &console, &mut faults);
        let opencode_ui = OpenCodeUi { targets, console };
        let state = state(variables, &file);
        let workspaces = projects::workspaces(&file, variables, &state, &mut faults);
        let policies = people_table::policies(&file, variables, &workspaces.folder, &mut faults);
        let log = log_format(variables, &file, &mut faults);
        let catalogue = projects::catalogue(&file, variables, &mut faults);
        let bridge = bridge::Config {
            token: bridge_token.map(BridgeToken::new),
            pods,
            own_tokens: Some(PodTokens::in_state(&state)),
            hold_timeout: policies::longest_permission(&policies),
            ..bridge_of(&file, &mut faults)
        };
        let models = projects::models(&file, &mut faults);
        let limits =
            policies::limits(&file.rules, &file.projects, file.running_sessions_per_user, &mut faults);
        let slack = slack::slack(variables, &file, &mut faults);
        let (standby, cluster) = cluster::read(variables, &mut faults);
        let places = (state.as_path(), &workspaces, cluster.as_ref(), &entrances[..]);
        let (labs, deliveries) = work_places::read(&file, variables, places, &mut faults);
        let traces = traces_address::read(variables, &mut faults);
        let root_secret = audit_settings::root_secret(variables, &mut faults);
        let log_heads =
            audit_settings::log_heads(&file, variables, workspaces.git_settings.clone(), &mut faults);
        file::add_lines(&file.text, &mut faults);
        if !faults.is_empty() {
            return Err(ConfigFaults(faults));
        }
        Ok(Self {
            standby,
            cluster,
            listen,
            entrances,
            log,
            traces,
            state,
            root_secret,
            log_heads,
            policies,
            limits,
            catalogue,
            workspaces,
            labs,
            deliveries,
            leaves_after: leaves_after(&file),
            models,
            bridge,
            access,
            web: web::Config { demo: variables("GATEWAY_DEMO").is_some(), ..web::Config::default() },
            opencode_ui,
            slack,
        }
        .described(variables))
    }

    /// With what operators may know of it.
    fn described(self, variables: &Variables<'_>) -> Self {
        let (slack, cluster) = (self.slack.as_ref(), self.cluster.as_ref());
        let setup = Setup {
            gateway_version: env!("CARGO_PKG_VERSION").to_owned(),
            listen: self.listen.to_string(),
            state: self.state.clone(),
            workspaces: whole(&self.workspaces.folder),
            config_file: variables("GATEWAY_CONFIG").map(PathBuf::from),
            bridge_token: self.bridge.token.is_some() || self.bridge.pods == PodTokensRule::Own,
            bridge_accounts: cluster.is_some_and(|identity| !identity.bridge_accounts.is_empty()),
            api_token: self.access.token.is_some(),
            proxy: self.access.proxy.is_some(),
            slack: slack.is_some(),
            alerts: slack.is_some_and(|slack| slack.alerts.is_some()),
            administrators: slack.map_or(0, |slack| slack.administrators.len()),
        };
        Self { web: web::Config { setup, ..self.web }, ..self }
    }
}

/// OpenCode's own pages are as open as their listeners.
fn demand_for(is_guarded: bool, targets: &[crate::opencode_ui::Target], faults: &mut Vec<String>) {
    if let Some(open) = targets.iter().find(|target| !target.listen.ip().is_loopback()) {
        demand(is_guarded, "GATEWAY_API_TOKEN", open.listen, faults);
    }
}

/// From the root on: whoever reads it stands elsewhere.
fn whole(folder: &Path) -> PathBuf {
    std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned())
}

fn listen(variables: &Variables<'_>, file: &File, faults: &mut Vec<String>) -> SocketAddr {
    let Some(text) = variables("GATEWAY_LISTEN").or_else(|| file.listen.clone()) else {
        return DEFAULT_LISTEN;
    };
    text.parse().unwrap_or_else(|_| {
        faults.push(format!(
            "GATEWAY_LISTEN (or `listen`): {text:?} is not a valid address. Example: 127.0.0.1:8000."
        ));
        DEFAULT_LISTEN
    })
}

fn pod_tokens(variables: &Variables<'_>, file: &File, faults: &mut Vec<String>) -> PodTokensRule {
    match variables("GATEWAY_POD_TOKENS").as_deref() {
        None => file.pod_tokens.unwrap_or_default(),
        Some("shared") => PodTokensRule::Shared,
        Some("own") => PodTokensRule::Own,
        Some(other) => {
            faults.push(format!("GATEWAY_POD_TOKENS: unknown value {other:?}; use shared or own."));
            PodTokensRule::Own
        }
    }
}

/// What the file alone says of the bridge.
fn bridge_of(file: &File, faults: &mut Vec<String>) -> bridge::Config {
    let hold = file.hold_default.filter(|_| !policies::is_gate(&file.rules));
    bridge::Config {
        ping_interval: ping_interval(file, faults),
        hold_default: hold.unwrap_or_else(|| policies::hold_default(&file.rules, &file.projects)),
        ..bridge::Config::default()
    }
}

fn leaves_after(file: &File) -> SignedDuration {
    file.leaves_after_seconds.map_or(LEAVES_AFTER, |seconds| SignedDuration::from_secs(seconds.into()))
}

fn demand(set: bool, name: &str, listen: SocketAddr, faults: &mut Vec<String>) {
    if !set && !listen.ip().is_loopback() {
        faults.push(format!("{name}: must be set when listening beyond loopback ({listen})."));
    }
}

fn ping_interval(file: &File, faults: &mut Vec<String>) -> Duration {
    let seconds = file.ping_interval_seconds.unwrap_or(PING_INTERVAL_SECONDS);
    if !(1..=300).contains(&seconds) {
        faults.push(format!("ping_interval_seconds: {seconds} is out of range; write 1 to 300."));
    }
    Duration::from_secs(seconds.clamp(1, 300))
}

fn state(variables: &Variables<'_>, file: &File) -> PathBuf {
    let named = variables("GATEWAY_STATE").map(PathBuf::from);
    named.or_else(|| file.state.clone()).unwrap_or_else(default_state)
}

fn default_state() -> PathBuf {
    PathBuf::from(".session-state")
}

fn log_format(variables: &Variables<'_>, file: &File, faults: &mut Vec<String>) -> LogFormat {
    match variables("GATEWAY_LOG_FORMAT").as_deref() {
        None => file.log.unwrap_or_default(),
        Some("text") => LogFormat::Text,
        Some("json") => LogFormat::Json,
        Some(other) => {
            faults.push(format!("GATEWAY_LOG_FORMAT: {other:?} is not a valid value. Use text or json."));
            LogFormat::Text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn load(pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        let map: HashMap<_, _> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Config::from(&|name| map.get(name).cloned())
    }

    #[test]
    fn works_with_nothing_set() {
        let config = load(&[]).unwrap();
        assert_eq!(config.listen, DEFAULT_LISTEN);
    }

    #[test]
    fn names_every_fault_at_once() {
        let faults = load(&[
            ("GATEWAY_LISTEN", "everywhere"),
            ("BRIDGE_TOKEN", "short"),
            ("GATEWAY_LOG_FORMAT", "xml"),
            ("GATEWAY_CONFIG", "/does/not/exist.yaml"),
        ])
        .unwrap_err();
        let text = faults.to_string();
        for name in ["GATEWAY_LISTEN", "BRIDGE_TOKEN", "GATEWAY_LOG_FORMAT", "GATEWAY_CONFIG"] {
            assert!(text.contains(name), "{name} in {text}");
        }
        assert!(!text.contains("short"), "no secret in {text}");
    }

    #[test]
    fn an_opencode_of_this_machine_is_shown_on_a_port_beside() {
        let ui = load(&[("GATEWAY_OPENCODE_URL", "http://127.0.0.1:4096")]).unwrap().opencode_ui;
        assert_eq!(ui.targets[0].origin, "http://localhost:8001");
        assert_eq!(ui.console, "http://localhost:8000", "browsers allow no passkeys at a number");
        assert!(load(&[]).unwrap().opencode_ui.targets.is_empty(), "off where no OpenCode is named");
    }

    #[test]
    fn traces_go_nowhere_unless_a_collector_is_named() {
        // REQ-OPS-01
        assert_eq!(load(&[]).unwrap().traces, None);
        let all = load(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://alloy.lgtm:4318/")]).unwrap().traces;
        assert_eq!(all.as_deref(), Some("http://alloy.lgtm:4318/v1/traces"));
        for wrong in ["alloy:4318", "https://alloy:4318", "grpc://alloy:4317"] {
            let faults = load(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", wrong)]).unwrap_err().to_string();
            assert!(faults.contains("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), "{faults}");
        }
    }

    fn load_file(text: &str, pairs: &[(&str, &str)]) -> Result<Config, ConfigFaults> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gateway.yaml");
        std::fs::write(&path, text).unwrap();
        load(&[pairs, &[("GATEWAY_CONFIG", path.to_str().unwrap())]].concat())
    }

    #[test]
    fn each_pod_has_an_opencode_of_its_own() {
        let text = "opencode_ui:\n  listen: 127.0.0.1:9001\n  pods:\n    \
                    '*': { opencode: 'http://{pod}.pods:4096', url: 'https://{pod}.example.test' }\n    \
                    pod-b: { opencode: 'http://10.0.0.2:4096', listen: '127.0.0.1:9002', password_from: PASS_B }\n";
        let config =
            load_file(text, &[("PASS_B", "geheim"), ("GATEWAY_OPENCODE_PASSWORD", "streng")]).unwrap();
        let targets = &config.opencode_ui.targets;
        assert_eq!(targets[0].pod, None);
        assert_eq!(
            (targets[1].pod.as_deref(), targets[1].origin.as_str()),
            (Some("pod-b"), "http://localhost:9002")
        );
        let shown = format!("{config:?}");
        assert!(!shown.contains("geheim") && !shown.contains("streng"), "no secret in {shown}");
    }

    #[test]
    fn every_fault_of_the_web_uis_is_named() {
        let text = "public_url: gateway\nopencode_ui:\n  pods:\n    \
                    path: { opencode: 'http://10.0.0.1:4096', url: 'https://example.test/opencode' }\n    \
                    tls: { opencode: 'https://me:geheim@10.0.0.2', listen: '127.0.0.1:9002' }\n    \
                    open: { opencode: 'http://10.0.0.3', listen: '0.0.0.0:9003', url: 'http://open.test' }\n    \
                    far: { opencode: 'http://10.0.0.4', listen: '10.0.0.9:9004' }\n    \
                    pattern: { opencode: 'http://{pod}:4096', listen: '127.0.0.1:9005' }\n    \
                    twin: { opencode: 'http://10.0.0.5', listen: nowhere, password_from: NOT_SET }\n    \
                    same: { opencode: 'http://10.0.0.6', url: 'http://open.test' }\n";
        let faults = load_file(text, &[]).unwrap_err().to_string();
        let wanted = [
            "public_url",
            "pods.path.url",
            "pods.tls.opencode",
            "GATEWAY_API_TOKEN",
            "pods.far",
            "pods.pattern",
            "pods.twin (GATEWAY",
            "pods.twin.password_from",
            "pods.same",
        ];
        for name in wanted {
            assert!(faults.contains(name), "{name} in {faults}");
        }
        assert!(!faults.contains("geheim"), "{faults}");
        let alone = load(&[("GATEWAY_OPENCODE_UI_LISTEN", "127.0.0.1:9001")]).unwrap_err().to_string();
        assert!(alone.contains("GATEWAY_OPENCODE_URL"), "{alone}");
    }

    #[test]
    fn beyond_loopback_it_wants_tokens() {
        // REQ-CONSOLE-03, REQ-BRIDGE-10
        assert_eq!(load(&[("GATEWAY_LISTEN", "0.0.0.0:8000")]).unwrap_err().0.len(), 2);
        let token = "a-token-of-more-than-sixteen";
        let set = [("GATEWAY_LISTEN", "0.0.0.0:8000"), ("BRIDGE_TOKEN", token), ("GATEWAY_API_TOKEN", token)];
        let shown = format!("{:?}", load(&set).unwrap());
        assert!(!shown.contains(token), "{shown}");
    }
}
