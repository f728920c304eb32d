//! Slack: how soon a click is acknowledged, an answer is at OpenCode and an ask is a card, while 50 sessions stream. The
//! simulated Slack is on the loopback, at Slack's own rates; a pod's double stands for OpenCode.
//!
//! The acknowledgement is measured beside an app on Bolt for JavaScript that only acknowledges; what goes on from there
//! has that as its reference, and a card has a bare call that posts a message.

use crate::process::Process;
use crate::report::{Report, median, percentile};
use anyhow::{Context, ensure};
use bridge_protocol::{
    AskOutcome, Command as PodCommand, Event, EventFrame, GatewayFrame, PartKind, PermissionAsk, PluginFrame,
    ReplyResult, Role,
};
use e2e::fake_opencode::wire::{Peer, Received, hello, made_session};
use e2e::slack::{Pace, Settings, SlackPerson, SlackSim, Spot};
use futures_util::future::join_all;
use serde_json::json;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

const SESSIONS: usize = 50;

const ROUNDS: usize = 5;
/// Clicks in a round, so many at once.
const CLICKS: usize = 120;
const AT_ONCE: usize = 4;

const ASKS: usize = 80;
/// Asks while their channel is at its limit, so far apart that they alone keep below it.
const LIMITED: usize = 24;
const APART: Duration = Duration::from_millis(2_500);

/// Sessions in the channel at its limit: those that write, and as many that ask.
const WRITERS: usize = 5;

const RULES: &str = "
running_sessions: 200
projects: { shop: { repositories: [{ name: web, directory: /work/web }] } }
";

const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let mut stage = BenchStage::set().await?;
    let bolt = Bolt::start().await?;
    let two = acknowledgements(&stage, &bolt, 2).await?;
    report.add("slack_two_frames_p99", two.0, "ms", two.1);
    let acknowledged = acknowledgements(&stage, &bolt, AT_ONCE).await?;
    report.add("slack_ack_p99", acknowledged.0, "ms", acknowledged.1);
    let (cards, taps) = stage.asks().await?;
    report.add("slack_tap_to_opencode_p99", p99(taps), "ms", acknowledged.1);
    let bare = bolt.posts().await?;
    report.add("slack_ask_to_card_p99", p99(cards), "ms", bare);
    let limited = stage.asks_at_the_limit().await?;
    report.add("slack_ask_to_card_limited_p99", p99(limited), "ms", bare);
    Ok(())
}

fn p99(mut times: Vec<f64>) -> f64 {
    percentile(&mut times, 0.99)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// Gateway and Bolt take turns; of each round its 99th percentile, and of those the median.
async fn acknowledgements(stage: &BenchStage, bolt: &Bolt, at_once: usize) -> anyhow::Result<(f64, f64)> {
    let (mut ours, mut reference) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        reference.push(p99(clicks(&bolt.ann, &bolt.spot, at_once).await?));
        ours.push(p99(clicks(&stage.ann, &stage.roots[0], at_once).await?));
    }
    Ok((median(ours), median(reference)))
}

async fn clicks(ann: &SlackPerson, spot: &Spot, at_once: usize) -> anyhow::Result<Vec<f64>> {
    let one = async || {
        let mut times = vec![];
        for _ in 0..CLICKS / at_once {
            let receipt = ann.click_stale(spot, "b", "gw1.link", "").await?;
            times.push(receipt.acked_after.context("a click was not acknowledged")?.as_secs_f64() * 1_000.0);
        }
        anyhow::Ok(times)
    };
    let all = join_all((0..at_once).map(|_| one())).await;
    Ok(all.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat())
}

// --- the gateway ---

struct BenchStage {
    slack: SlackSim,
    ann: SlackPerson,
    roots: Vec<Spot>,
    busy: String,
    tell: mpsc::Sender<(String, Event)>,
    replies: mpsc::Receiver<Instant>,
    _gateway: Process,
    _folder: tempfile::TempDir,
}

