//! The gateway's core with its way out to a simulated Slack, and without OpenCode: what agents do is told directly.

use e2e::slack::{Message, SlackSim, Spot};
use e2e::wait;
use futures_util::future::BoxFuture;
use gateway::clock::{self, Clock};
use gateway::deliveries::NoDeliveries;
use gateway::ids::IdSource;
use gateway::lab::NoLabs;
use gateway::models::{self, Models};
use gateway::projects::{Catalogue, Projects};
use gateway::sessions::FileSent;
use gateway::sessions::desk::{Desk, DeskParts};
use gateway::sessions::grants::Grants;
use gateway::sessions::live::LiveSessions;
use gateway::sessions::ports::{
    Agents, MessagePage, MessageSource, MessagesUnavailable, NewSession, NoChecks, PodRefusal, PodRefused,
    PodStatus, Pods, PostState, Receipt,
};
use gateway::sessions::presence::{LEAVES_AFTER, Presence};
use gateway::sessions::tasks::{OpenAsks, SessionTasks, TaskMetrics, TaskParts, Threads};
use gateway::sessions::workspace_setup::WorkspaceSetup;
use gateway::slack::SlackParts;
use gateway::slack::client::Client;
use gateway::slack::config::{Admission, Mode, SlackConfig, Streaming};
use gateway::slack::outbound::{DeadLetters, Opening, OutMetrics, Outlet, ThreadTarget as Where};
use gateway::store::{Store, StoreConfig};
use gateway::workspace::{self, Workshop};
use gateway_domain::thread::{MessageSeen, Milestone, PartSeen};
use gateway_domain::{
    About, AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, AskBody, Asked, Limits, Person,
    PersonInput, PolicyBook, Proven, SessionRecord, Sort, ThreadLocation,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(super) const TEAM: &str = "T0SIM";

/// The store and the core are the real ones, Slack is the simulated one. There is no process, no bridge and no way in.
pub(super) struct OutboundStage {
    pub slack: SlackSim,
    pub channel: String,
    folder: TempDir,
    streaming: Streaming,
    clock: Arc<AheadClock>,
    running: Option<Running>,
}

/// The machine's clock, and what a test skipped.
#[derive(Default)]
struct AheadClock(AtomicI64);

impl Clock for AheadClock {
    fn now(&self) -> Timestamp {
        clock::system().now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

struct Running {
    store: Store,
    session_tasks: Arc<SessionTasks>,
    desk: Arc<Desk>,
    outlet: Outlet,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Stands for the bridge when no pod is connected: takes orders and acknowledgements, and has no sessions, messages or files.
struct NoPods;

impl Agents for NoPods {
    fn carry_out<'a>(
        &'a self,
        _: &'a str,
        _: String,
        _: AgentOrder,
        _: Vec<FileSent>,
    ) -> BoxFuture<'a, AgentOutcome> {
        Box::pin(async { AgentOutcome::Applied })
    }
}

impl MessageSource for NoPods {
    fn messages<'a>(
        &'a self,
        _: &'a str,
        _: u32,
    ) -> BoxFuture<'a, Result<Vec<bridge_protocol::MessageInfo>, MessagesUnavailable>> {
        Box::pin(async { Ok(vec![]) })
    }
}

