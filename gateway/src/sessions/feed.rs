//! Carries what pods tell into the live picture, and starts the repairs that it needs.

use super::live::LiveSessions;
use super::ports::{Delivery, Inbound, PodFeed, Receipt};
use super::repair::RepairQueue;
use super::tasks::SessionTasks;
use crate::trace;
use bridge_protocol::{
    AskTool as WireTool, Event, EventFrame, FileChange, GateAlarm, HeldTool, Hello, PartKind, PermissionAsk,
    QuestionAsk, SessionInfo,
};
use dashmap::DashMap;
use futures_util::future::BoxFuture;
use gateway_domain::thread::Milestone;
use gateway_domain::{
    About, AgentInput, AskBody, AskTool, Asked, FileSeen, Held, HeldCall, PodIdentity, Question, one_line,
};
use jiff::Timestamp;
use std::sync::Arc;
use tracing::{Instrument, Span};

/// Pods are forgotten elsewhere when there are too many of them; here all at once.
const REMEMBERED_BOOTS: usize = 4_000;

pub struct Feed {
    live: Arc<LiveSessions>,
    session_tasks: Arc<SessionTasks>,
    repairs: RepairQueue,
    /// The boot each pod was last seen with.
    boots: DashMap<Arc<str>, String>,
}

impl Feed {
    pub fn new(live: Arc<LiveSessions>, session_tasks: Arc<SessionTasks>, repairs: RepairQueue) -> Self {
        Self { live, session_tasks, repairs, boots: DashMap::new() }
    }

    async fn take_one(&self, identity: &Arc<PodIdentity>, pod: &Arc<str>, inbound: Inbound) {
        match inbound {
            Inbound::Event(delivery) => {
                let span = span(&delivery.event);
                self.event(identity, pod, *delivery).instrument(span).await;
            }
            Inbound::Connected(hello) => self.connected(identity, pod, &hello).await,
            Inbound::HandedOver { session, by } => {
                self.live.lives_in(pod, &session);
                self.session_tasks.lives_in(identity, &session, by).await;
                self.repairs.ask(session).await;
            }
            Inbound::Refused(word) => self.session_tasks.refused(identity, word).await,
            Inbound::Lost => {
                self.live.pod_lost(pod);
                self.session_tasks.pod_lost(pod).await;
            }
        }
    }

    /// An event that decides something is done once the session has it on disk; any other at once.
    async fn event(
        &self,
        identity: &Arc<PodIdentity>,
        pod: &Arc<str>,
        Delivery { event, receipt }: Delivery,
    ) {
        let session = event.session_id.clone();
        let root = match &event.event {
            Event::ToolHeld { held } => self.root_of(held),
            _ => self.live.root(&session).into_owned(),
        };
        if matches!(event.event, Event::SessionCreated { .. }) {
            self.session_tasks.lives_in(identity, &session, None).await;
        }
        let input = decisive(&event).or_else(|| self.passing(&event, &root, &session));
        let message = touched(&event.event).filter(|_| root == session);
        if self.live.apply(pod, event) {
            self.repairs.ask(session.clone()).await;
        }
        if let Some(message) = message {
            self.session_tasks.touched(pod, &session, &message);
        }
        match input {
            Some(input) => self.session_tasks.tell(pod, &root, input, receipt).await,
            None => receipt.done(),
        }
    }

    /// The plugin says whose sub-agent it is, also where the session was not told of yet.
    fn root_of(&self, held: &HeldTool) -> String {
        let known = self.live.root(&held.session_id);
        match held.parents.last() {
            Some(root) if *known == held.session_id => self.live.root(root).into_owned(),
            _ => known.into_owned(),
        }
    }

