//! What `make run` is made of: everything on this machine under one supervisor, with its logs side by side.

mod guard;
mod link;
mod logs;
mod supervisor;
mod told;
mod tools;

pub use guard::{GuardOfRun, GuardWish, around as guard_around};
pub use logs::Logs;
pub use supervisor::{Ended, Supervisor};
pub use told::tell;

use crate::gateway::Gateway;
use crate::model::Model;
use crate::opencode::{OpenCode, Options, OwnProvider, free_port};
use anyhow::{Context, bail};
use slack_sim::{Pace, Settings, SlackSim};
use std::net::TcpListener;
use std::path::PathBuf;

/// What the one pod is called, wherever people see it.
const POD: &str = "local";

/// Variables of the plugin's that a person may set. Of the outside OpenCode sees nothing else.
const PLUGIN: [&str; 2] = ["GATEWAY_GATE", "GATEWAY_PLUGIN_FOLDERS"];

/// What a person chose, by variables.
pub struct Wishes {
    pub port: u16,
    /// A token of their own for the API.
    pub api_token: Option<String>,
    /// A repository of their own, in place of the sample.
    pub repository: Option<PathBuf>,
    /// A simulated Slack beside it.
    pub slack: bool,
    /// Whether agents work in the guarded shell. There they write workspaces and the repository, and no other folder.
    pub guard: GuardWish,
    /// The gateway has a file of the person's own.
    pub own_file: bool,
    /// What the person says to the plugin.
    pub plugin: Vec<(String, String)>,
    pub own: Option<OwnProvider>,
}

/// All that runs.
pub struct Playground {
    /// Lives as long as the rest: the scripted model, and the simulated Slack.
    pub model: Model,
    pub slack: Option<SlackSim>,
    pub gateway: Gateway,
    pub opencode: OpenCode,
    pub directory: PathBuf,
    pub web_ui: String,
    pub own: bool,
    pub guard: GuardOfRun,
}

impl Wishes {
    /// Everything that is wrong is said at once, before anything is started.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut faults = vec![];
        let port = port(&variable, &mut faults);
        let repository = variable("GATEWAY_REPOSITORY").map(PathBuf::from);
        let repository = repository.and_then(|path| match path.canonicalize() {
            Ok(path) => Some(path),
            Err(error) => {
                faults.push(format!("GATEWAY_REPOSITORY: {}: {error}", path.display()));
                None
            }
        });
        let slack = chosen(&variable, "SLACK", &[("sim", true)], &mut faults);
        let guards = [("on", GuardWish::Demanded), ("off", GuardWish::Off)];
        let guard = chosen(&variable, "GUARD", &guards, &mut faults);
        let own_file = variable("GATEWAY_CONFIG").is_some();
        let given = PLUGIN.iter().filter_map(|name| Some(((*name).to_owned(), variable(name)?)));
        let plugin = given.collect();
        let api_token = api_token(&variable, &mut faults);
        if !faults.is_empty() {
            bail!("Cannot start:\n  - {}", faults.join("\n  - "));
        }
        Ok(Self { port, api_token, repository, slack, guard, own_file, plugin, own: OwnProvider::find() })
    }
}

/// What the value of a variable stands for, if it has one.
fn chosen<T: Copy + Default>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &str,
    values: &[(&str, T)],
    faults: &mut Vec<String>,
) -> T {
    let Some(given) = variable(name) else { return T::default() };
    if let Some((_, meant)) = values.iter().find(|(value, _)| *value == given) {
        return *meant;
    }
    let known: Vec<_> = values.iter().map(|(value, _)| *value).collect();
    let known = known.join(" or ");
    faults.push(format!("{name}: {given:?} is not a valid value. Use {known}, or leave it out."));
    T::default()
}

fn port(variable: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> u16 {
    let text = variable("GATEWAY_PORT").unwrap_or_else(|| "8000".to_owned());
    let Ok(port) = text.parse() else {
        faults.push(format!("GATEWAY_PORT: {text:?} is not a valid port. Use a number such as 8010."));
        return 0;
    };
    if TcpListener::bind(("127.0.0.1", port)).is_err() {
        faults.push(format!("Port {port} is in use. Choose another one: `GATEWAY_PORT=8010 make run`."));
    }
    port
}

/// As the gateway itself reads it.
fn api_token(variable: &impl Fn(&str) -> Option<String>, faults: &mut Vec<String>) -> Option<String> {
    let Some(path) = variable("GATEWAY_API_TOKEN_FILE") else { return variable("GATEWAY_API_TOKEN") };
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text.trim().to_owned()),
        Err(error) => {
            faults.push(format!("GATEWAY_API_TOKEN_FILE: {path}: {error}"));
            None
        }
    }
}

