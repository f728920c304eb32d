//! Everything that takes part: Slack, a gateway, OpenCode with its scripted model, people and channels.

use super::rules::Rules;
use crate::gateway::{Gateway, TOKEN};
use crate::model::Model;
use crate::opencode::{Guarded, OpenCode, Options, guard_report};
use crate::slack::{Settings, SlackPerson, SlackSim};
use crate::wait;
use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// No call to Slack for so long: nothing waits any more.
const SILENCE: Duration = Duration::from_secs(5);

const LONGEST_TALK: Duration = Duration::from_secs(300);

pub(super) struct SoakWorld {
    pub slack: Arc<SlackSim>,
    pub gateway: Gateway,
    pub directory: PathBuf,
    pub channels: Vec<String>,
    /// One for each session.
    pub owners: Vec<SlackPerson>,
    /// Taps at the same time as the owners do.
    pub rival: SlackPerson,
    pub opencode: OpenCode,
    _model: Model,
    _folder: tempfile::TempDir,
}

impl SoakWorld {
    pub(super) async fn set(rules: &Rules) -> anyhow::Result<Self> {
        let settings = Settings { pace: rules.pace.clone(), seed: Some(rules.seed), port: 0 };
        let slack = Arc::new(SlackSim::start_with(settings).await?);
        let owners: Vec<SlackPerson> =
            (0..rules.sessions).map(|n| slack.person(&format!("ann{n}"))).collect();
        let rival = slack.person("bob");
        let everybody: Vec<&SlackPerson> = owners.iter().chain([&rival]).collect();
        let channels: Vec<String> =
            (0..rules.channels).map(|n| slack.channel(&format!("dev{n}"), &everybody)).collect();

        let (folder, mut gateway) = (tempfile::tempdir()?, Gateway::prepare()?);
        let model = Model::start().await?;
        let mut options = Options::new(model.base_url());
        options.gateway = Some(gateway.bridge_url());
        options.token = Some(TOKEN.to_owned());
        options.env.push(("GATEWAY_GATE".to_owned(), "on".to_owned()));
        options.witness = true;
        let is_guarded = guard_report().unwrap_or_default()["abi"].as_i64() >= Some(3);
        options.guard = is_guarded.then(|| Guarded { denied: vec![gateway.state()], ..Guarded::default() });
        let opencode = OpenCode::start(options).await?;
        let directory = opencode.workspace("shop").await?;
        let file = folder.path().join("gateway.yaml");
        // A mention starts at once only where a channel is linked to a project.
        let linked: Vec<String> =
            channels.iter().map(|channel| format!("{channel}: {{ project: shop }}")).collect();
        let linked = linked.join(", ");
        let unguarded = if is_guarded { "refuse" } else { "allow" };
        std::fs::write(
            &file,
            format!(
                "gate: {{ mode: on, unguarded: {unguarded} }}\nrunning_sessions: {}\nslack: {{ streaming: everywhere, channels: {{ {linked} }} }}\nprojects:\n  shop: {{ repositories: [{{ name: shop, directory: {directory:?} }}] }}\n",
                2 * rules.sessions
            ),
        )?;
        let set = |name: &str, value: String| (name.to_owned(), value);
        gateway.env = vec![
            set("GATEWAY_CONFIG", file.display().to_string()),
            set("SLACK_API_URL", slack.api_url()),
            set("SLACK_BOT_TOKEN", slack.bot_token()),
            set("SLACK_APP_TOKEN", slack.app_token()),
            set("RUST_LOG", std::env::var("RUST_LOG").unwrap_or_else(|_| "gateway=info".to_owned())),
        ];
        gateway.spawn().await?;
        let connected = |pods: &serde_json::Value| pods[0]["connected"] == true;
        gateway.until("the pod's link", "/api/v1/bridge", connected).await?;
        slack.until("sockets", |world| (world.sockets.count() > 1).then_some(())).await?;
        let (_model, _folder) = (model, folder);
        Ok(Self { slack, gateway, directory, channels, owners, rival, opencode, _model, _folder })
    }

    /// The gateway's log and what Slack shows, for whoever wants to know why.
    pub(super) fn keep_evidence(&self) -> anyhow::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/soak");
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("gateway.log"), self.gateway.log())?;
        std::fs::write(folder.join("slack.txt"), self.slack.transcript())?;
        std::fs::write(folder.join("calls.txt"), self.calls_in_words().join("\n"))?;
        Ok(())
    }

    /// What the gateway called in Slack and when, in lines.
    fn calls_in_words(&self) -> Vec<String> {
        let begun = |text: &str| text.chars().take(60).collect::<String>().replace('\n', " ");
        let line = |call: &crate::slack::Call| {
            let [ts, key] =
                [&call.args["ts"], &call.args["metadata"]["event_payload"]["key"]].map(ToString::to_string);
            let text =
                begun(call.args["text"].as_str().or(call.args["markdown_text"].as_str()).unwrap_or_default());
            let (at, answer) = (call.at.as_secs_f64(), call.answer["ts"].to_string());
            format!("{at:8.3} {} ts={ts} -> {answer} key={key} {text}", call.method)
        };
        self.slack.world(|world| world.witness.calls.iter().map(line).collect())
    }

    /// Returns when the gateway has said nothing to Slack for a while: all that waited is out.
    pub(super) async fn quiet(&self) {
        let mut before = None;
        let silent = || {
            let calls = self.slack.world(|world| world.witness.calls.len());
            ready(before.replace(calls) == Some(calls))
        };
        // Whoever never falls silent is judged all the same.
        let _ =
            wait::within(LONGEST_TALK).looking_every(SILENCE).until("the gateway's silence", silent).await;
    }
}
