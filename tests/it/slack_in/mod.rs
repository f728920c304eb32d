//! What people do in Slack, against the real gateway on the simulated Slack, with a pod's double behind it.

mod asks;
mod bad;
mod clicks;
mod doctor;
mod doors;
mod places;
mod starts;
mod threads;
mod whole;

use bridge_protocol::{
    AskOutcome, Command, Event, EventFrame, GatewayFrame, PermissionAsk, PluginFrame, QuestionAsk,
    QuestionItem, QuestionOption, ReplyResult, SessionInfo,
};
use e2e::double::{Peer, Received, hello};
use e2e::gateway::{Gateway, TOKEN};
use e2e::slack::{Person, SlackSim};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::mpsc;

const RULES: &str = "
projects:
  shop: { repositories: [{ name: web, directory: /work/web }, { name: api, directory: /work/api }] }
  blog: { repositories: [{ name: site, directory: /work/site }] }
";

struct Stage {
    slack: SlackSim,
    gateway: Gateway,
    pod: Pod,
    ann: Person,
    dev: String,
    folder: tempfile::TempDir,
}

impl Stage {
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
        let pod = Pod::connect(&gateway).await;
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
        self.pod = Pod::connect(&self.gateway).await;
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

impl Stage {
    /// Waits until this person is told these words in private, in the channel.
    async fn whispered(&self, to: &Person, words: &str) {
        let told = || {
            let mut whispers = to.whispers(&self.dev).into_iter().chain(to.direct_messages());
            whispers.any(|one| one.all_text().contains(words)).then_some(())
        };
        found(&format!("{words:?} in private"), told).await;
    }
}

/// Looks again and again; for looks that ask the simulated Slack themselves.
async fn found<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(std::time::Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A pod that makes sessions and takes messages and answers; what it was asked to do can be read.
struct Pod {
    asked: mpsc::Receiver<Command>,
    tell: mpsc::Sender<(String, Event)>,
}

impl Pod {
    async fn connect(gateway: &Gateway) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], gateway.port));
        let (peer, _) = Peer::connect(address, Some(TOKEN), hello("pod-a", "boot-1")).await.unwrap();
        let (report, asked) = mpsc::channel(5000);
        let (tell, events) = mpsc::channel(100);
        tokio::spawn(serve(peer, report, events));
        Self { asked, tell }
    }

    async fn next(&mut self) -> Command {
        tokio::time::timeout(Duration::from_secs(60), self.asked.recv()).await.unwrap().unwrap()
    }

    /// The next message that the agent gets.
    async fn next_prompt(&mut self) -> String {
        loop {
            if let Command::SessionMessage { parts, .. } = self.next().await {
                return serde_json::to_value(&parts[0]).unwrap()["text"].as_str().unwrap().to_owned();
            }
        }
    }

    /// The next answer to a permission or a question, as JSON.
    async fn next_reply(&mut self) -> serde_json::Value {
        loop {
            let command = self.next().await;
            if matches!(command, Command::PermissionReply { .. } | Command::QuestionReply { .. }) {
                return serde_json::to_value(command).unwrap();
            }
        }
    }

    async fn questions(&self, session: &str, id: &str, question: &str, options: &[&str]) {
        let option = |label: &&str| QuestionOption { label: (*label).to_owned(), description: String::new() };
        let item = QuestionItem {
            question: question.to_owned(),
            header: String::new(),
            options: options.iter().map(option).collect(),
            multiple: false,
            custom: true,
        };
        let ask = QuestionAsk {
            id: id.to_owned(),
            session_id: session.to_owned(),
            directory: "/work/web".to_owned(),
            questions: vec![item],
            tool: None,
        };
        self.tell.send((session.to_owned(), Event::QuestionAsked { ask })).await.unwrap();
    }

    async fn asks(&self, session: &str, id: &str, command: &str) {
        let ask = PermissionAsk {
            id: id.to_owned(),
            session_id: session.to_owned(),
            directory: "/work/web".to_owned(),
            permission: "bash".to_owned(),
            patterns: vec![command.to_owned()],
            always: vec![],
            metadata: serde_json::from_value(serde_json::json!({ "command": command })).unwrap(),
            tool: None,
        };
        self.tell.send((session.to_owned(), Event::PermissionAsked { ask })).await.unwrap();
    }

    async fn idle(&self, session: &str) {
        self.tell.send((session.to_owned(), Event::SessionIdle {})).await.unwrap();
    }
}

async fn serve(mut peer: Peer, report: mpsc::Sender<Command>, mut events: mpsc::Receiver<(String, Event)>) {
    let (mut seq, mut made) = (0, 0);
    loop {
        tokio::select! {
            received = peer.receive() => {
                let Received::Frame(frame) = received else { return };
                match *frame {
                    GatewayFrame::Ping(beat) => peer.send(&PluginFrame::Pong(beat)).await.unwrap(),
                    GatewayFrame::Request(request) => {
                        let result = result(&request.command, &mut made);
                        if peer.reply(&request.request_id, result).await.is_err() {
                            return;
                        }
                        let _ = report.send(request.command).await;
                    }
                    _ => {}
                }
            }
            Some((session_id, event)) = events.recv() => {
                seq += 1;
                let frame = PluginFrame::Event(Box::new(EventFrame { seq, session_id, at: 1_795_000_000_000, traceparent: None, event }));
                peer.send(&frame).await.unwrap();
            }
        }
    }
}

fn result(command: &Command, made: &mut usize) -> ReplyResult {
    match command {
        Command::SessionCreate { title, directory, .. } => {
            *made += 1;
            ReplyResult::Session { session: info(*made, title, directory) }
        }
        Command::SessionMessages { .. } => ReplyResult::Messages { messages: vec![], more: false },
        // The first session of a pod has changed nothing, any other has.
        Command::SessionDiff { session_id, .. } if session_id.ends_with('1') => {
            ReplyResult::Diff { files: vec![] }
        }
        Command::SessionDiff { .. } => ReplyResult::Diff { files: whole::changes() },
        Command::PermissionReply { .. } | Command::QuestionReply { .. } => {
            ReplyResult::Ask { outcome: AskOutcome::Applied }
        }
        _ => ReplyResult::Done,
    }
}

fn info(n: usize, title: &str, directory: &str) -> SessionInfo {
    SessionInfo {
        id: format!("ses_0000000{n}"),
        title: title.to_owned(),
        directory: directory.to_owned(),
        parent_id: None,
        agent: None,
        model: None,
        created_at: 1,
        updated_at: 1,
        archived: false,
    }
}
