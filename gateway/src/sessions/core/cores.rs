//! Finds the task of a session, starts it when there is none.

use super::cards::Cards;
use super::task::{Letter, Mail, Surroundings, Task};
use crate::clock::Clock;
use crate::sessions::live::Board;
use crate::sessions::ports::{AskExecutor, Keeper, MessageSource, Receipt};
use bridge_protocol::Hello;
use dashmap::{DashMap, Entry};
use gateway_domain::{AnswerGiven, AskPolicy, Input, Session, SessionRecord, Verdict};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Letters that may wait for one session. Whoever brings more waits: a pod's events in the pod's own queue, a
/// person's answer with its request.
const MAILBOX: usize = 1024;

pub struct Cores {
    sessions: DashMap<String, Core>,
    around: Arc<Surroundings>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Clone)]
struct Core {
    pod: Arc<str>,
    mail: mpsc::Sender<Letter>,
}

/// What `Cores` is put together from.
pub struct Parts {
    pub policy: AskPolicy,
    pub clock: Arc<dyn Clock>,
    pub keeper: Arc<dyn Keeper>,
    pub executor: Arc<dyn AskExecutor>,
    pub messages: Arc<dyn MessageSource>,
    pub board: Arc<Board>,
    pub cards: Arc<Cards>,
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
}

impl Cores {
    pub fn new(parts: Parts) -> Self {
        let Parts { policy, clock, keeper, executor, messages, board, cards, tasks, stop } = parts;
        let around = Surroundings { policy, clock, keeper, executor, messages, board, cards };
        Self { sessions: DashMap::new(), around: Arc::new(around), tasks, stop }
    }

    /// Takes up the sessions that were on disk.
    pub async fn restore(&self, records: Vec<SessionRecord>) {
        for record in records {
            let (id, pod): (_, Arc<str>) = (record.session.clone(), record.pod.as_str().into());
            let now = self.around.clock.now();
            let (session, effects) = Session::restore(record, self.around.policy.clone(), now);
            for ask in &session.record().asks {
                self.around.cards.show(ask.clone());
            }
            let core = self.start(session, pod);
            self.sessions.insert(id, core.clone());
            // A mailbox that was just made has room.
            let _ = core.mail.send(Letter::bare(Mail::Run(effects))).await;
        }
    }

    /// Something that OpenCode told of a session's asks.
    pub async fn tell(&self, pod: &Arc<str>, session: &str, input: Input, receipt: Box<dyn Receipt>) {
        let letter = Letter { mail: Mail::Input(input), receipt: Some(receipt), verdict: None };
        // The task ends only with the gateway; then the receipt is dropped, and the event comes again.
        let _ = self.core(pod, session).mail.send(letter).await;
    }

    pub fn knows(&self, session: &str) -> bool {
        self.sessions.contains_key(session)
    }

    /// A person's answer. `None` when the gateway stops before it is decided.
    pub async fn answer(&self, session: &str, given: AnswerGiven) -> Option<Verdict> {
        let core = self.sessions.get(session).map(|core| core.clone())?;
        let (sender, verdict) = oneshot::channel();
        let mail = Mail::Input(Input::Answer(given));
        core.mail.send(Letter { mail, receipt: None, verdict: Some(sender) }).await.ok()?;
        verdict.await.ok()
    }

    pub async fn pod_lost(&self, pod: &Arc<str>) {
        for core in self.of_pod(pod) {
            let _ = core.mail.send(Letter::bare(Mail::Input(Input::PodLost))).await;
        }
    }

    /// Tells every session of the pod which of its asks OpenCode holds now.
    pub async fn pod_back(&self, pod: &Arc<str>, hello: &Hello) {
        let mut open: HashMap<&str, Vec<String>> = HashMap::new();
        let permissions = hello.permissions.iter().map(|ask| (ask.session_id.as_str(), &ask.id));
        let questions = hello.questions.iter().map(|ask| (ask.session_id.as_str(), &ask.id));
        for (session, id) in permissions.chain(questions) {
            open.entry(session).or_default().push(id.clone());
        }
        let known: Vec<_> =
            self.sessions.iter().filter(|core| core.pod == *pod).map(|core| core.key().clone()).collect();
        for session in known {
            let open = open.remove(session.as_str()).unwrap_or_default();
            let core = self.core(pod, &session);
            let _ = core.mail.send(Letter::bare(Mail::PodBack { open })).await;
        }
    }

    fn of_pod(&self, pod: &Arc<str>) -> Vec<Core> {
        self.sessions.iter().filter(|core| core.pod == *pod).map(|core| core.value().clone()).collect()
    }

    fn core(&self, pod: &Arc<str>, session: &str) -> Core {
        match self.sessions.entry(session.to_owned()) {
            Entry::Occupied(entry) => entry.get().clone(),
            Entry::Vacant(entry) => {
                let new = Session::new(session, pod, self.around.policy.clone());
                let core = self.start(new, Arc::clone(pod));
                entry.insert(core.clone());
                core
            }
        }
    }

    fn start(&self, session: Session, pod: Arc<str>) -> Core {
        let (mail, letters) = mpsc::channel(MAILBOX);
        let task = Task::new(session, Arc::clone(&self.around), mail.downgrade());
        self.tasks.spawn(task.run(letters, self.stop.clone()));
        Core { pod, mail }
    }
}
