//! Finds the task of a session, starts it when there is none.

use super::aside::{AsideBook, SetAside};
use super::cards::Cards;
use super::dirty::Dirty;
use super::metrics::CoreMetrics;
use super::running::RunningSessions;
use super::task::{Back, Letter, Mail, Standing, Surroundings, Task};
use super::threads::Threads;
use crate::clock::Clock;
use crate::sessions::live::Board;
use crate::sessions::ports::{Agents, FileShelf, Keeper, MessageSource, Receipt};
use crate::sessions::workspace_setup::WorkspaceSetup;
use bridge_protocol::{Hello, SessionSnapshot, SessionStatus, limits};
use dashmap::{DashMap, Entry};
use gateway_domain::{
    About, AgentInput, Asked, Effect, Limits, PersonInput, PolicyBook, ProgressLine, Session, SessionRecord,
    Verdict,
};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Letters that may wait for one session. Whoever brings more waits: a pod's events in the pod's own queue, a
/// person's answer with its request.
const MAILBOX: usize = 1024;

pub struct Cores {
    sessions: DashMap<String, Core>,
    aside: AsideBook,
    around: Arc<Surroundings>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Core {
    pod: Arc<str>,
    mail: mpsc::Sender<Letter>,
    dirty: Arc<Dirty>,
}

/// What `Cores` is put together from.
pub struct Parts {
    pub policies: PolicyBook,
    pub limits: Limits,
    pub clock: Arc<dyn Clock>,
    pub keeper: Arc<dyn Keeper>,
    pub shelf: Arc<dyn FileShelf>,
    pub agents: Arc<dyn Agents>,
    pub messages: Arc<dyn MessageSource>,
    pub board: Arc<Board>,
    pub cards: Arc<Cards>,
    pub threads: Arc<Threads>,
    pub setup: Arc<WorkspaceSetup>,
    pub metrics: CoreMetrics,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl Cores {
    pub fn new(parts: Parts) -> Self {
        let Parts {
            policies,
            limits,
            clock,
            keeper,
            shelf,
            agents,
            messages,
            board,
            cards,
            threads,
            setup,
            metrics,
            tasks,
            stop,
        } = parts;
        let around = Surroundings {
            policies,
            running: Arc::new(RunningSessions::new(limits)),
            clock,
            keeper,
            shelf,
            agents,
            messages,
            board,
            cards,
            threads,
            metrics,
            setup,
            stop: stop.clone(),
        };
        Self { sessions: DashMap::new(), aside: AsideBook::default(), around: Arc::new(around), tasks, stop }
    }

    pub fn running(&self) -> &Arc<RunningSessions> {
        &self.around.running
    }

    /// Takes up the sessions that were on disk.
    pub fn restore(&self, records: Vec<SessionRecord>) {
        for record in records {
            let (id, pod): (_, Arc<str>) = (record.session.clone(), record.pod.as_str().into());
            let (now, policy) = (self.around.clock.now(), self.around.policies.of(&record.about));
            let (session, effects) = Session::restore(record, policy, now);
            self.around.threads.is_behind(&id);
            for ask in session.asks_as_seen() {
                self.around.cards.show(&id, ask);
            }
            let core = self.start(session, pod, effects);
            self.sessions.insert(id, core);
        }
    }

    /// Sessions whose records cannot be used; told once, before anything else is told.
    pub fn set_aside(&self, all: Vec<SetAside>) {
        self.aside.set(all, &self.around);
    }

    /// What is wrong with the session's record, if it is set aside.
    pub fn unrecoverable(&self, session: &str) -> Option<&str> {
        self.aside.why(session)
    }

    /// Something that OpenCode told of a session's asks.
    pub async fn tell(&self, pod: &Arc<str>, session: &str, input: AgentInput, receipt: Box<dyn Receipt>) {
        if self.aside.why(session).is_some() {
            self.aside.told(pod, session, input, &self.around, &self.tasks);
            return receipt.done();
        }
        let letter = Letter { receipt: Some(receipt), ..Letter::of(input) };
        // The task ends only with the gateway; then the receipt is dropped, and the event comes again.
        let _ = self.core(pod, session).mail.send(letter).await;
    }

    /// A session that the gateway started. Told again by OpenCode, it stays what it is.
    pub async fn register(&self, pod: &Arc<str>, session: &str, about: About) {
        if self.aside.why(session).is_some() {
            return;
        }
        let letter = Letter::of(AgentInput::Described(about));
        let _ = self.core(pod, session).mail.send(letter).await;
    }

    /// A session that the gateway made, with what was told while it was being made.
    pub async fn begin(&self, pod: &Arc<str>, session: &str, about: About, progress: Vec<ProgressLine>) {
        let letter = Letter::of(PersonInput::Begun { about, progress });
        let _ = self.core(pod, session).mail.send(letter).await;
    }

    pub fn knows(&self, session: &str) -> bool {
        self.sessions.contains_key(session) || self.aside.why(session).is_some()
    }

    /// A message of the session changed in the live picture.
    pub fn touched(&self, pod: &Arc<str>, session: &str, message: &str) {
        if self.aside.why(session).is_some() {
            return;
        }
        if let Some(core) = self.sessions.get(session) {
            return core.dirty.mark(message);
        }
        self.core(pod, session).dirty.mark(message);
    }

    /// Messages were read anew from OpenCode, or could not be. A session that nobody deals with stays without a task.
    pub fn repaired(&self, session: &str, messages: &[String]) {
        if let Some(core) = self.sessions.get(session) {
            messages.iter().for_each(|message| core.dirty.mark(message));
            core.dirty.mark_whole();
        }
    }

    /// Something that a person did. `None` when the gateway stops before it is decided.
    pub async fn person(&self, session: &str, did: PersonInput) -> Option<Verdict> {
        let core = self.sessions.get(session).map(|core| core.clone())?;
        let (sender, verdict) = oneshot::channel();
        core.mail.send(Letter { verdict: Some(sender), ..Letter::of(did) }).await.ok()?;
        verdict.await.ok()
    }

    /// A session that somebody deals with lives in this pod from now on: a new container has another name and the
    /// same data.
    pub async fn lives_in(&self, pod: &Arc<str>, session: &str) {
        let Some(mail) = self.move_to(pod, session) else { return };
        let _ = mail.send(Letter::bare(Mail::LivesIn(Arc::clone(pod)))).await;
    }

    /// The mailbox of a session that was in another pod until now.
    fn move_to(&self, pod: &Arc<str>, session: &str) -> Option<mpsc::Sender<Letter>> {
        let mut core = self.sessions.get_mut(session).filter(|core| core.pod != *pod)?;
        core.pod = Arc::clone(pod);
        Some(core.mail.clone())
    }

    pub async fn pod_lost(&self, pod: &Arc<str>) {
        for core in self.of_pod(pod) {
            let _ = core.mail.send(Letter::of(AgentInput::PodLost)).await;
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
        let mut backs: HashMap<String, Back> = HashMap::new();
        for core in self.sessions.iter().filter(|core| core.pod == *pod) {
            backs.insert(core.key().clone(), Back::default());
        }
        for known in &hello.sessions {
            if let Some(back) = backs.get_mut(&known.session.id) {
                back.standing = standing(known);
            }
        }
        self.not_listed(hello, &backs);
        self.aside.back(pod, hello, &self.around);
        for asked in asks {
            let root = root(&asked.session);
            if self.aside.why(&root).is_some() {
                self.aside.told(pod, &root, AgentInput::Asked(asked), &self.around, &self.tasks);
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
            let _ = self.core(pod, &session).mail.send(letter).await;
        }
    }

    /// Nobody will read what OpenCode does not list: such threads are as whole as they get.
    fn not_listed(&self, hello: &Hello, known: &HashMap<String, Back>) {
        let listed: HashSet<&str> = hello.sessions.iter().map(|one| one.session.id.as_str()).collect();
        for session in known.keys().filter(|session| !listed.contains(session.as_str())) {
            self.repaired(session, &[]);
        }
    }

    fn of_pod(&self, pod: &Arc<str>) -> Vec<Core> {
        self.sessions.iter().filter(|core| core.pod == *pod).map(|core| core.value().clone()).collect()
    }

    fn core(&self, pod: &Arc<str>, session: &str) -> Core {
        match self.sessions.entry(session.to_owned()) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let new = Session::new(session, pod, self.around.policies.standard.clone());
                let core = self.start(new, Arc::clone(pod), vec![]);
                entry.insert(core.clone());
                core
            }
        }
    }

    fn start(&self, session: Session, pod: Arc<str>, first: Vec<Effect>) -> Core {
        let (mail, letters) = mpsc::channel(MAILBOX);
        let dirty = Arc::new(Dirty::default());
        let task =
            Task::new(session, Arc::clone(&self.around), Arc::clone(&dirty), (mail.downgrade(), letters));
        // A mailbox that was just made has room.
        let _ = mail.try_send(Letter::bare(Mail::Run(first)));
        self.tasks.spawn(task.run(self.stop.clone()));
        Core { pod, mail, dirty }
    }
}

fn standing(known: &SessionSnapshot) -> Standing {
    let unfinished = known.turn.as_ref().is_some_and(|turn| !turn.finished);
    match known.status {
        SessionStatus::Busy | SessionStatus::Retry => Standing::Busy,
        SessionStatus::Idle if unfinished => Standing::Interrupted,
        SessionStatus::Idle => Standing::Idle,
        SessionStatus::Unknown => Standing::Unknown,
    }
}

/// A session that OpenCode does not list although it lists all was deleted while nobody listened. An empty list
/// says nothing: OpenCode may not have answered in time.
fn is_gone(hello: &Hello, session: &str) -> bool {
    let lists_all = !hello.sessions.is_empty() && hello.sessions.len() < limits::MAX_HELLO_SESSIONS;
    lists_all && !hello.sessions.iter().any(|known| known.session.id == session)
}