impl Pods for NoPods {
    fn create<'a>(
        &'a self,
        _: &'a str,
        _: String,
        _: NewSession,
    ) -> BoxFuture<'a, Result<bridge_protocol::SessionInfo, PodRefused>> {
        let refused = PodRefused { kind: PodRefusal::Away, sentence: "Nobody is here.".into() };
        Box::pin(async { Err(refused) })
    }

    fn diff<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Vec<bridge_protocol::FileChange>, PodRefused>> {
        let refused = PodRefused { kind: PodRefusal::Away, sentence: "Nobody is here.".into() };
        Box::pin(async { Err(refused) })
    }

    fn attachment<'a>(
        &'a self,
        _: &'a str,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<(String, Vec<u8>), PodRefused>> {
        let refused = PodRefused { kind: PodRefusal::Away, sentence: "Nobody is here.".into() };
        Box::pin(async { Err(refused) })
    }

    fn choices<'a>(
        &'a self,
        _: &'a str,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<gateway::sessions::Offered, PodRefused>> {
        let refused = PodRefused { kind: PodRefusal::Away, sentence: "Nobody is here.".into() };
        Box::pin(async { Err(refused) })
    }

    fn message_page<'a>(
        &'a self,
        _: &'a str,
        _: u32,
        _: Option<String>,
    ) -> BoxFuture<'a, Result<MessagePage, PodRefused>> {
        Box::pin(async { Ok(MessagePage::default()) })
    }

    fn rename<'a>(&'a self, _: &'a str, _: String) -> BoxFuture<'a, Result<(), PodRefused>> {
        Box::pin(async { Ok(()) })
    }

    fn hold<'a>(&'a self, _: &'a str, _: bridge_protocol::HoldMode) -> BoxFuture<'a, Result<(), PodRefused>> {
        Box::pin(async { Ok(()) })
    }

    fn hand_over<'a>(
        &'a self,
        _: Vec<String>,
        _: &'a str,
        _: gateway_domain::Person,
    ) -> BoxFuture<'a, Result<(), PodRefused>> {
        Box::pin(async { Ok(()) })
    }

    fn status(&self) -> Vec<PodStatus> {
        vec![]
    }
}

impl Receipt for NoPods {
    fn done(self: Box<Self>) {}
}

impl OutboundStage {
    pub(super) async fn start() -> anyhow::Result<Self> {
        Self::start_with(Streaming::Auto).await
    }

    pub(super) async fn start_with(streaming: Streaming) -> anyhow::Result<Self> {
        let slack = SlackSim::start().await?;
        let ann = slack.person("ann");
        let channel = slack.channel("dev", &[&ann]);
        let folder = TempDir::with_prefix("slack-out-")?;
        let mut stage = Self { slack, channel, folder, streaming, clock: Arc::default(), running: None };
        stage.begin().await?;
        Ok(stage)
    }

    pub(super) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn config(&self) -> SlackConfig {
        SlackConfig {
            bot_token: self.slack.bot_token().into(),
            api_url: self.slack.api_url(),
            mode: Mode::Http { signing_secret: self.slack.signing_secret().into() },
            admission: Admission::default(),
            command: "/opencode".into(),
            administrators: vec![],
            alerts: None,
            channels: std::collections::BTreeMap::new(),
            streaming: self.streaming,
            console: None,
            log_head: None,
        }
    }

