//! What dies with the agent: open asks, who is busy, unacknowledged events, remembered replies.

use super::DIRECTORY;
use super::commands::Results;
use super::disk::{Disk, Wish};
use crate::fake_opencode::wire::ResendBuffer;
use bridge_protocol::{
    AskTool, Event, EventFrame, Hello, PermissionAsk, QuestionAsk, QuestionItem, QuestionOption,
};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinSet;

/// Longest pause between two steps, in microseconds: long enough for a kill to fall into it.
const LONGEST_PAUSE_US: u64 = 6_000;

/// The answer that a waiting call gets.
pub(super) enum Answered {
    Once,
    Rejected(String),
    Answers(Vec<Vec<String>>),
}

/// One process, from its start to its kill.
pub(super) struct Life {
    pod: String,
    pub(super) boot_id: String,
    started_at: i64,
    disk: Arc<Mutex<Disk>>,
    memory: Mutex<Memory>,
    tasks: Mutex<Option<JoinSet<()>>>,
    pub(super) results: Results,
    /// An event waits to be sent.
    pub(super) news: Notify,
}

pub(super) struct Memory {
    pub(super) busy: HashSet<String>,
    pub(super) pending: BTreeMap<String, Pending>,
    pub(super) buffer: ResendBuffer,
    rng: StdRng,
}

pub(super) struct Pending {
    ask: Ask,
    waiter: oneshot::Sender<Answered>,
}

#[derive(Clone)]
enum Ask {
    Permission(PermissionAsk),
    Question(QuestionAsk),
}

impl Life {
    pub(super) fn begin(pod: &str, boot: u32, disk: Arc<Mutex<Disk>>, rng: StdRng) -> Arc<Self> {
        let (busy, pending, buffer) = (HashSet::new(), BTreeMap::new(), ResendBuffer::default());
        Arc::new(Self {
            pod: pod.to_owned(),
            boot_id: format!("boot_{boot}"),
            started_at: 1_000 + i64::from(boot),
            disk,
            memory: Mutex::new(Memory { busy, pending, buffer, rng }),
            tasks: Mutex::new(Some(JoinSet::new())),
            results: Results::default(),
            news: Notify::new(),
        })
    }

    /// Starts a task that ends with this life. After the kill nothing starts any more.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = lock(&self.tasks).as_mut() {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(task);
        }
    }

    pub(super) async fn end(&self) {
        let tasks = lock(&self.tasks).take();
        if let Some(mut tasks) = tasks {
            tasks.shutdown().await;
        }
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.memory)
    }

    pub(super) fn disk(&self) -> MutexGuard<'_, Disk> {
        lock(&self.disk)
    }

    /// Between any two steps there is a moment in which the process can die.
    pub(super) async fn pause(&self) {
        let pause = self.memory().rng.random_range(0..LONGEST_PAUSE_US);
        tokio::time::sleep(Duration::from_micros(pause)).await;
    }

    pub(super) fn tell(&self, session: &str, event: Event) {
        let mut memory = self.memory();
        let seq = memory.buffer.next_seq();
        memory.buffer.push(EventFrame {
            seq,
            session_id: session.to_owned(),
            at: 1_000,
            traceparent: None,
            event,
        });
        drop(memory);
        self.news.notify_one();
    }

    /// Puts an ask up; its answer comes through the receiver.
    pub(super) fn ask(&self, session: &str, wish: Wish, tool: AskTool) -> oneshot::Receiver<Answered> {
        let (waiter, answer) = oneshot::channel();
        let (id, ask) = self.named(session, wish, &tool);
        if let Some(call) = self.disk().call(session, &tool) {
            call.asked_as = Some(id.clone());
        }
        let event = match ask.clone() {
            Ask::Permission(ask) => Event::PermissionAsked { ask },
            Ask::Question(ask) => Event::QuestionAsked { ask },
        };
        self.memory().pending.insert(id, Pending { ask, waiter });
        self.tell(session, event);
        answer
    }

    fn named(&self, session: &str, wish: Wish, tool: &AskTool) -> (String, Ask) {
        match wish {
            Wish::Run { command } => {
                let id = self.disk().next("per_double");
                let ask = Ask::Permission(permission(&id, session, &command, tool));
                (id, ask)
            }
            Wish::Ask { question } => {
                let id = self.disk().next("que_double");
                let ask = Ask::Question(question_ask(&id, session, &question, tool));
                (id, ask)
            }
        }
    }

    /// Takes an answer, if somebody still waits for it.
    pub(super) fn resolve(&self, session: &str, id: &str, answer: Answered) -> bool {
        let Some(Pending { ask, waiter }) = self.memory().pending.remove(id) else { return false };
        let (id, by_gateway) = (id.to_owned(), true);
        let event = match (ask, &answer) {
            (Ask::Question(_), Answered::Answers(given)) => {
                Event::QuestionResolved { question_id: id, answers: Some(given.clone()), by_gateway }
            }
            (_, Answered::Rejected(_)) => {
                Event::PermissionResolved { permission_id: id, reply: "reject".to_owned(), by_gateway }
            }
            _ => Event::PermissionResolved { permission_id: id, reply: "once".to_owned(), by_gateway },
        };
        self.tell(session, event);
        // The call's task dies only with this whole life.
        waiter.send(answer).is_ok()
    }

    pub(super) fn hello(&self) -> Hello {
        let memory = self.memory();
        let pending = || memory.pending.values().map(|pending| pending.ask.clone());
        let permissions =
            pending().filter_map(|ask| if let Ask::Permission(p) = ask { Some(p) } else { None });
        let questions = pending().filter_map(|ask| if let Ask::Question(q) = ask { Some(q) } else { None });
        Hello {
            directories: vec![DIRECTORY.to_owned()],
            sessions: self.disk().snapshots(|id| memory.busy.contains(id)),
            permissions: permissions.collect(),
            questions: questions.collect(),
            position: memory.buffer.position(),
            started_at: self.started_at,
            ..crate::fake_opencode::wire::hello(&self.pod, &self.boot_id)
        }
    }
}

fn permission(id: &str, session: &str, command: &str, tool: &AskTool) -> PermissionAsk {
    let metadata = [("command".to_owned(), command.into())].into_iter().collect();
    PermissionAsk {
        id: id.to_owned(),
        session_id: session.to_owned(),
        directory: DIRECTORY.to_owned(),
        permission: "bash".to_owned(),
        patterns: vec![command.to_owned()],
        always: vec![],
        metadata,
        tool: Some(tool.clone()),
    }
}

fn question_ask(id: &str, session: &str, question: &str, tool: &AskTool) -> QuestionAsk {
    let option = |label: &str| QuestionOption { label: label.to_owned(), description: String::new() };
    let question = QuestionItem {
        question: question.to_owned(),
        header: String::new(),
        options: vec![option("Postgres"), option("SQLite")],
        multiple: false,
        custom: true,
    };
    QuestionAsk {
        id: id.to_owned(),
        session_id: session.to_owned(),
        directory: DIRECTORY.to_owned(),
        questions: vec![question],
        tool: Some(tool.clone()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
