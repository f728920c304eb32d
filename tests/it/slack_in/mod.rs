//! What people do in Slack, against the real gateway on the simulated Slack, with a pod's double behind it.

mod alerts;
mod asks;
mod away;
mod bad;
mod checks;
mod choices;
mod clicks;
mod doctor;
mod doors;
mod failed;
mod form;
mod grants;
mod heads;
mod labs;
mod limits;
mod places;
mod rules;
mod starts;
mod threads;
mod whereabouts;
mod whole;

use e2e::fake_opencode::obedient::ObedientOpenCode;
use e2e::gateway::Gateway;
use e2e::slack::{SlackPerson, SlackSim};
use e2e::wait::{self, Look};

const RULES: &str = "
projects:
  shop: { repositories: [{ name: web, directory: /work/web }, { name: api, directory: /work/api }] }
  blog: { repositories: [{ name: site, directory: /work/site }] }
";

/// The gateway is the real process, Slack the simulated one, OpenCode obeys.
struct SlackStage {
    slack: SlackSim,
    gateway: Gateway,
    pod: ObedientOpenCode,
    ann: SlackPerson,
    dev: String,
    folder: tempfile::TempDir,
}

impl SlackStage {
    async fn set() -> Self {
        Self::set_with("", |_| {}).await
    }

    /// With more rules in the `slack` section, and a look at the gateway before it starts.
    async fn set_with(section: &str, change: impl FnOnce(&mut Gateway)) -> Self {
        let slack = SlackSim::start().await.unwrap();
        let (folder, mut gateway) = (tempfile::tempdir().unwrap(), Gateway::prepare().unwrap());
        let rules = folder.path().join("gateway.yaml");
        let section = if section.is_empty() { String::new() } else { format!("slack: {section}\n") };
        std::fs::write(&rules, format!("{RULES}{section}")).unwrap();
        let set = |name: &str, value: String| (name.to_owned(), value);
        gateway.env = vec![
            set("GATEWAY_CONFIG", rules.display().to_string()),
            set("SLACK_API_URL", slack.api_url()),
            set("SLACK_BOT_TOKEN", slack.bot_token()),
            set("SLACK_APP_TOKEN", slack.app_token()),
        ];
        change(&mut gateway);
        gateway.spawn().await.unwrap();
        let pod = ObedientOpenCode::connect(&gateway).await;
        let ann = slack.person("ann");
        let dev = slack.channel("dev", &[&ann]);
        let stage = Self { slack, gateway, pod, ann, dev, folder };
        stage.until_open().await;
        stage
    }

    async fn until_open(&self) {
        if self.gateway.env.iter().any(|(name, _)| name == "SLACK_APP_TOKEN") {
            let open = |world: &mut e2e::slack::world::World| (world.sockets.count() > 1).then_some(());
            self.slack.until("sockets", open).await.unwrap();
        }
    }

    /// As a crash would, and up again.
    async fn crash(&mut self) {
        self.gateway.kill();
        self.gateway.spawn().await.unwrap();
        self.pod = ObedientOpenCode::connect(&self.gateway).await;
        self.until_open().await;
    }

    /// A session that was started with the form; returns its thread's first message.
    async fn session(&mut self, title: &str) -> e2e::slack::Spot {
        starts::submit(self, title).await;
        let spot = self.slack.until_text(&self.dev, title).await.unwrap();
        assert!(self.pod.next_prompt().await.starts_with(title));
        spot
    }
}

impl SlackStage {
    /// Waits until this person is told these words in private, in the channel.
    async fn whispered(&self, to: &SlackPerson, words: &str) {
        let told = || {
            let mut whispers = to.whispers(&self.dev).into_iter().chain(to.direct_messages());
            whispers.any(|one| one.all_text().contains(words))
        };
        self.until(&format!("{words:?} in private"), told).await;
    }

    /// Waits for what somebody sees, and says what Slack shows when it does not come.
    async fn until<L: Look>(&self, what: &str, look: impl Fn() -> L) -> L::Found {
        let seen = wait::until(what, async || look()).await;
        seen.unwrap_or_else(|error| panic!("{error}\n{}", self.slack.transcript()))
    }
}