    /// Starts the core on whatever is on disk.
    pub(super) async fn begin(&mut self) -> anyhow::Result<()> {
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as _;
        let (store, recovered) = Store::open(StoreConfig::at(&self.state()), Arc::clone(&clock)).await?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let (live, asks, threads) =
            (Arc::new(LiveSessions::default()), Arc::new(OpenAsks::default()), Arc::new(Threads::default()));
        let projects = Arc::new(Projects::new(Arc::new(Catalogue::default()), Arc::clone(&clock)));
        let setup = setup(&live, &threads, &projects, &clock);
        let (policies, (all, shelf)) = (PolicyBook::default(), store.grants());
        let (shelf, keeper) = (Arc::new(shelf), Arc::new(store.clone()));
        let grants = Arc::new(Grants::new(all, &policies, shelf, keeper, Arc::clone(&clock)));
        let session_tasks = Arc::new(SessionTasks::new(TaskParts {
            policies,
            limits: Limits::default(),
            clock: Arc::clone(&clock),
            keeper: Arc::new(store.clone()),
            shelf: Arc::new(store.attachments()),
            agents: Arc::new(NoPods),
            messages: Arc::new(NoPods),
            live: Arc::clone(&live),
            asks: Arc::clone(&asks),
            threads: Arc::clone(&threads),
            setup: Arc::clone(&setup),
            grants,
            checks: Arc::new(NoChecks),
            labs: Arc::new(NoLabs("no labs here".to_owned())),
            deliveries: Arc::new(NoDeliveries("no deliveries here".to_owned())),
            metrics: TaskMetrics::default(),
            tasks: tasks.clone(),
            stop: stop.clone(),
        }));
        take_up(&session_tasks, recovered.records);
        let desk = Arc::new(Desk::new(DeskParts {
            checks: Arc::new(NoChecks),
            live,
            asks,
            threads,
            session_tasks: Arc::clone(&session_tasks),
            pods: Arc::new(NoPods),
            shelf: Arc::new(store.attachments()),
            archive: Arc::new(store.clone()),
            keeper: Arc::new(store.clone()),
            setup,
            models: Arc::new(Models::new(models::Config::default(), Arc::clone(&clock))),
            projects,
            clock: Arc::clone(&clock),
        }));
        let config = self.config();
        let client = Client::new(&config.bot_token, Some(&config.api_url))?;
        let presence = Arc::new(Presence::new(Arc::clone(&clock), LEAVES_AFTER));
        let parts = SlackParts {
            presence,
            config,
            desk: Arc::clone(&desk),
            posts: Arc::new(store.clone()),
            action_log: Arc::new(store.clone()),
            left: vec![],
            away_since: None,
            clock,
            ids: IdSource::seeded(7),
            metrics: OutMetrics::unregistered(),
            dead_letters: self.state().join("dead-letters"),
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let outlet = Outlet::start(&parts, client);
        self.running = Some(Running { store, session_tasks, desk, outlet, tasks, stop });
        Ok(())
    }

    /// Everything under way is dropped where it is; the state is what is on disk.
    pub(super) async fn crash(&mut self) {
        let Some(Running { tasks, stop, store, .. }) = self.running.take() else { return };
        stop.cancel();
        tasks.close();
        tasks.wait().await;
        drop(store);
    }

    /// For the gateway and for Slack.
    pub(super) fn skip(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_secs().cast_signed(), Ordering::SeqCst);
        self.slack.skip(time);
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub(super) fn outlet(&self) -> Outlet {
        self.running().outlet.clone()
    }

    pub(super) fn dead_letters(&self) -> Vec<gateway::slack::outbound::DeadLetter> {
        DeadLetters::in_state(&self.state()).list().unwrap()
    }

    /// A session whose thread is opened in the channel.
    pub(super) async fn session(&self, id: &str) -> ThreadLocation {
        let at = Where { team: TEAM.into(), channel: self.channel.clone(), thread: None };
        let opening = Opening {
            title: format!("Task of {id}"),
            by: "Ann".into(),
            project: None,
            works_in: None,
            asked_in: None,
        };
        let location = self.outlet().open_thread(at, &key_of(id), opening).await.unwrap();
        self.described(id, &location).await;
        location
    }

    pub(super) async fn described(&self, id: &str, location: &ThreadLocation) {
        let about = About {
            sort: Sort::Work,
            title: format!("Task of {id}"),
            thread: Some(location.clone()),
            start_key: Some(key_of(id)),
            owner: Some(Person {
                id: format!("slack:{TEAM}:{}", self.slack.person("ann").id),
                name: "Ann".into(),
            }),
            ..About::default()
        };
        self.running().session_tasks.register(&"pod-a".into(), id, about).await;
        let known = async || self.running().desk.card_of(id).map(drop);
        wait::until(format!("the card of {id}"), known).await.unwrap();
    }

    async fn tell(&self, id: &str, input: AgentInput) {
        self.running().session_tasks.tell(&"pod-a".into(), id, input, Box::new(NoPods)).await;
    }

    /// OpenCode asks; answers the ask's id.
    pub(super) async fn asks(&self, id: &str, command: &str) -> String {
        let metadata = json!({ "command": command }).as_object().unwrap().clone();
        let body = AskBody::Permission {
            permission: "bash".into(),
            patterns: vec![command.into()],
            always: vec![],
            metadata,
        };
        let opencode_id = format!("per_{:010}", command.bytes().map(u64::from).sum::<u64>());
        let asked = Asked {
            opencode_id: opencode_id.clone(),
            session: id.into(),
            directory: "/src".into(),
            tool: None,
            body,
        };
        self.tell(id, AgentInput::Asked(asked)).await;
        let all = || self.running().desk.asks().into_iter();
        let asked = async || all().find(|ask| ask.opencode_id == opencode_id);
        wait::until(format!("the ask about {command}"), asked).await.unwrap().id
    }

    pub(super) async fn answers(&self, id: &str, ask: &str, answer: Answer) {
        let by = Person { id: format!("slack:{TEAM}:U1"), name: "Ann".into() };
        let given = AnswerGiven { ask: ask.into(), digest: None, by, proven: Proven::default(), answer };
        self.running().session_tasks.person(id, PersonInput::Answer(given)).await.unwrap();
    }

    /// The agent says something; `done` is its last word.
    pub(super) async fn says(&self, id: &str, message: &str, created_ms: i64, text: &str, done: bool) {
        let part = PartSeen::Text { id: format!("prt_{message}"), text: text.into(), done };
        let seen = MessageSeen {
            id: format!("msg_{message}"),
            created_ms,
            from_person: false,
            done,
            closes_turn: done,
            error: None,
            parts: vec![part],
        };
        self.tell(id, AgentInput::Seen(seen)).await;
    }

    /// The agent reports a milestone.
    pub(super) async fn reaches(&self, id: &str, at_ms: i64, description: &str) {
        let milestone = Milestone {
            id: format!("mil_{at_ms:08}"),
            at: Timestamp::from_millisecond(at_ms).unwrap(),
            sort: "plan".into(),
            description: description.into(),
            details: String::new(),
        };
        self.tell(id, AgentInput::Milestone(milestone)).await;
    }

    pub(super) fn thread(&self, location: &ThreadLocation) -> Vec<Message> {
        let (channel, ts) = (location.channel.clone(), location.thread.clone());
        self.slack.thread(&Spot { channel, thread: ts.clone(), ts })
    }

    /// The messages of the thread that show this text.
    pub(super) fn showing(&self, location: &ThreadLocation, text: &str) -> Vec<Message> {
        self.thread(location).into_iter().filter(|one| one.all_text().contains(text)).collect()
    }

    /// Waits until a message of the thread shows this text.
    pub(super) async fn shown(&self, location: &ThreadLocation, text: &str) -> Message {
        let what = format!("{text:?} in the thread");
        let (channel, thread) = (location.channel.clone(), location.thread.clone());
        let found = self.slack.until(&what, |world| {
            let channel = world.channels.get(&channel)?;
            channel.thread(&thread).find(|one| one.all_text().contains(text)).cloned()
        });
        found.await.unwrap()
    }
}

pub(super) fn key_of(session: &str) -> String {
    session.replace('_', "")
}

impl OutboundStage {
    /// The id of the ask that waits.
    pub(super) fn open_ask(&self) -> String {
        self.running().desk.asks()[0].id.clone()
    }

