//! Carries what pods tell into the live picture, and starts the repairs that it needs.

use super::core::Cores;
use super::live::Board;
use super::ports::{Delivery, Inbound, PodFeed, Receipt};
use super::repair::RepairQueue;
use bridge_protocol::{AskTool as WireTool, Event, EventFrame, Hello, PermissionAsk, QuestionAsk};
use dashmap::DashMap;
use futures_util::future::BoxFuture;
use gateway_domain::{AskBody, AskTool, Asked, Input, Question};
use std::sync::Arc;

pub struct Feed {
    board: Arc<Board>,
    cores: Arc<Cores>,
    repairs: RepairQueue,
    /// The boot each pod was last seen with.
    boots: DashMap<Arc<str>, String>,
}

impl Feed {
    pub fn new(board: Arc<Board>, cores: Arc<Cores>, repairs: RepairQueue) -> Self {
        Self { board, cores, repairs, boots: DashMap::new() }
    }

    async fn take_one(&self, pod: &Arc<str>, inbound: Inbound) {
        match inbound {
            Inbound::Event(delivery) => self.event(pod, *delivery).await,
            Inbound::Connected(hello) => self.connected(pod, &hello).await,
            Inbound::Lost => {
                self.board.pod_lost(pod);
                self.cores.pod_lost(pod).await;
            }
        }
    }

    /// An event about asks is done once the session that decides has it on disk; any other at once.
    async fn event(&self, pod: &Arc<str>, Delivery { event, receipt }: Delivery) {
        let session = event.session_id.clone();
        let about_asks = self.about_asks(&event);
        if self.board.apply(pod, event) {
            self.repairs.ask(session.clone()).await;
        }
        match about_asks {
            Some(input) => self.cores.tell(pod, &session, input, receipt).await,
            None => receipt.done(),
        }
    }

    fn about_asks(&self, frame: &EventFrame) -> Option<Input> {
        let known = || self.cores.knows(&frame.session_id);
        match &frame.event {
            Event::PermissionAsked { ask } => Some(Input::Asked(permission(ask))),
            Event::QuestionAsked { ask } => Some(Input::Asked(question(ask))),
            Event::PermissionResolved { permission_id, reply, by_gateway } => Some(Input::Resolved {
                opencode_id: permission_id.clone(),
                answer: reply.clone(),
                by_gateway: *by_gateway,
            }),
            Event::QuestionResolved { question_id, answers, by_gateway } => Some(Input::Resolved {
                opencode_id: question_id.clone(),
                answer: answers
                    .as_ref()
                    .map_or_else(|| "dismissed".to_owned(), |all| all.concat().join(", ")),
                by_gateway: *by_gateway,
            }),
            Event::SessionIdle {} if known() => Some(Input::TurnEnded),
            Event::SessionFailed { aborted: true, .. } if known() => Some(Input::Aborted),
            Event::SessionDeleted {} if known() => Some(Input::Deleted),
            _ => None,
        }
    }

    async fn connected(&self, pod: &Arc<str>, hello: &Hello) {
        let before = self.boots.insert(Arc::clone(pod), hello.boot_id.clone());
        let same_boot = before.as_deref() == Some(hello.boot_id.as_str());
        for session in self.board.reconcile(pod, hello, same_boot && !hello.position.overflowed) {
            self.repairs.ask(session).await;
        }
        // Asks whose event was never seen, because the gateway was away.
        for ask in &hello.permissions {
            self.cores.tell(pod, &ask.session_id, Input::Asked(permission(ask)), Box::new(NobodyWaits)).await;
        }
        for ask in &hello.questions {
            self.cores.tell(pod, &ask.session_id, Input::Asked(question(ask)), Box::new(NobodyWaits)).await;
        }
        self.cores.pod_back(pod, hello).await;
    }
}

/// What a hello tells needs no receipt: the next hello tells it again.
struct NobodyWaits;

impl Receipt for NobodyWaits {
    fn done(self: Box<Self>) {}
}

fn permission(ask: &PermissionAsk) -> Asked {
    let body = AskBody::Permission {
        permission: ask.permission.clone(),
        patterns: ask.patterns.clone(),
        always: ask.always.clone(),
        metadata: ask.metadata.clone(),
    };
    asked(&ask.id, &ask.session_id, &ask.directory, ask.tool.as_ref(), body)
}

fn question(ask: &QuestionAsk) -> Asked {
    let questions = ask.questions.iter().map(|one| Question {
        question: one.question.clone(),
        options: one.options.iter().map(|option| option.label.clone()).collect(),
    });
    let body = AskBody::Question { questions: questions.collect() };
    asked(&ask.id, &ask.session_id, &ask.directory, ask.tool.as_ref(), body)
}

fn asked(id: &str, session: &str, directory: &str, tool: Option<&WireTool>, body: AskBody) -> Asked {
    let tool =
        tool.map(|tool| AskTool { message_id: tool.message_id.clone(), call_id: tool.call_id.clone() });
    Asked {
        opencode_id: id.to_owned(),
        session: session.to_owned(),
        directory: directory.to_owned(),
        tool,
        body,
    }
}

impl PodFeed for Feed {
    fn take<'a>(&'a self, pod: &'a str, batch: Vec<Inbound>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let pod: Arc<str> = pod.into();
            for inbound in batch {
                self.take_one(&pod, inbound).await;
            }
        })
    }
}
