//! Slack's part of the configuration: tokens from the environment, rules from the file's `slack` section.
//!
//! Without a bot token the room is off.

use super::{File, Variables, audit_settings, given_secret, secret};
use crate::slack::config::{
    Admission, AlertsToken, ChannelRule, MAX_SOCKETS, Mode, SLACK_API, SOCKETS, SlackConfig, Streaming,
};
use gateway_domain::ModelChoice;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The slash command, unless another one is named.
const COMMAND: &str = "/opencode";

/// The `slack` section of the file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Section {
    /// How Slack reaches the gateway. Default: `socket`, or `http` if only a signing secret is set.
    mode: Option<ModeName>,
    /// How many sockets are open to Slack, from 2 to 10.
    #[schemars(extend("default" = SOCKETS))]
    sockets: Option<u32>,
    /// The slash command, as the app's manifest names it.
    #[schemars(extend("default" = COMMAND))]
    command: Option<String>,
    /// Where text grows with Slack's streaming: in direct conversations with the app, everywhere, or nowhere.
    #[schemars(extend("default" = "auto"))]
    streaming: Streaming,
    /// IDs of the workspaces whose people can use the app. Default: the app's workspace.
    teams: Vec<String>,
    /// Whether guests of the workspace can use it.
    #[schemars(extend("default" = false))]
    guests: bool,
    /// Whether people from other organisations can use it, in shared channels.
    #[schemars(extend("default" = false))]
    strangers: bool,
    /// IDs of the people who can use it. Without the list everyone in the workspace.
    users: Option<Vec<String>>,
    /// IDs of the people who get alerts, and who are asked if no one else is known.
    administrators: Vec<String>,
    /// What channels are used for, by their IDs.
    channels: BTreeMap<String, Channel>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ModeName {
    Socket,
    Http,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Channel {
    /// The project of sessions that start here.
    project: Option<String>,
    /// One of that project's repositories.
    repository: Option<String>,
    /// The model of sessions that start here, as `provider/model`.
    model: Option<String>,
}

pub(super) fn slack(variables: &Variables<'_>, file: &File, faults: &mut Vec<String>) -> Option<SlackConfig> {
    let mut token = |name: &str, prefix: &str| prefixed(variables, name, prefix, faults);
    let (bot, app) = (token("SLACK_BOT_TOKEN", "xoxb-"), token("SLACK_APP_TOKEN", "xapp-"));
    let signing = given_secret(variables, "SLACK_SIGNING_SECRET", faults);
    if bot.is_none() && app.is_none() && signing.is_none() {
        return None;
    }
    let section = &file.slack;
    let mode = mode(section, app, signing, faults);
    let (channels, command) = (channels(section, file, faults), command(section, faults));
    let api_url = api_url(variables, faults);
    people(section, faults);
    let Some(bot) = bot else {
        faults.push(
            "SLACK_BOT_TOKEN: is missing although other Slack settings are set; it starts with xoxb- \
            and is on the app's page \"OAuth & Permissions\"."
                .to_owned(),
        );
        return None;
    };
    Some(SlackConfig {
        bot_token: bot.into(),
        api_url,
        mode: mode?,
        admission: Admission {
            teams: section.teams.clone(),
            guests: section.guests,
            strangers: section.strangers,
            users: section.users.clone(),
        },
        command,
        administrators: section.administrators.clone(),
        alerts: secret(variables, "GATEWAY_ALERTS_TOKEN", faults).map(AlertsToken::new),
        channels,
        streaming: section.streaming,
        console: public_url(variables, file),
        log_head: audit_settings::log_head(file, faults),
    })
}

/// Only what was configured: an address of this machine would lead nowhere on a phone.
fn public_url(variables: &Variables<'_>, file: &File) -> Option<String> {
    let url = variables("GATEWAY_PUBLIC_URL").or_else(|| file.public_url.clone())?;
    Some(url.trim_end_matches('/').to_owned())
}

/// A token in the wrong variable is the usual mistake of a first set-up.
fn prefixed(variables: &Variables<'_>, name: &str, prefix: &str, faults: &mut Vec<String>) -> Option<String> {
    let token = given_secret(variables, name, faults)?;
    if !token.starts_with(prefix) {
        faults.push(format!("{name}: must start with {prefix}; this is another kind of token."));
    }
    Some(token)
}

fn mode(
    section: &Section,
    app: Option<String>,
    signing: Option<String>,
    faults: &mut Vec<String>,
) -> Option<Mode> {
    let sockets = section.sockets.unwrap_or(SOCKETS);
    if !(2..=MAX_SOCKETS).contains(&sockets) {
        faults.push(format!("slack.sockets: {sockets} is out of range; use 2 to {MAX_SOCKETS}."));
    }
    let wanted = section.mode.unwrap_or(if app.is_none() && signing.is_some() {
        ModeName::Http
    } else {
        ModeName::Socket
    });
    let socket = app.map(|token| Mode::Socket { app_token: SecretString::from(token), sockets });
    let http = signing.map(|secret| Mode::Http { signing_secret: SecretString::from(secret) });
    let (mode, missing) = match wanted {
        ModeName::Socket => (
            socket,
            "SLACK_APP_TOKEN: is missing; it starts with xapp-. Create it on the app's page \"Basic \
                Information\" with the scope connections:write. For HTTP mode set SLACK_SIGNING_SECRET and \
                slack.mode: http.",
        ),
        ModeName::Http => (
            http,
            "SLACK_SIGNING_SECRET: is missing; it is on the app's page \"Basic Information\" and proves that a request comes from Slack.",
        ),
    };
    if mode.is_none() {
        faults.push(missing.to_owned());
    }
    mode
}

/// Plain HTTP would carry the tokens over the net; a simulator on this machine is the only use for it.
fn api_url(variables: &Variables<'_>, faults: &mut Vec<String>) -> String {
    let Some(text) = variables("SLACK_API_URL") else { return SLACK_API.to_owned() };
    let loopback = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let ends = |rest: &str| rest.is_empty() || rest.starts_with([':', '/']);
    let local = loopback.iter().any(|start| text.strip_prefix(start).is_some_and(ends));
    if !text.starts_with("https://") && !local {
        faults.push(
            "SLACK_API_URL: must begin with https:// (plain http only to this machine, for a simulator)."
                .to_owned(),
        );
    }
    text.trim_end_matches('/').to_owned()
}

fn command(section: &Section, faults: &mut Vec<String>) -> String {
    let command = section.command.clone().unwrap_or_else(|| COMMAND.to_owned());
    let fits = command.strip_prefix('/').is_some_and(|name| {
        (1..=31).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
    });
    if !fits {
        faults.push(format!("slack.command: {command:?} is not a command. Example: /opencode."));
    }
    command
}

fn people(section: &Section, faults: &mut Vec<String>) {
    let mut each = |name: &str, ids: &[String], starts: &[char]| {
        for id in ids.iter().filter(|id| !is_id(id, starts)) {
            faults.push(format!(
                "slack.{name}: {id:?} is not a Slack ID. Names can be forged, so use an ID \
                such as {}0123ABCD.",
                starts[0]
            ));
        }
    };
    each("teams", &section.teams, &['T', 'E']);
    each("users", section.users.as_deref().unwrap_or_default(), &['U', 'W']);
    each("administrators", &section.administrators, &['U', 'W']);
}

pub(super) fn is_id(id: &str, starts: &[char]) -> bool {
    id.starts_with(starts)
        && id.len() >= 2
        && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

fn channels(section: &Section, file: &File, faults: &mut Vec<String>) -> BTreeMap<String, ChannelRule> {
    let mut rules = BTreeMap::new();
    for (id, channel) in &section.channels {
        let place = format!("slack.channels.{id}");
        if !is_id(id, &['C', 'G', 'D']) {
            faults.push(format!(
                "{place}: is not a channel ID such as C0123ABCD; it is at the bottom of the \
                channel's \"About\" page."
            ));
        }
        check_names(channel, file, &place, faults);
        let model = channel.model.as_deref().and_then(|text| {
            let model =
                text.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty());
            if model.is_none() {
                faults.push(format!("{place}.model: {text:?} is not a model; use the form provider/model."));
            }
            model.map(|(provider, model)| ModelChoice {
                provider: provider.to_owned(),
                model: model.to_owned(),
            })
        });
        let rule =
            ChannelRule { project: channel.project.clone(), repository: channel.repository.clone(), model };
        rules.insert(id.clone(), rule);
    }
    rules
}

fn check_names(channel: &Channel, file: &File, place: &str, faults: &mut Vec<String>) {
    let Some(name) = &channel.project else {
        if channel.repository.is_some() {
            faults.push(format!("{place}.repository: set a project as well."));
        }
        return;
    };
    let Some(project) = file.projects.get(name) else {
        faults.push(format!("{place}.project: there is no project {name:?} under `projects`."));
        return;
    };
    if let Some(repository) = &channel.repository
        && !project.repositories.iter().flatten().any(|known| known.name == *repository)
    {
        faults.push(format!("{place}.repository: project {name} has no repository {repository:?}."));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, ConfigFaults};
    use crate::slack::config::{Mode, Streaming};
    use std::collections::HashMap;
    use std::io::Write;

    const BOT: &str = "xoxb-0000-bot-token";
    const APP: &str = "xapp-0000-app-token";

    fn load(pairs: &[(&str, &str)], text: &str) -> Result<Config, ConfigFaults> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let mut map: HashMap<_, _> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        map.insert("GATEWAY_CONFIG".to_owned(), file.path().to_str().unwrap().to_owned());
        Config::from(&|name| map.get(name).cloned())
    }

    #[test]
    fn without_tokens_the_room_is_off() {
        assert!(load(&[], "{}").unwrap().slack.is_none());
    }

    #[test]
    fn socket_mode_is_the_usual_one_and_no_token_shows() {
        // REQ-SLACK-01
        let config = load(&[("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP)], "{}").unwrap();
        let shown = format!("{config:?}");
        assert!(!shown.contains(BOT) && !shown.contains(APP), "{shown}");
        let slack = config.slack.unwrap();
        assert!(matches!(slack.mode, Mode::Socket { sockets: 3, .. }));
        assert_eq!((slack.api_url.as_str(), slack.command.as_str()), ("https://slack.com/api", "/opencode"));
        assert!(!slack.admission.guests && !slack.admission.strangers, "closed unless opened");
        let set = [("SLACK_BOT_TOKEN", BOT), ("SLACK_SIGNING_SECRET", "0123456789abcdef0123")];
        assert!(matches!(load(&set, "{}").unwrap().slack.unwrap().mode, Mode::Http { .. }));
    }

    #[test]
    fn each_wrong_setting_is_named_with_its_remedy() {
        // REQ-SLACK-06
        let set = [("SLACK_BOT_TOKEN", APP), ("SLACK_API_URL", "http://127.0.0.1.evil.test/api")];
        let text = "
projects: { shop: { repositories: [{ name: web, directory: /work/web }] } }
slack:
  sockets: 1
  command: opencode
  users: ['@anna']
  channels:
    general: { project: shop }
    C1: { project: blog }
    C2: { project: shop, repository: api, model: claude }
";
        let told = load(&set, text).unwrap_err().to_string();
        for part in [
            "SLACK_BOT_TOKEN: must start with xoxb-",
            "SLACK_APP_TOKEN: is missing",
            "SLACK_API_URL",
            "slack.sockets (line 4)",
            "slack.command",
            "slack.users (line 6): \"@anna\"",
            "slack.channels.general",
            "slack.channels.C1.project",
            "slack.channels.C2.repository",
            "slack.channels.C2.model",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        assert!(!told.contains(APP), "no token in {told}");
    }

    #[test]
    fn streaming_is_automatic_unless_set() {
        // REQ-THREAD-02
        let streaming = |text: &str| {
            let set = [("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP)];
            load(&set, text).map(|config| config.slack.unwrap().streaming)
        };
        assert_eq!(streaming("{}").unwrap(), Streaming::Auto);
        assert_eq!(streaming("slack: { streaming: updates }").unwrap(), Streaming::Updates);
        let told = streaming("slack: { streaming: sometimes }").unwrap_err().to_string();
        assert!(told.contains("streaming") && told.contains("everywhere"), "{told}");
    }

    #[test]
    fn channels_have_their_project() {
        let text = "
projects: { shop: { repositories: [{ name: web, directory: /work/web }] } }
slack: { channels: { C1: { project: shop, repository: web, model: anthropic/claude } } }
";
        let slack = load(&[("SLACK_BOT_TOKEN", BOT), ("SLACK_APP_TOKEN", APP)], text).unwrap().slack.unwrap();
        assert_eq!(slack.channels["C1"].project.as_deref(), Some("shop"));
        assert_eq!(slack.channels["C1"].model.as_ref().unwrap().provider, "anthropic");
    }
}
