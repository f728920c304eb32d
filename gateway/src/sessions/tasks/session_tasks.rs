//! Finds the task of a session, starts it when there is none.

use super::aside::{AsideBook, SetAside};
use super::dirty::Dirty;
use super::metrics::TaskMetrics;
use super::open_asks::OpenAsks;
use super::pod_return::{PodReturn, TurnStanding};
use super::running::RunningSessions;
use super::task::{Letter, Mail, Task};
use super::task_context::TaskContext;
use super::threads::Threads;
use crate::clock::Clock;
use crate::sessions::grants::Grants;
use crate::sessions::guards::{Guards, NOT_SAID};
use crate::sessions::live::LiveSessions;
use crate::sessions::ports::{
    Agents, CheckHands, Deliveries, DeliveryNews, FileShelf, ForeignWord, Keeper, LabNews, Labs,
    MessageSource, Receipt,
};
use crate::sessions::workspace_setup::WorkspaceSetup;
use bridge_protocol::{Hello, SessionSnapshot, SessionStatus, limits};
use dashmap::{DashMap, Entry};
use gateway_domain::{
    About, AgentInput, Ask, Asked, AuditEntry, CheckSpec, Effect, Input, Limits, Person, PersonInput,
    PodCredential, PodIdentity, PolicyBook, ProgressLine, Proven, Session, SessionRecord, Verdict,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Letters that may wait for one session. Whoever brings more waits: a pod's events in the pod's own queue, a
/// person's answer with its request.
const MAILBOX: usize = 1024;

pub struct SessionTasks {
    sessions: DashMap<String, TaskHandle>,
    aside: AsideBook,
    context: Arc<TaskContext>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Clone)]
struct TaskHandle {
    home: Arc<PodIdentity>,
    mail: mpsc::Sender<Letter>,
    dirty: Arc<Dirty>,
}

