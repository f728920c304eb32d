//! The task of one session on a disk that refuses and a clock that is set, without a pod or a surface.

use e2e::wait;
use futures_util::future::BoxFuture;
use gateway::clock::Clock;
use gateway::deliveries::NoDeliveries;
use gateway::lab::NoLabs;
use gateway::projects::{Catalogue, Projects};
use gateway::sessions::FileSent;
use gateway::sessions::grants::{Grants, RevokeFault};
use gateway::sessions::live::LiveSessions;
use gateway::sessions::ports::{
    Agents, GrantShelf, Keeper, MessageSource, MessagesUnavailable, NoChecks, NotKept, Receipt,
};
use gateway::sessions::tasks::{OpenAsks, SessionTasks, TaskMetrics, TaskParts, Threads};
use gateway::sessions::workspace_setup::WorkspaceSetup;
use gateway::store::Attachments;
use gateway::workspace::{self, Workshop};
use gateway_domain::{
    AgentInput, AgentOrder, AgentOutcome, Answer, AnswerGiven, Ask, AskBody, AskState, Asked, AuditEntry,
    GrantFor, Held, HeldCall, KeptGrant, Limits, Person, PersonInput, PolicyBook, Proven, SessionRecord,
    Verdict,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const SESSION: &str = "ses_12345678";

/// Stands for the store: keeps in memory what it is given, unless it is full. It has no journal and no history.
#[derive(Default)]
struct FillableDisk {
    full: AtomicBool,
    records: Mutex<Vec<SessionRecord>>,
    audit: Mutex<Vec<AuditEntry>>,
    grants: Mutex<Vec<KeptGrant>>,
    refuses_grants: AtomicBool,
    /// What the thread shows whenever a record is kept: the ids of its items.
    thread: Mutex<Option<Arc<Threads>>>,
    shown_by_then: Mutex<Vec<Vec<String>>>,
}

impl FillableDisk {
    fn note_thread(&self) {
        let Some(threads) = self.thread.lock().unwrap().clone() else { return };
        let items = threads.watch(SESSION).map(|watch| watch.items).unwrap_or_default();
        self.shown_by_then.lock().unwrap().push(items.iter().map(|item| item.key.clone()).collect());
    }
}

impl Keeper for FillableDisk {
    fn keep<'a>(&'a self, record: &'a SessionRecord) -> BoxFuture<'a, Result<(), NotKept>> {
        Box::pin(async move {
            if self.full.load(Ordering::SeqCst) {
                return Err(NotKept("The disk is full.".to_owned()));
            }
            self.note_thread();
            self.records.lock().unwrap().push(record.clone());
            Ok(())
        })
    }

    fn audit<'a>(&'a self, entry: &'a AuditEntry) -> BoxFuture<'a, Result<(), NotKept>> {
        Box::pin(async move {
            self.audit.lock().unwrap().push(entry.clone());
            Ok(())
        })
    }
}

impl GrantShelf for FillableDisk {
    fn write(&self, _: u64, all: Vec<KeptGrant>) -> BoxFuture<'_, Result<(), NotKept>> {
        Box::pin(async move {
            if self.refuses_grants.load(Ordering::SeqCst) {
                return Err(NotKept("The disk is full.".to_owned()));
            }
            *self.grants.lock().unwrap() = all;
            Ok(())
        })
    }
}

/// A clock on the wall that a test sets, and time that passes all the same.
struct Clocks {
    begun: tokio::time::Instant,
    set_by: AtomicI64,
}

impl Clock for Clocks {
    fn now(&self) -> Timestamp {
        let at = "2026-11-20T10:00:00Z".parse::<Timestamp>().unwrap();
        at + self.steady() + SignedDuration::from_secs(self.set_by.load(Ordering::SeqCst))
    }

    fn steady(&self) -> SignedDuration {
        SignedDuration::try_from(self.begun.elapsed()).unwrap()
    }
}

/// Stands for every pod: notes what it is told, says that it did it, and has no messages.
#[derive(Default)]
struct ObedientAgent(Mutex<Vec<AgentOrder>>);

impl Agents for ObedientAgent {
    fn carry_out<'a>(
        &'a self,
        _: &'a str,
        _: String,
        order: AgentOrder,
        _: Vec<FileSent>,
    ) -> BoxFuture<'a, AgentOutcome> {
        self.0.lock().unwrap().push(order);
        Box::pin(async { AgentOutcome::Applied })
    }
}