    /// What tells how a session does. A sub-agent's comings and goings are its parent's tool call.
    fn passing(&self, frame: &EventFrame, root: &str, session: &str) -> Option<AgentInput> {
        if root != session {
            return None;
        }
        let known = self.session_tasks.knows(session);
        match &frame.event {
            Event::SessionActive {} => Some(AgentInput::TurnBegan),
            Event::SessionCreated { session } | Event::SessionUpdated { session } if known => {
                Some(AgentInput::Described(about(session)))
            }
            Event::SessionIdle {} if known => Some(AgentInput::TurnEnded),
            Event::SessionFailed { aborted: true, .. } if known => Some(AgentInput::Aborted),
            Event::SessionFailed { error, .. } if known => {
                Some(AgentInput::Failed { message: error.message.clone() })
            }
            Event::SessionRetrying { attempt, message, .. } if known => {
                Some(AgentInput::Retrying { attempt: *attempt, message: message.clone() })
            }
            Event::FilesChanged { files } if known => {
                Some(AgentInput::FilesChanged(files.iter().map(file).collect()))
            }
            Event::SessionDeleted {} if known => Some(AgentInput::Deleted),
            _ => None,
        }
    }

    async fn connected(&self, identity: &Arc<PodIdentity>, pod: &Arc<str>, hello: &Hello) {
        if self.boots.len() >= REMEMBERED_BOOTS {
            // One that is not known counts as new, and what it shows is read again.
            self.boots.clear();
        }
        let before = self.boots.insert(Arc::clone(pod), hello.boot_id.clone());
        let same_boot = before.as_deref() == Some(hello.boot_id.as_str());
        let told_all = same_boot && !hello.position.overflowed;
        let shown = |session: &str| self.session_tasks.knows(session);
        for session in self.live.reconcile(pod, hello, told_all, &shown) {
            self.repairs.ask(session).await;
        }
        self.session_tasks.follows(identity).await;
        for known in &hello.sessions {
            self.session_tasks.lives_in(identity, &known.session.id, None).await;
        }
        for call in &hello.held {
            let root = self.root_of(call);
            self.session_tasks.tell(pod, &root, held(call), Box::new(NobodyWaits)).await;
        }
        // Also asks whose event was never seen, because the gateway was away.
        let permissions = hello.permissions.iter().map(permission);
        let asks = permissions.chain(hello.questions.iter().map(question)).collect();
        let root = |session: &str| self.live.root(session).into_owned();
        self.session_tasks.pod_back(pod, hello, asks, &root).await;
    }
}

/// What came of something that a person did is a part of the trace that it began.
fn span(event: &EventFrame) -> Span {
    let Some(traceparent) = &event.traceparent else { return Span::none() };
    let name = event.event.name();
    let span =
        tracing::info_span!("event", otel.name = name, otel.kind = "consumer", session_id = event.session_id);
    trace::join(&span, Some(traceparent));
    span
}

/// What must survive: the event comes again until the session has it on disk.
fn decisive(frame: &EventFrame) -> Option<AgentInput> {
    match &frame.event {
        Event::PermissionAsked { ask } => Some(AgentInput::Asked(permission(ask))),
        Event::QuestionAsked { ask } => Some(AgentInput::Asked(question(ask))),
        Event::PermissionResolved { permission_id, reply, by_gateway } => Some(AgentInput::Resolved {
            opencode_id: permission_id.clone(),
            answer: reply.clone(),
            by_gateway: *by_gateway,
        }),
        Event::QuestionResolved { question_id, answers, by_gateway } => Some(AgentInput::Resolved {
            opencode_id: question_id.clone(),
            answer: answers.as_ref().map_or_else(|| "dismissed".to_owned(), |all| all.concat().join(", ")),
            by_gateway: *by_gateway,
        }),
        Event::ToolHeld { held: call } => Some(held(call)),
        Event::ToolUnheld { hold_id, ran } => {
            Some(AgentInput::Unheld { hold_id: hold_id.clone(), ran: *ran })
        }
        Event::GateAlarmed { alarm, detail } => Some(alarmed(*alarm, detail)),
        Event::AgentChecksWanted { wish_id, names } => {
            Some(AgentInput::WantsChecks { wish: wish_id.clone(), names: names.clone() })
        }
        Event::AgentMilestone { milestone_id, kind, description, details } => {
            Some(AgentInput::Milestone(Milestone {
                id: milestone_id.clone(),
                at: Timestamp::from_millisecond(frame.at).unwrap_or_default(),
                sort: kind.clone(),
                description: description.clone(),
                details: details.clone(),
            }))
        }
        _ => None,
    }
}