/// What `SessionTasks` is put together from.
pub struct TaskParts {
    pub policies: PolicyBook,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
    pub keeper: Arc<dyn Keeper>,
    pub shelf: Arc<dyn FileShelf>,
    pub agents: Arc<dyn Agents>,
    pub messages: Arc<dyn MessageSource>,
    pub live: Arc<LiveSessions>,
    pub asks: Arc<OpenAsks>,
    pub threads: Arc<Threads>,
    pub setup: Arc<WorkspaceSetup>,
    pub grants: Arc<Grants>,
    pub checks: Arc<dyn CheckHands>,
    pub labs: Arc<dyn Labs>,
    pub deliveries: Arc<dyn Deliveries>,
    pub metrics: TaskMetrics,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl SessionTasks {
    pub fn new(parts: TaskParts) -> Self {
        let TaskParts {
            policies,
            limits,
            clock,
            keeper,
            shelf,
            agents,
            messages,
            live,
            asks,
            threads,
            setup,
            grants,
            checks,
            labs,
            deliveries,
            metrics,
            tasks,
            stop,
        } = parts;
        let context = TaskContext {
            policies,
            running: Arc::new(RunningSessions::new(limits)),
            clock,
            keeper,
            shelf,
            agents,
            messages,
            live,
            asks,
            threads,
            metrics,
            setup,
            grants,
            checks,
            labs,
            deliveries,
            stop: stop.clone(),
        };
        Self {
            sessions: DashMap::new(),
            aside: AsideBook::default(),
            context: Arc::new(context),
            tasks,
            stop,
        }
    }

    pub fn guards(&self) -> &Guards {
        self.context.threads.guards()
    }

    pub fn grants(&self) -> &Arc<Grants> {
        &self.context.grants
    }

    /// Why the rules don't let this person start a session there.
    pub fn no_start(&self, about: &About, by: &Person, proven: &Proven) -> Option<String> {
        let policy = self.context.policies.of(about);
        policy.rules?.no_start(&policy.people, about, &by.id, proven)
    }

    /// Whether this person can override the rules for it. Who is who is the same in every project.
    pub fn may_override(&self, ask: &Ask, by: &Person, proven: &Proven) -> bool {
        let people = self.context.policies.of(&About::default()).people;
        ask.rules.demand.as_ref().is_some_and(|demand| demand.lets_override(&people, &by.id, proven))
    }

    /// Why no session of this project begins in a pod that is unguarded.
    pub fn refuses_unguarded(&self, pod: &str, project: Option<&str>) -> Option<String> {
        let about = About { project: project.map(str::to_owned), ..About::default() };
        let gate = self.context.policies.of(&about).gate;
        let known = self.guards().of(pod);
        let is_gated = gate.is_on || known.as_ref().is_some_and(|known| known.has_gate);
        if !is_gated || gate.lets_unguarded {
            return None;
        }
        match known {
            None => Some(NOT_SAID.to_owned()),
            Some(known) => known.state.is_unguarded().then(|| known.state.gaps.join("; ")),
        }
    }

    /// The checks that the session's project has configured.
    pub fn configured_checks(&self, about: &About) -> Vec<CheckSpec> {
        self.context.policies.of(about).checks.checks.into_iter().map(|check| check.spec).collect()
    }

    pub fn running(&self) -> &Arc<RunningSessions> {
        &self.context.running
    }

    /// Takes up the sessions that were on disk.
    pub fn restore(&self, records: Vec<SessionRecord>) {
        self.context.grants.take_up(&records);
        for record in records {
            let id = record.session.clone();
            let home = Arc::new(PodIdentity::new(record.pod.clone(), record.pod_credential.clone()));
            self.context.live.homes().claim(&id, &home);
            let (now, policy) = (self.context.clock.now(), self.context.policies.of(&record.about));
            let (session, effects) = Session::restore(record, policy, now);
            self.context.threads.is_behind(&id);
            for ask in session.asks_as_seen() {
                self.context.asks.show(&id, ask);
            }
            let handle = self.start(session, home, effects);
            self.sessions.insert(id, handle);
        }
    }

    /// Sessions whose records cannot be used; told once, before anything else is told.
    pub fn set_aside(&self, all: Vec<SetAside>) {
        self.aside.set(all, &self.context);
    }

    /// What is wrong with the session's record, if it is set aside.
    pub fn unrecoverable(&self, session: &str) -> Option<&str> {
        self.aside.why(session)
    }

    /// Something that OpenCode told of a session's asks.
    pub async fn tell(&self, pod: &Arc<str>, session: &str, input: AgentInput, receipt: Box<dyn Receipt>) {
        if self.aside.why(session).is_some() {
            self.aside.told(pod, session, input, &self.context, &self.tasks);
            return receipt.done();
        }
        let letter = Letter { receipt: Some(receipt), ..Letter::of(input) };
        // The task ends only with the gateway; then the receipt is dropped, and the event comes again.
        let _ = self.handle(pod, session).mail.send(letter).await;
    }

    /// A session that the gateway started. Told again by OpenCode, it stays what it is.
    pub async fn register(&self, pod: &Arc<str>, session: &str, about: About) {
        if self.aside.why(session).is_some() {
            return;
        }
        let letter = Letter::of(AgentInput::Described(about));
        let _ = self.handle(pod, session).mail.send(letter).await;
    }

    /// A session that the gateway made, with what was told while it was being made.
    pub async fn begin(&self, pod: &Arc<str>, session: &str, about: About, progress: Vec<ProgressLine>) {
        let letter = Letter::of(PersonInput::Begun { about, progress });
        let _ = self.handle(pod, session).mail.send(letter).await;
    }

    pub fn knows(&self, session: &str) -> bool {
        self.sessions.contains_key(session) || self.aside.why(session).is_some()
    }

    /// A message of the session changed in the live picture.
    pub fn touched(&self, pod: &Arc<str>, session: &str, message: &str) {
        if self.aside.why(session).is_some() {
            return;
        }
        if let Some(handle) = self.sessions.get(session) {
            return handle.dirty.mark(message);
        }
        self.handle(pod, session).dirty.mark(message);
    }

    /// Messages were read anew from OpenCode, or could not be. A session that nobody deals with stays without a task.
    pub fn repaired(&self, session: &str, messages: &[String]) {
        if let Some(handle) = self.sessions.get(session) {
            messages.iter().for_each(|message| handle.dirty.mark(message));
            handle.dirty.mark_whole();
        }
    }

    /// Something that a person did. `None` when the gateway stops before it is decided.
    pub async fn person(&self, session: &str, did: PersonInput) -> Option<Verdict> {
        let handle = self.sessions.get(session).map(|handle| handle.clone())?;
        let (sender, verdict) = oneshot::channel();
        handle.mail.send(Letter { verdict: Some(sender), ..Letter::of(did) }).await.ok()?;
        verdict.await.ok()
    }

    /// A session that somebody deals with lives in this pod from now on: a new container has another name and the
    /// same data, or a person handed it over.
    pub async fn lives_in(&self, pod: &Arc<PodIdentity>, session: &str, by: Option<Person>) {
        let Some(mail) = self.move_to(pod, session) else { return };
        let _ = mail.send(Letter::bare(Mail::LivesIn(Arc::clone(pod), by))).await;
    }

    /// The mailbox of a session that was in another pod until now.
    fn move_to(&self, pod: &Arc<PodIdentity>, session: &str) -> Option<mpsc::Sender<Letter>> {
        let mut handle = self.sessions.get_mut(session).filter(|handle| handle.home != *pod)?;
        handle.home = Arc::clone(pod);
        Some(handle.mail.clone())
    }

    /// A pod that came under the name of another one has that one's sessions.
    pub async fn follows(&self, pod: &Arc<PodIdentity>) {
        let homes = self.context.live.homes();
        let before =
            self.sessions.iter().filter(|handle| handle.home.name == pod.name && handle.home != *pod);
        let sessions: Vec<String> = before.map(|handle| handle.key().clone()).collect();
        for session in sessions.iter().filter(|session| homes.is_elsewhere(session, pod).is_none()) {
            self.lives_in(pod, session, None).await;
        }
    }

    /// The session that people answer an ask of this id in.
    pub fn session_asking(&self, ask: &str) -> Option<String> {
        self.context.asks.session_of(ask)
    }

    /// A pod spoke for a session that is not its own. It stands in the log of that session.
    pub async fn refused(&self, pod: &PodIdentity, word: ForeignWord) {
        let title = self.context.threads.card_of(&word.session).map(|card| card.about.title.clone());
        let at = self.context.clock.now();
        let entry =
            AuditEntry::of_foreign_word(pod, &word.session, word.what, &title.unwrap_or_default(), at);
        // It is counted and in the log of the process as well.
        if let Err(error) = self.context.keeper.audit(&entry).await {
            tracing::error!(session_id = word.session, %error, "audit entry not saved");
        }
    }

    pub fn labs(&self) -> &Arc<dyn Labs> {
        &self.context.labs
    }

    /// Tells sessions what is seen of their labs, until nobody looks any more.
    pub async fn hear_of_labs(self: Arc<Self>, mut news: mpsc::Receiver<LabNews>, stop: CancellationToken) {
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = news.recv() => heard,
            };
            let Some((session, seen)) = heard else { return };
            // A session that is gone has no use for it.
            let mail = self.sessions.get(&session).map(|handle| handle.mail.clone());
            if let Some(mail) = mail {
                let _ = mail.send(Letter::of(Input::Lab(seen))).await;
            }
        }
    }

    pub fn deliveries(&self) -> &Arc<dyn Deliveries> {
        &self.context.deliveries
    }

    /// Tells sessions what deliveries of their work say, until nobody says anything.
    pub async fn hear_of_deliveries(
        self: Arc<Self>,
        mut news: mpsc::Receiver<DeliveryNews>,
        stop: CancellationToken,
    ) {
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = news.recv() => heard,
            };
            let Some(DeliveryNews { session, word, heard }) = heard else { return };
            // A session that is gone has no use for it: `heard` is dropped.
            let mail = self.sessions.get(&session).map(|handle| handle.mail.clone());
            if let Some(mail) = mail {
                let letter = Letter { verdict: Some(heard), ..Letter::of(Input::Delivery(word)) };
                let _ = mail.send(letter).await;
            }
        }
    }

    pub async fn pod_lost(&self, pod: &Arc<str>) {
        for handle in self.of_pod(pod) {
            let _ = handle.mail.send(Letter::of(AgentInput::PodLost)).await;
        }
    }

    /// Tells every session of the pod how OpenCode has it now, and those that are gone that they are. `root` finds
    /// the session that people see.
    pub async fn pod_back(
        &self,
        pod: &Arc<str>,
        hello: &Hello,
        asks: Vec<Asked>,
        root: &(dyn Fn(&str) -> String + Sync),
    ) {
        let mut backs: HashMap<String, PodReturn> = HashMap::new();
        for handle in self.sessions.iter().filter(|handle| *handle.home.name == **pod) {
            backs.insert(handle.key().clone(), PodReturn::default());
        }
        for known in &hello.sessions {
            if let Some(back) = backs.get_mut(&known.session.id) {
                back.standing = standing(known);
            }
        }
        self.not_listed(hello, &backs);
        self.aside.back(pod, hello, &self.context);
        for asked in asks {
            let root = root(&asked.session);
            if self.aside.why(&root).is_some() {
                self.aside.told(pod, &root, AgentInput::Asked(asked), &self.context, &self.tasks);
                continue;
            }
            let back = backs.entry(root).or_default();
            back.open.push(asked.opencode_id.clone());
            back.asks.push(asked);
        }
        for held in &hello.held {
            let nearest = held.parents.last().unwrap_or(&held.session_id);
            let root = root(nearest);
            if self.aside.why(&root).is_none() {
                backs.entry(root).or_default().open.push(held.hold_id.clone());
            }
        }
        for (session, back) in backs {
            let gone = back.open.is_empty() && is_gone(hello, &session);
            let letter =
                if gone { Letter::of(AgentInput::Deleted) } else { Letter::bare(Mail::PodBack(back)) };
            let _ = self.handle(pod, &session).mail.send(letter).await;
        }
    }

    /// Nobody will read what OpenCode does not list: such threads are as whole as they get.
    fn not_listed(&self, hello: &Hello, known: &HashMap<String, PodReturn>) {
        let listed: HashSet<&str> = hello.sessions.iter().map(|one| one.session.id.as_str()).collect();
        for session in known.keys().filter(|session| !listed.contains(session.as_str())) {
            self.repaired(session, &[]);
        }
    }

    fn of_pod(&self, pod: &Arc<str>) -> Vec<TaskHandle> {
        self.sessions
            .iter()
            .filter(|handle| *handle.home.name == **pod)
            .map(|handle| handle.value().clone())
            .collect()
    }

    fn handle(&self, pod: &Arc<str>, session: &str) -> TaskHandle {
        match self.sessions.entry(session.to_owned()) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let unknown = || Arc::new(PodIdentity::new(&**pod, PodCredential::Unknown));
                let home = self.context.live.homes().of(session).unwrap_or_else(unknown);
                let new = Session::new(session, pod, self.context.policies.standard.clone()).in_pod(&home);
                let handle = self.start(new, home, vec![]);
                entry.insert(handle.clone());
                handle
            }
        }
    }

    fn start(&self, session: Session, home: Arc<PodIdentity>, first: Vec<Effect>) -> TaskHandle {
        let (mail, letters) = mpsc::channel(MAILBOX);
        let dirty = Arc::new(Dirty::default());
        let task =
            Task::new(session, Arc::clone(&self.context), Arc::clone(&dirty), (mail.downgrade(), letters));
        // A mailbox that was just made has room.
        let _ = mail.try_send(Letter::bare(Mail::Run(first)));
        self.tasks.spawn(task.run(self.stop.clone()));
        TaskHandle { home, mail, dirty }
    }
}

fn standing(known: &SessionSnapshot) -> TurnStanding {
    let unfinished = known.turn.as_ref().is_some_and(|turn| !turn.finished);
    match known.status {
        SessionStatus::Busy | SessionStatus::Retry => TurnStanding::Busy,
        SessionStatus::Idle if unfinished => TurnStanding::Interrupted,
        SessionStatus::Idle => TurnStanding::Idle,
        SessionStatus::Unknown => TurnStanding::Unknown,
    }
}

/// A session that OpenCode does not list although it lists all was deleted while nobody listened. An empty list
/// says nothing: OpenCode may not have answered in time.
fn is_gone(hello: &Hello, session: &str) -> bool {
    let lists_all = !hello.sessions.is_empty() && hello.sessions.len() < limits::MAX_HELLO_SESSIONS;
    lists_all && !hello.sessions.iter().any(|known| known.session.id == session)
}