impl Playground {
    /// Starts everything and returns when a person can begin.
    pub async fn start(wishes: Wishes, logs: &Logs) -> anyhow::Result<Self> {
        let lacking = guard::lacking(wishes.guard)?;
        let model = Model::start().await?;
        let slack = if wishes.slack { Some(simulated_slack().await?) } else { None };
        let mut gateway = Gateway::prepare_at(wishes.port)?;
        // The gateway makes one for itself; only the person who runs it can read that.
        gateway.api_token.clone_from(&wishes.api_token);
        gateway.bridge_token = format!("{:032x}", rand::random::<u128>());
        let mut options = Options::new(model.base_url());
        options.env.push(("POD_NAME".to_owned(), POD.to_owned()));
        let web_ui = show_web_ui(&mut gateway, &mut options)?;
        gateway.env.extend(settings(wishes.own.is_none(), slack.as_ref()));
        if lacking.is_some() {
            guard::accept_unguarded(&mut gateway, wishes.own_file)?;
        }
        gateway.spawn().await?;
        logs.follow("gateway", gateway.log_path());
        options.gateway = Some(gateway.bridge_url());
        options.token = Some(gateway.bridge_token.clone());
        options.own.clone_from(&wishes.own);
        options.env.extend(wishes.plugin.iter().cloned());
        let guard = match lacking {
            None => guarded(&gateway, &wishes, &mut options).await?,
            Some(why) => GuardOfRun::Unguarded { why, own_file: wishes.own_file },
        };
        let opencode = OpenCode::start(options).await?;
        logs.follow("opencode", opencode.home.log());
        let directory = match wishes.repository {
            Some(directory) => directory,
            None => opencode.workspace("sample").await?,
        };
        opencode.api().open(&directory).await?;
        gateway
            .until("the link", "/api/v1/bridge", |pods| pods[0]["connected"] == true)
            .await
            .with_context(|| format!("OpenCode's log:\n{}", opencode.log()))?;
        Ok(Self { model, slack, gateway, opencode, directory, web_ui, own: wishes.own.is_some(), guard })
    }
}

/// Puts the guard around OpenCode and its agents.
async fn guarded(gateway: &Gateway, wishes: &Wishes, options: &mut Options) -> anyhow::Result<GuardOfRun> {
    let guarded = guard::around(gateway, wishes.repository.as_deref()).await?;
    let folders = guarded.worktrees.clone();
    options.guard = Some(guarded);
    Ok(GuardOfRun::Guarded { folders })
}

fn settings(demo: bool, slack: Option<&SlackSim>) -> Vec<(String, String)> {
    let mut all = vec![("GATEWAY_LOG_FORMAT", "text".to_owned()), ("RUST_LOG", "gateway=info".to_owned())];
    if demo {
        all.push(("GATEWAY_DEMO", "1".to_owned()));
    }
    if let Some(slack) = slack {
        all.push(("SLACK_API_URL", slack.api_url()));
        all.push(("SLACK_BOT_TOKEN", slack.bot_token()));
        all.push(("SLACK_APP_TOKEN", slack.app_token()));
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// With two people and two channels in it.
async fn simulated_slack() -> anyhow::Result<SlackSim> {
    let settings = Settings { port: free_port()?, pace: Pace::real(), seed: None };
    let slack = SlackSim::start_with(settings).await?;
    slack.seed_workspace();
    Ok(slack)
}

/// OpenCode asks for a password that only the gateway knows; people open its web UI through the gateway.
fn show_web_ui(gateway: &mut Gateway, options: &mut Options) -> anyhow::Result<String> {
    let (port, password) = (free_port()?, format!("{:032x}", rand::random::<u128>()));
    let beside = gateway.port.checked_add(1).filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let ui_port = beside.map_or_else(free_port, Ok)?;
    let settings = [
        ("GATEWAY_OPENCODE_URL", format!("http://127.0.0.1:{port}")),
        ("GATEWAY_OPENCODE_UI_LISTEN", format!("127.0.0.1:{ui_port}")),
        ("GATEWAY_OPENCODE_PASSWORD", password.clone()),
    ];
    gateway.env.extend(settings.map(|(name, value)| (name.to_owned(), value)));
    options.port = Some(port);
    options.password = Some(password);
    Ok(format!("http://localhost:{ui_port}"))
}

#[cfg(test)]
mod tests {
    use super::Wishes;

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        let wished = Wishes::read(|name| match name {
            "GATEWAY_PORT" => Some(port.clone()),
            "GATEWAY_REPOSITORY" => Some("/does/not/exist".to_owned()),
            "SLACK" => Some("real".to_owned()),
            "GUARD" => Some("perhaps".to_owned()),
            "GATEWAY_API_TOKEN_FILE" => Some("/no/such/token".to_owned()),
            _ => None,
        });
        let told = wished.map(drop).unwrap_err().to_string();
        for part in
            [&port, "GATEWAY_PORT=8010", "/does/not/exist", "SLACK", "Use on or off", "/no/such/token"]
        {
            assert!(told.contains(part), "{part} in {told}");
        }
    }
}