/// The message that the event changes.
fn touched(event: &Event) -> Option<String> {
    match event {
        Event::MessageStarted { message } | Event::MessageCompleted { message } => Some(message.id.clone()),
        // Of a thought it is shown that it began, and then all of it.
        Event::PartStreamed { message_id, kind: PartKind::Reasoning, offset: 0, .. }
        | Event::PartStreamed { message_id, kind: PartKind::Text, .. }
        | Event::PartCompleted { message_id, kind: PartKind::Text | PartKind::Reasoning, .. }
        | Event::PartAttached { message_id, .. }
        | Event::ToolExecuted { message_id, .. } => Some(message_id.clone()),
        _ => None,
    }
}

/// What OpenCode says of a session, for the card.
pub(crate) fn about(session: &SessionInfo) -> About {
    let model = session.model.as_ref().map(|model| format!("{}/{}", model.provider, model.model));
    About {
        title: session.title.clone(),
        directory: session.directory.clone(),
        agent: session.agent.clone(),
        model,
        ..About::default()
    }
}

fn file(change: &FileChange) -> FileSeen {
    let FileChange { path, additions, deletions, .. } = change;
    FileSeen { path: path.clone(), additions: additions.unwrap_or(0), deletions: deletions.unwrap_or(0) }
}

fn held(call: &HeldTool) -> AgentInput {
    let HeldTool {
        hold_id,
        session_id: session,
        directory,
        tool,
        call_id,
        message_id,
        file,
        command,
        judge,
        early,
        parents: _,
        args: arguments,
        real_file,
        diff,
        denied_by,
    } = call.clone();
    AgentInput::Held(Held {
        hold_id,
        session,
        directory,
        tool: message_id.map(|message_id| AskTool { message_id, call_id }),
        call: HeldCall { tool, file, real_file, command, arguments, diff, reading: None },
        judge,
        early,
        denied_by,
    })
}

/// What people are told of something that went past the gate.
fn alarmed(alarm: GateAlarm, detail: &str) -> AgentInput {
    let (alarm, what) = match alarm {
        GateAlarm::ForeignReply => (
            "foreign_reply",
            "Someone, or the agent itself, answered in OpenCode, bypassing the gateway. That answer had no effect",
        ),
        GateAlarm::ForeignAsk => (
            "foreign_ask",
            "OpenCode asked for something that hadn't gone through the gateway. It was rejected",
        ),
        GateAlarm::Unknown => ("unknown", "The plugin reported something that bypassed the gateway"),
    };
    AgentInput::Alarmed { alarm, text: format!("{what}: {}.", one_line(detail)) }
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
        descriptions: one.options.iter().map(|option| option.description.clone()).collect(),
        multiple: one.multiple,
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
    fn greet(&self, pod: &str, hello: &Hello) {
        self.session_tasks.guards().note(pod, hello);
    }

    fn take<'a>(&'a self, identity: &'a Arc<PodIdentity>, batch: Vec<Inbound>) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let pod: Arc<str> = identity.name.as_str().into();
            for inbound in batch {
                self.take_one(identity, &pod, inbound).await;
            }
        })
    }

    fn session_asking(&self, ask: &str) -> Option<String> {
        self.session_tasks.session_asking(ask)
    }

    fn keeps(&self, session: &str) -> bool {
        self.session_tasks.knows(session)
    }
}