impl MessageSource for ObedientAgent {
    fn messages<'a>(
        &'a self,
        _: &'a str,
        _: u32,
    ) -> BoxFuture<'a, Result<Vec<bridge_protocol::MessageInfo>, MessagesUnavailable>> {
        Box::pin(async { Ok(vec![]) })
    }
}

/// Nobody waits for an acknowledgement.
struct NoReceipt;

impl Receipt for NoReceipt {
    fn done(self: Box<Self>) {}
}

/// The core alone: no link, no surface, no disk.
struct CoreStage {
    session_tasks: Arc<SessionTasks>,
    asks: Arc<OpenAsks>,
    disk: Arc<FillableDisk>,
    clocks: Arc<Clocks>,
    agent: Arc<ObedientAgent>,
    grants: Arc<Grants>,
    live: Arc<LiveSessions>,
    threads: Arc<Threads>,
    _folder: tempfile::TempDir,
}

impl CoreStage {
    /// With an ask that is open.
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (asks, disk, agent) = (
            Arc::new(OpenAsks::default()),
            Arc::new(FillableDisk::default()),
            Arc::new(ObedientAgent::default()),
        );
        let clocks = Arc::new(Clocks { begun: tokio::time::Instant::now(), set_by: AtomicI64::new(0) });
        let (live, threads) = (Arc::new(LiveSessions::default()), Arc::new(Threads::default()));
        let projects = Arc::new(Projects::new(Arc::new(Catalogue::default()), clocks.clone()));
        let workshop = Arc::new(Workshop::new(workspace::Config::default(), clocks.clone()));
        let setup = WorkspaceSetup::new(Arc::clone(&live), Arc::clone(&threads), projects, workshop);
        let mut policies = PolicyBook::default();
        // There is no pod that could say how it guards its agents.
        policies.standard.gate.lets_unguarded = true;
        let grants = Arc::new(Grants::new(vec![], &policies, disk.clone(), disk.clone(), clocks.clone()));
        let session_tasks = Arc::new(SessionTasks::new(TaskParts {
            policies,
            limits: Limits::default(),
            clock: clocks.clone(),
            keeper: disk.clone(),
            shelf: Arc::new(Attachments::at(folder.path().to_owned())),
            agents: agent.clone(),
            messages: agent.clone(),
            live: Arc::clone(&live),
            asks: Arc::clone(&asks),
            threads: Arc::clone(&threads),
            setup: Arc::new(setup),
            grants: Arc::clone(&grants),
            checks: Arc::new(NoChecks),
            labs: Arc::new(NoLabs("no labs here".to_owned())),
            deliveries: Arc::new(NoDeliveries("no deliveries here".to_owned())),
            metrics: TaskMetrics::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }));
        let stage = Self { session_tasks, asks, disk, clocks, agent, grants, live, threads, _folder: folder };
        stage.session_tasks.tell(&"pod".into(), SESSION, asked(), Box::new(NoReceipt)).await;
        stage.until(|ask| ask.state == AskState::Open).await;
        stage
    }

    fn answers(&self, who: &str, answer: Answer) -> tokio::task::JoinHandle<Option<Verdict>> {
        let session_tasks = Arc::clone(&self.session_tasks);
        let by = Person { id: format!("web:{who}"), name: who.to_owned() };
        let given =
            AnswerGiven { ask: "per_1".to_owned(), digest: None, by, proven: Proven::default(), answer };
        tokio::spawn(async move { session_tasks.person(SESSION, PersonInput::Answer(given)).await })
    }

    /// Waits for the ask as it is wanted, by the time that is paused: a quarter of an hour passes at once.
    async fn until(&self, wanted: impl Fn(&Ask) -> bool) -> Ask {
        let look = async || self.asks.get("per_1").filter(&wanted);
        let ask = wait::within(Duration::from_secs(900)).until("the ask", look).await;
        ask.unwrap_or_else(|error| panic!("{error}: {:#?}", self.asks.get("per_1")))
    }

    async fn until_waits_for(&self, who: &str) {
        self.until(|ask| ask.unstored.as_ref().is_some_and(|answer| answer.by.name == who)).await;
    }

    fn told(&self) -> Vec<Answer> {
        let sent = self.agent.0.lock().unwrap();
        let answers = sent.iter().filter_map(|order| match order {
            AgentOrder::Reply { answer, .. } => Some(answer.clone().into()),
            _ => None,
        });
        answers.collect()
    }

    fn in_audit(&self) -> Vec<String> {
        self.disk.audit.lock().unwrap().iter().map(|entry| entry.who.clone()).collect()
    }
}