    pub(super) async fn takes_aside(&self, ask: &str, by: Person) {
        self.running().desk.take_aside(ask.to_owned(), by, None).await.unwrap();
    }

    /// A person's message, as OpenCode has it.
    pub(super) async fn wrote(&self, id: &str, message: &str, text: &str) {
        let part = PartSeen::Text { id: format!("prt_{message}"), text: text.into(), done: true };
        let seen = MessageSeen {
            id: message.into(),
            created_ms: 1_000,
            from_person: true,
            done: true,
            closes_turn: false,
            error: None,
            parts: vec![part],
        };
        self.tell(id, AgentInput::Seen(seen)).await;
    }
}

impl OutboundStage {
    /// Waits until the ledger says of something with such a key that it is posted.
    pub(super) async fn noted(&self, session: &str, key: &str) {
        let posted = |store: &Store| {
            let posts = store.posts(session);
            posts
                .iter()
                .any(|post| post.key.starts_with(key) && matches!(post.state, PostState::Posted { .. }))
        };
        let noted = async || posted(&self.running().store);
        wait::until(format!("{key} to be posted, in the ledger"), noted).await.unwrap();
    }
}

fn setup(
    live: &Arc<LiveSessions>,
    threads: &Arc<Threads>,
    projects: &Arc<Projects>,
    clock: &Arc<dyn Clock>,
) -> Arc<WorkspaceSetup> {
    let workshop = Arc::new(Workshop::new(workspace::Config::default(), Arc::clone(clock)));
    let projects = Arc::clone(projects) as _;
    Arc::new(WorkspaceSetup::new(Arc::clone(live), Arc::clone(threads), projects, workshop))
}

/// There is no OpenCode that would be read.
fn take_up(session_tasks: &SessionTasks, records: Vec<Arc<SessionRecord>>) {
    let records: Vec<_> = records.into_iter().map(Arc::unwrap_or_clone).collect();
    let known: Vec<String> = records.iter().map(|record| record.session.clone()).collect();
    session_tasks.restore(records);
    known.iter().for_each(|session| session_tasks.repaired(session, &[]));
}
