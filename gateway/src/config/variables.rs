//! The environment variables of `gateway serve`, for its help and for the page of the configuration.

/// Name, what it is for, and its default; those that have none are not set.
pub(super) const VARIABLES: [(&str, &str, &str); 43] = [
    ("GATEWAY_LISTEN", "Address to listen on", "127.0.0.1:8000"),
    ("GATEWAY_BRIDGE_LISTEN", "Where pods connect, if not at GATEWAY_LISTEN", "GATEWAY_LISTEN"),
    (
        "GATEWAY_WEBHOOKS_LISTEN",
        "Where Slack, Alertmanager and witnessed gateways deliver, if not there",
        "GATEWAY_LISTEN",
    ),
    ("GATEWAY_METRICS_LISTEN", "Where metrics are read, if not there", "GATEWAY_LISTEN"),
    ("GATEWAY_LAB_FILES_LISTEN", "Where labs fetch their files; see lab.kubernetes.files", "none"),
    ("GATEWAY_CONFIG", "YAML file with rules and settings; see docs/configuration.md", "none"),
    ("GATEWAY_STATE", "State directory", ".session-state"),
    (
        "BRIDGE_TOKEN",
        "Token that plugins must present; 16 characters or more, required beyond loopback",
        "none",
    ),
    (
        "GATEWAY_POD_TOKENS",
        "shared: plugins present BRIDGE_TOKEN or their pod's own token; own: only their pod's own",
        "shared",
    ),
    (
        "GATEWAY_API_TOKEN",
        "Token that users of the console and the API must present; 16 characters or more",
        "created by the gateway on loopback",
    ),
    (
        "GATEWAY_ROOT_SECRET_FILE",
        "File with 64 hexadecimal digits that keys are derived from, such as the audit log's; must not be readable by others",
        "created by the gateway in GATEWAY_STATE",
    ),
    (
        "GATEWAY_SECRETS",
        "Folder with a file for each secret, named like its variable, such as a mounted Secret",
        "none",
    ),
    ("GATEWAY_PUBLIC_URL", "Where people open the console", "http:// and GATEWAY_LISTEN"),
    ("GATEWAY_LOG_FORMAT", "text or json", "text"),
    ("RUST_LOG", "What is logged, such as info or gateway=debug", "info"),
    ("PERMISSION_TIMEOUT_SECONDS", "How long a permission can wait before it is denied", "300"),
    ("GATEWAY_BUILDERS", "Where workspaces are created; pods must see it under the same path", ".builders"),
    (
        "GATEWAY_MIRRORS",
        "Where mirrors of repositories are stored; only the gateway can have access",
        "mirrors in GATEWAY_STATE",
    ),
    ("GATEWAY_GUARD", "The guard's program, for labs", "guard beside the gateway"),
    ("GATEWAY_GIT_CONFIG", "A git configuration for fetching, such as credentials", "none"),
    ("GATEWAY_PROJECT_LIST", "The project list", ".ai/projectlist.md"),
    ("GATEWAY_OPENCODE_URL", "OpenCode's address; its web UI is then available too", "off"),
    ("GATEWAY_OPENCODE_UI_LISTEN", "Where OpenCode's web UI is served", "127.0.0.1:8001"),
    (
        "GATEWAY_OPENCODE_UI_URL",
        "Where people open OpenCode's web UI; required beyond loopback",
        "http:// and GATEWAY_OPENCODE_UI_LISTEN",
    ),
    ("GATEWAY_OPENCODE_USER", "OpenCode's user name", "opencode"),
    ("GATEWAY_OPENCODE_PASSWORD", "OpenCode's password", "none"),
    ("SLACK_BOT_TOKEN", "Turns Slack on; starts with xoxb- (docs/slack.md)", "off"),
    ("SLACK_APP_TOKEN", "For Socket Mode; starts with xapp-", "none"),
    ("SLACK_SIGNING_SECRET", "For HTTP instead of Socket Mode", "none"),
    ("SLACK_API_URL", "Another address of Slack's API, for tests", "https://slack.com/api"),
    (
        "GATEWAY_ALERTS_TOKEN",
        "Token that Alertmanager must present to send alerts to `slack.administrators`",
        "off",
    ),
    ("GATEWAY_GITHUB_KEY", "Private key of the GitHub App that deliveries act as", "none"),
    ("GATEWAY_GITHUB_TOKEN", "Personal token for deliveries where there is no app", "none"),
    ("GATEWAY_GITHUB_WEBHOOK_SECRET", "Secret of the app's webhooks", "off"),
    ("GATEWAY_STANDBY", "lock or lease: wait while another gateway is active, then take over", "off"),
    ("GATEWAY_BRIDGE_ACCOUNTS", "Service accounts whose pods may connect, separated by commas", "none"),
    ("POD_NAME", "This pod's name; set by the manifests", "none"),
    ("POD_NAMESPACE", "This pod's namespace; set by the manifests", "none"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "Collector for traces, such as http://alloy.lgtm:4318", "off"),
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "The same, as a whole address", "off"),
    ("OTEL_TRACES_SAMPLER", "Which traces are recorded", "all"),
    ("OTEL_TRACES_SAMPLER_ARG", "Argument of the sampler", "none"),
    ("GATEWAY_DEMO", "Show in the console that a scripted model plays the agent", "off"),
];

/// Those that may lie in a file instead.
pub(super) const SECRETS: &str = "BRIDGE_TOKEN, GATEWAY_API_TOKEN, GATEWAY_OPENCODE_PASSWORD and Slack's \
    three can be in a file instead: put its path into the variable with _FILE added to its name, or the file into \
    the folder that GATEWAY_SECRETS names.";

pub(crate) fn help() -> String {
    let width = VARIABLES.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
    let lines: Vec<_> = VARIABLES
        .iter()
        .map(|(name, what, default)| format!("  {name:<width$}  {what} ({default})"))
        .collect();
    format!("Environment variables:\n{}\n\n{SECRETS}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Variables that the code names, as far as a name in capitals tells.
    fn named_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                named_in(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let names = text.split('"');
            let known = ["GATEWAY_", "BRIDGE_T", "SLACK_", "PERMISSION_", "OTEL_", "POD_"];
            let is_name = |text: &&str| {
                known.iter().any(|start| text.starts_with(start))
                    && !text.ends_with('_')
                    && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
            };
            found.extend(names.filter(is_name).map(str::to_owned));
        }
    }

    #[test]
    fn the_help_of_serve_names_every_variable_that_is_read() {
        // B38: it named none of them.
        let mut read = BTreeSet::new();
        named_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config"), &mut read);
        assert!(read.len() > 20, "{read:?}");
        let help = help();
        let missing: Vec<_> = read.iter().filter(|name| !help.contains(name.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?} are not in the help");
    }
}