impl BenchStage {
    async fn set() -> anyhow::Result<Self> {
        let slack = SlackSim::start().await?;
        let ann = slack.person("ann");
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("gateway.yaml");
        // A mention starts at once only where a channel is linked to a project.
        let busy = slack.channel("busy", &[&ann]);
        let own = (0..SESSIONS).map(|n| slack.channel(&format!("dev{n}"), &[&ann]));
        let linked: Vec<String> =
            own.chain([busy.clone()]).map(|channel| format!("{channel}: {{ project: shop }}")).collect();
        std::fs::write(&file, format!("{RULES}slack: {{ channels: {{ {} }} }}\n", linked.join(", ")))?;
        let env = [
            ("GATEWAY_CONFIG", file.display().to_string()),
            ("SLACK_API_URL", slack.api_url()),
            ("SLACK_BOT_TOKEN", slack.bot_token()),
            ("SLACK_APP_TOKEN", slack.app_token()),
        ];
        let gateway = Process::gateway_with(&env)?;
        gateway.until_open()?;
        let (peer, _) = Peer::connect(gateway.address, None, hello("bench", "boot")).await?;
        let (tell, events) = mpsc::channel(1_000);
        let (report, replies) = mpsc::channel(1_000);
        tokio::spawn(serve(peer, events, report));
        slack.until_within(PATIENCE, "sockets", |world| (world.sockets.count() > 1).then_some(())).await?;
        let mut stage =
            Self { slack, ann, roots: vec![], busy, tell, replies, _gateway: gateway, _folder: folder };
        stage.begin().await?;
        Ok(stage)
    }

    /// Each streaming session in a channel of its own, those of the busy channel besides.
    async fn begin(&mut self) -> anyhow::Result<()> {
        for n in 0..SESSIONS + 2 * WRITERS {
            let channel = match n < SESSIONS {
                true => self.slack.channel(&format!("dev{n}"), &[&self.ann]),
                false => self.busy.clone(),
            };
            let root = self.ann.says(&channel, &format!("<@U0BOT> task {n}"));
            let card = |world: &mut e2e::slack::world::World| {
                let channel = &world.channels[&root.channel];
                let reply = channel
                    .thread(&root.ts)
                    .find(|one| one.from_bot() && one.all_text().contains("Session:"))?;
                Some(Spot { channel: root.channel.clone(), ts: reply.ts.clone(), thread: root.ts.clone() })
            };
            let card = self.slack.until_within(PATIENCE, "the session's card", card).await?;
            self.roots.push(card);
        }
        Ok(())
    }

    /// Asks one after the other, each answered with a tap; how long until the card, and from the tap to OpenCode.
    async fn asks(&mut self) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
        let (mut cards, mut taps) = (vec![], vec![]);
        for n in 0..ASKS {
            let (took, card) = self.ask(n % SESSIONS, &format!("make all{n:03}")).await?;
            cards.push(took);
            let tapped = Instant::now();
            self.ann.click(&card, "Allow once").await?;
            let replied = tokio::time::timeout(PATIENCE, self.replies.recv()).await?.context("no reply")?;
            taps.push(replied.duration_since(tapped).as_secs_f64() * 1_000.0);
            // Below what Slack takes of updates and posts in a minute.
            tokio::time::sleep(Duration::from_millis(700)).await;
        }
        Ok((cards, taps))
    }

    /// Asks in a channel in which others write more than Slack takes.
    async fn asks_at_the_limit(&mut self) -> anyhow::Result<Vec<f64>> {
        let tell = self.tell.clone();
        let writing = tokio::spawn(async move {
            for n in 0.. {
                let session = session_id(SESSIONS + n % WRITERS);
                let event = said(&format!("msg_{n}"), &format!("Some words, number {n}."));
                if tell.send((session, event)).await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        });
        tokio::time::sleep(APART * 2).await;
        let mut times = vec![];
        for n in 0..LIMITED {
            let session = SESSIONS + WRITERS + n % WRITERS;
            times.push(self.ask(session, &format!("make limited{n:03}")).await?.0);
            tokio::time::sleep(APART).await;
        }
        writing.abort();
        Ok(times)
    }

    async fn ask(&self, session: usize, command: &str) -> anyhow::Result<(f64, Spot)> {
        let asked = Instant::now();
        self.tell.send((session_id(session), permission(session, command))).await?;
        let root = self.roots[session].root();
        let card = |world: &mut e2e::slack::world::World| {
            let channel = &world.channels[&root.channel];
            let one = channel.messages.values().rev().find(|one| one.text.contains(command))?;
            Some(Spot { channel: one.channel.clone(), ts: one.ts.clone(), thread: root.ts.clone() })
        };
        let card = self.slack.until_within(PATIENCE, "the card", card).await?;
        Ok((milliseconds(asked), card))
    }
}

fn session_id(n: usize) -> String {
    format!("ses_{n:08}")
}

fn permission(session: usize, command: &str) -> Event {
    let metadata = [("command".to_owned(), json!(command))].into_iter().collect();
    let ask = PermissionAsk {
        id: format!("per_{}", command.replace(' ', "_")),
        session_id: session_id(session),
        directory: "/work/web".to_owned(),
        permission: "bash".to_owned(),
        patterns: vec![command.to_owned()],
        always: vec![],
        metadata,
        tool: None,
    };
    Event::PermissionAsked { ask }
}

