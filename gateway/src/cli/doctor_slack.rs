//! `gateway doctor`: Slack's tokens, scopes and sockets, with a remedy for each.

use super::doctor::{Finding, Level};
use crate::slack::config::SlackConfig;
use crate::slack::slack_doctor::{Checked, check};

pub(super) async fn look(config: Option<&SlackConfig>, findings: &mut Vec<Finding>) {
    let Some(config) = config else {
        let says = "off. Set SLACK_BOT_TOKEN and SLACK_APP_TOKEN to use Slack (docs/slack.md)";
        findings.push(Finding { check: "slack", level: Level::Ok, says: says.to_owned() });
        return;
    };
    for Checked { what, fault, says } in check(config).await {
        let level = if fault { Level::Fault } else { Level::Ok };
        findings.push(Finding { check: what, level, says });
    }
}