fn asked() -> AgentInput {
    asked_as("per_1")
}

fn asked_as(id: &str) -> AgentInput {
    let (permission, patterns) = ("bash".to_owned(), vec!["make".to_owned()]);
    let body = AskBody::Permission { permission, patterns, always: vec![], metadata: serde_json::Map::new() };
    let (opencode_id, session, directory) = (id.to_owned(), SESSION.to_owned(), "/work".to_owned());
    AgentInput::Asked(Asked { opencode_id, session, directory, tool: None, body })
}

fn no() -> Answer {
    Answer::Deny { reason: Some("No.".to_owned()) }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_stored_is_shown_and_its_person_may_take_it_back() {
    // CHAOS F5
    let stage = CoreStage::set().await;
    stage.disk.full.store(true, Ordering::SeqCst);
    let first = stage.answers("anna", Answer::Once);
    stage.until_waits_for("anna").await;
    assert_eq!(stage.asks.get("per_1").unwrap().state, AskState::Open, "it does not count yet");
    let second = stage.answers("anna", no());
    stage.until(|ask| ask.unstored.as_ref().is_some_and(|answer| answer.answer == no())).await;
    assert_eq!((stage.told(), stage.in_audit()), (vec![], vec![]));
    stage.disk.full.store(false, Ordering::SeqCst);
    let card = stage.until(|ask| ask.state == AskState::Applied).await;
    assert_eq!((card.decision.unwrap().answer, card.unstored), (no(), None));
    assert_eq!(second.await.unwrap(), Some(Verdict::Taken));
    assert_eq!(first.await.unwrap(), None, "nobody was told that the first one counts");
    assert_eq!((stage.told().len(), stage.in_audit()), (1, vec!["web:anna".to_owned()]));
    assert!(matches!(&stage.told()[0], Answer::Deny { .. }));
}

#[tokio::test(start_paused = true)]
async fn whoever_denies_is_heard_while_nothing_is_confirmed_and_nobody_else() {
    // CHAOS F5
    let stage = CoreStage::set().await;
    stage.disk.full.store(true, Ordering::SeqCst);
    let first = stage.answers("anna", Answer::Once);
    stage.until_waits_for("anna").await;
    let other = stage.answers("carl", Answer::Always);
    let denied = stage.answers("ben", no());
    stage.until_waits_for("ben").await;
    stage.disk.full.store(false, Ordering::SeqCst);
    assert_eq!(denied.await.unwrap(), Some(Verdict::Taken));
    assert_eq!(first.await.unwrap(), None);
    let by = "ben".to_owned();
    assert_eq!(other.await.unwrap(), Some(Verdict::AnsweredBefore { by, answer: no() }));
    stage.until(|ask| ask.state == AskState::Applied).await;
    assert_eq!(stage.in_audit(), ["web:ben"]);
}

#[tokio::test(start_paused = true)]
async fn the_words_that_lead_to_an_ask_are_in_the_thread_before_it() {
    // REQ-THREAD-05: both arrive at once, and the ask overtook what the agent had written before it.
    let (stage, pod) = (CoreStage::set().await, "pod".into());
    let info = serde_json::json!({ "id": SESSION, "title": "Shop", "directory": "/work", "created_at": 1, "updated_at": 1 });
    stage.live.made(&pod, &serde_json::from_value(info).unwrap());
    let message = serde_json::json!({ "id": "msg_1", "role": "assistant", "created_at": 1,
        "parts": [{ "kind": "text", "id": "prt_1", "text": "I need to run make." }] });
    stage.live.merge(SESSION, vec![serde_json::from_value(message).unwrap()]);
    *stage.disk.thread.lock().unwrap() = Some(Arc::clone(&stage.threads));
    stage.session_tasks.touched(&pod, SESSION, "msg_1");
    stage.session_tasks.tell(&pod, SESSION, asked_as("per_2"), Box::new(NoReceipt)).await;
    let shown = async || stage.asks.get("per_2");
    wait::until("the ask", shown).await.unwrap();
    let with_the_ask = stage.disk.shown_by_then.lock().unwrap().last().cloned().unwrap();
    assert!(
        with_the_ask.iter().any(|key| key.contains("prt_1")),
        "only {with_the_ask:?} was there before the ask"
    );
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_takes_no_time_from_an_ask() {
    // CHAOS F10 o
    let stage = CoreStage::set().await;
    stage.clocks.set_by.store(3_600, Ordering::SeqCst);
    sleep(Duration::from_secs(100)).await;
    let card = stage.asks.get("per_1").unwrap();
    assert_eq!(card.state, AskState::Open, "it is 100 seconds old");
    let left = card.deadline.unwrap().duration_since(stage.clocks.now());
    assert!((195..=200).contains(&left.as_secs()), "{left:?} are left");
    stage.clocks.set_by.store(-3_600, Ordering::SeqCst);
    let card = stage.until(|ask| ask.state == AskState::TimedOut).await;
    assert_eq!(card.state, AskState::TimedOut);
    let waited = stage.clocks.steady();
    assert!((295..=335).contains(&waited.as_secs()), "it waited {waited:?}");
}

/// A command that waits for the gate's verdict.
fn held(id: &str) -> AgentInput {
    let arguments = serde_json::json!({ "command": "npm test" }).as_object().cloned();
    let (tool, command) = ("bash".to_owned(), Some("npm test".to_owned()));
    let call = HeldCall { tool, command, arguments, ..HeldCall::default() };
    let (session, directory) = (SESSION.to_owned(), "/work".to_owned());
    AgentInput::Held(Held {
        hold_id: id.to_owned(),
        session,
        directory,
        call,
        judge: true,
        ..Held::default()
    })
}

impl CoreStage {
    async fn holds(&self, id: &str) {
        self.session_tasks.tell(&"pod".into(), SESSION, held(id), Box::new(NoReceipt)).await;
    }

    async fn until_released(&self, id: &str) {
        let is_it =
            |order: &AgentOrder| matches!(order, AgentOrder::Release { hold_id, .. } if hold_id == id);
        let look = async || self.agent.0.lock().unwrap().iter().any(is_it);
        wait::within(Duration::from_secs(900)).until("the release", look).await.unwrap();
    }

    async fn until_asked(&self, id: &str) {
        let look = async || self.asks.get(id).is_some_and(|ask| ask.state == AskState::Open);
        wait::within(Duration::from_secs(900)).until("the ask", look).await.unwrap();
    }

    fn kept_grants(&self) -> Vec<KeptGrant> {
        self.disk.grants.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn a_grant_counts_while_the_disk_refuses_it_and_is_given_until_it_is_there() {
    // REQ-GATE-08, CHAOS F5
    let stage = CoreStage::set().await;
    stage.holds("h_1").await;
    stage.until_asked("h_1").await;
    stage.disk.refuses_grants.store(true, Ordering::SeqCst);
    let (lasts, pattern) = (GrantFor::Session, None);
    let by = Person { id: "web:anna".to_owned(), name: "anna".to_owned() };
    let answer = Answer::Grant { lasts, pattern };
    let given = AnswerGiven {
        ask: "h_1".to_owned(),
        digest: None,
        by: by.clone(),
        proven: Proven::default(),
        answer,
    };
    let told = stage.session_tasks.person(SESSION, PersonInput::Answer(given)).await;
    assert_eq!(told, Some(Verdict::Taken), "the record has it");
    stage.holds("h_2").await;
    stage.until_released("h_2").await;
    assert_eq!(stage.kept_grants(), []);
    stage.disk.refuses_grants.store(false, Ordering::SeqCst);
    let look = async || !stage.kept_grants().is_empty();
    wait::within(Duration::from_secs(900)).until("the grant on disk", look).await.unwrap();
    let id = stage.grants.list()[0].id.clone();
    stage.disk.refuses_grants.store(true, Ordering::SeqCst);
    let refused = stage.grants.revoke(&id, &by).await.unwrap_err();
    assert!(matches!(refused, RevokeFault::NotKept(_)), "{refused:?}");
    stage.holds("h_3").await;
    stage.until_asked("h_3").await;
    stage.disk.refuses_grants.store(false, Ordering::SeqCst);
    stage.grants.revoke(&id, &by).await.unwrap();
    assert!(stage.kept_grants()[0].ended.is_some() && stage.in_audit().contains(&by.id));
    assert!(matches!(stage.grants.revoke(&id, &by).await, Err(RevokeFault::Ended)));
}