fn said(message: &str, text: &str) -> Event {
    Event::PartCompleted {
        message_id: message.to_owned(),
        part_id: format!("prt_{message}"),
        role: Role::Assistant,
        kind: PartKind::Text,
        content: text.to_owned(),
        took_ms: None,
    }
}

/// The pod: makes sessions, lets each of the first 50 write a word a second, and tells when a permission is answered.
async fn serve(mut peer: Peer, mut events: mpsc::Receiver<(String, Event)>, report: mpsc::Sender<Instant>) {
    let (mut made, mut seq, mut words) = (0, 0, 0_usize);
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(SESSIONS).unwrap_or(1));
    // Nobody writes before all sessions are there, and what was not written then is not written all at once.
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let (session_id, event) = tokio::select! {
            received = peer.receive() => {
                let Received::Frame(frame) = received else { return };
                if answer(&mut peer, *frame, &mut made, &report).await.is_err() {
                    return;
                }
                continue;
            }
            Some(told) = events.recv() => told,
            _ = tick.tick(), if made >= SESSIONS + 2 * WRITERS => {
                words += 1;
                (session_id(words % SESSIONS), word(words % SESSIONS, words / SESSIONS))
            }
        };
        seq += 1;
        let frame = EventFrame { seq, session_id, at: 1_795_000_000_000, traceparent: None, event };
        if peer.send(&PluginFrame::Event(Box::new(frame))).await.is_err() {
            return;
        }
    }
}

fn word(session: usize, n: usize) -> Event {
    let content = "word ".to_owned();
    Event::PartStreamed {
        message_id: format!("msg_live{session}"),
        part_id: format!("prt_live{session}"),
        role: Role::Assistant,
        kind: PartKind::Text,
        offset: (n * content.len()) as u64,
        content,
    }
}

async fn answer(
    peer: &mut Peer,
    frame: GatewayFrame,
    made: &mut usize,
    report: &mpsc::Sender<Instant>,
) -> anyhow::Result<()> {
    let request = match frame {
        GatewayFrame::Ping(beat) => return Ok(peer.send(&PluginFrame::Pong(beat)).await?),
        GatewayFrame::Request(request) => request,
        _ => return Ok(()),
    };
    let result = match &request.command {
        PodCommand::SessionCreate { title, directory, .. } => {
            *made += 1;
            ReplyResult::Session { session: made_session(&session_id(*made - 1), title, directory) }
        }
        PodCommand::SessionMessages { .. } => ReplyResult::Messages { messages: vec![], more: false },
        PodCommand::PermissionReply { .. } => {
            // Nobody may be measuring.
            let _ = report.try_send(Instant::now());
            ReplyResult::Ask { outcome: AskOutcome::Applied }
        }
        _ => ReplyResult::Done,
    };
    Ok(peer.reply(&request.request_id, result).await?)
}

// --- the reference ---

/// An app on Bolt that acknowledges, on a Slack of its own without limits.
struct Bolt {
    slack: SlackSim,
    ann: SlackPerson,
    spot: Spot,
    _app: Child,
}

impl Bolt {
    async fn start() -> anyhow::Result<Self> {
        let pace = Pace { rate: 0.0, ..Pace::real() };
        let slack = SlackSim::start_with(Settings { pace, ..Settings::default() }).await?;
        let ann = slack.person("ann");
        let channel = slack.channel("dev", &[&ann]);
        let spot = ann.says(&channel, "a message with a button");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/slack-clients/bolt-js");
        let app = Command::new("node")
            .arg("ack.mjs")
            .current_dir(folder)
            .env("SLACK_API_URL", format!("{}/", slack.api_url()))
            .env("SLACK_BOT_TOKEN", slack.bot_token())
            .env("SLACK_APP_TOKEN", slack.app_token())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("node could not be started")?;
        let open = |world: &mut e2e::slack::world::World| (world.sockets.count() > 0).then_some(());
        slack.until_within(PATIENCE, "Bolt's socket", open).await?;
        ensure!(ann.click_stale(&spot, "b", "warm", "").await?.acked(), "Bolt does not acknowledge");
        Ok(Self { slack, ann, spot, _app: app })
    }

    /// A bare call that posts a message; its 99th percentile in milliseconds.
    async fn posts(&self) -> anyhow::Result<f64> {
        let (http, mut times) = (reqwest::Client::new(), vec![]);
        for n in 0..ASKS {
            let began = Instant::now();
            let request = http.post(format!("{}/chat.postMessage", self.slack.api_url()));
            let body = json!({ "channel": self.spot.channel, "text": format!("message {n}") });
            let answer = request.bearer_auth(self.slack.bot_token()).json(&body).send().await?;
            answer.error_for_status()?.bytes().await?;
            times.push(milliseconds(began));
        }
        Ok(p99(times))
    }
}
