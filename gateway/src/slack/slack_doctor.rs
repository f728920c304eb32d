//! What `gateway doctor` asks Slack: whether the tokens are valid, may do what is needed, and open a socket.

use super::client::{CallFault, Client, WRITING};
use super::config::{Mode, SlackConfig};
use serde_json::{Value, json};

/// The calls that show whether a scope is there, and the scope. They change nothing.
const PROBES: [(&str, &str); 2] =
    [("users.info", "users:read"), ("conversations.replies", "channels:history")];

/// One thing that was looked at.
pub struct Checked {
    pub what: &'static str,
    pub fault: bool,
    pub says: String,
}

pub async fn check(config: &SlackConfig) -> Vec<Checked> {
    let client = match Client::new(&config.bot_token, Some(&config.api_url)) {
        Ok(client) => client,
        Err(error) => return vec![fault("slack", format!("Slack cannot be called from here: {error}"))],
    };
    let user = match client.call("auth.test", &json!({}), WRITING).await {
        Ok(answer) => answer,
        Err(error) => return vec![fault("SLACK_BOT_TOKEN", told(&error, "the bot token (xoxb-…)"))],
    };
    let (team, name) = (&user["team"], &user["user"]);
    let mut all = vec![fine("SLACK_BOT_TOKEN", format!("valid: {name} in {team}"))];
    for (method, scope) in PROBES {
        all.extend(probe(&client, method, scope, &user).await);
    }
    if let Mode::Socket { app_token, .. } = &config.mode {
        all.push(match Client::new(app_token, Some(&config.api_url)) {
            Err(error) => fault("SLACK_APP_TOKEN", error.to_string()),
            Ok(client) => match client.call("apps.connections.open", &json!({}), WRITING).await {
                Ok(_) => fine("SLACK_APP_TOKEN", "valid: sockets can be opened".to_owned()),
                Err(error) => fault("SLACK_APP_TOKEN", told(&error, "the app-level token (xapp-…)")),
            },
        });
    }
    all
}

/// Only a missing scope is a fault here: that the thread of a probe does not exist is no wonder.
async fn probe(client: &Client, method: &'static str, scope: &str, me: &Value) -> Option<Checked> {
    let args = json!({ "user": me["user_id"], "channel": "C0", "ts": "1.0" });
    let error = client.call(method, &args, WRITING).await.err()?;
    (error.code() == Some("missing_scope")).then(|| {
        let says = format!(
            "{scope} is missing: compare the app with slack-app-manifest.yaml, add it under OAuth & Permissions, and install the app again"
        );
        fault("Slack scopes", says)
    })
}

fn told(error: &CallFault, which: &str) -> String {
    match error.code() {
        Some("missing_scope" | "not_allowed_token_type") => {
            format!("{error}: {which} has no permission for this; create one as described in docs/slack.md")
        }
        Some("socket_mode_not_enabled" | "link_disabled") => {
            format!("{error}: turn Socket Mode on in the app's settings")
        }
        Some(_) => format!("{error}: {which} is not valid; copy it again from the app's page"),
        None => format!("{error}; check that this machine can reach Slack"),
    }
}

fn fine(what: &'static str, says: String) -> Checked {
    Checked { what, fault: false, says }
}

fn fault(what: &'static str, says: String) -> Checked {
    Checked { what, fault: true, says }
}
