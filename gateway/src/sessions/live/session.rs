//! One session of the live picture: folds events, tells watchers.

use super::change::{ChangeKind, LiveChange};
use super::live_asks::{LiveAsk, LiveAskBody, LiveAskState};
use super::message::{Folded, LiveMessage, MessageView};
use super::{KEPT_BYTES, KEPT_MESSAGES, KEPT_SETTLED_ASKS, WATCHER_QUEUE};
use crate::sessions::pages::OpenCodePages;
use bridge_protocol::{Event, MessageInfo, PartView, SessionInfo, SessionStatus, TodoItem};
use gateway_domain::GuardState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::broadcast;

#[derive(JsonSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveStatus {
    Idle,
    Busy,
    Retrying,
    Failed,
    Deleted,
    #[serde(other)]
    Unknown,
}

pub struct LiveSession {
    info: SessionInfo,
    pod: Arc<str>,
    online: bool,
    status: LiveStatus,
    messages: VecDeque<LiveMessage>,
    asks: VecDeque<LiveAsk>,
    todos: Vec<TodoItem>,
    rev: u64,
    /// Of the messages.
    bytes: usize,
    /// Pieces of text and messages that were left out because they were too large, since that was asked last.
    dropped: u64,
    /// Made when somebody watches, dropped when nobody does.
    watchers: Option<broadcast::Sender<Arc<LiveChange>>>,
}

/// A session as the API shows it.
#[derive(JsonSchema, Clone, Debug, Serialize)]
pub struct SessionView {
    #[serde(flatten)]
    pub info: SessionInfo,
    pub pod: String,
    pub online: bool,
    pub status: LiveStatus,
    pub rev: u64,
    pub open_asks: usize,
    /// Where OpenCode's own web UI shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opencode_url: Option<String>,
    /// What is wrong with its record, if that is damaged and set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrecoverable: Option<String>,
    /// How its agent is kept from what is not its own. Filled in when it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guard: Option<GuardState>,
}

impl LiveSession {
    pub(super) fn new(info: SessionInfo, pod: Arc<str>) -> Self {
        Self {
            info,
            pod,
            online: true,
            status: LiveStatus::Idle,
            messages: VecDeque::new(),
            asks: VecDeque::new(),
            todos: vec![],
            rev: 0,
            bytes: 0,
            dropped: 0,
            watchers: None,
        }
    }

    /// A session that an event named before it was described.
    pub(super) fn unknown(id: &str, pod: Arc<str>) -> Self {
        let (title, directory) = (String::new(), String::new());
        let info = SessionInfo {
            id: id.to_owned(),
            title,
            directory,
            parent_id: None,
            agent: None,
            model: None,
            created_at: 0,
            updated_at: 0,
            archived: false,
        };
        Self::new(info, pod)
    }

    /// Folds an event in. Says whether something is missing that only OpenCode can tell.
    pub(super) fn apply(&mut self, at: i64, event: Event) -> bool {
        let gap = self.fold(at, event);
        self.keep_within(KEPT_BYTES);
        gap
    }

    fn fold(&mut self, at: i64, event: Event) -> bool {
        match event {
            Event::SessionCreated { session } | Event::SessionUpdated { session } => self.describe(session),
            Event::SessionDeleted {} => self.delete(),
            Event::SessionActive {} => self.set_status(LiveStatus::Busy),
            Event::SessionIdle {} => self.set_status(LiveStatus::Idle),
            Event::SessionCompacted {} => {}
            Event::SessionRetrying { attempt, message, next_at } => {
                self.status = LiveStatus::Retrying;
                self.tell(ChangeKind::Retrying { attempt, message, next_at });
            }
            Event::SessionFailed { error, aborted } => self.fail(error.name, error.message, aborted),
            Event::MessageStarted { message } | Event::MessageCompleted { message } => self.message(message),
            Event::PartStreamed { message_id, part_id, role, kind, offset, content } => {
                return self.in_message(&message_id, role, |message| {
                    message.stream(&part_id, kind, offset, &content)
                });
            }
            Event::PartCompleted { message_id, part_id, role, kind, content, took_ms } => {
                return self.in_message(&message_id, role, |message| {
                    message.complete_part(&part_id, kind, &content, took_ms)
                });
            }
            Event::PartAttached { message_id, part_id, role, filename, mime } => {
                let file = PartView::File { id: part_id, filename, mime };
                return self.in_message(&message_id, role, |message| message.attach(file));
            }
            Event::ToolExecuted { message_id, call } => {
                let role = bridge_protocol::Role::Assistant;
                return self.in_message(&message_id, role, |message| message.tool(call));
            }
            Event::AgentMilestone { milestone_id: id, kind, description, details } => {
                self.tell(ChangeKind::Milestone { id, kind, description, details, at });
            }
            Event::PermissionAsked { ask } => self.ask(LiveAskBody::Permission(ask)),
            Event::QuestionAsked { ask } => self.ask(LiveAskBody::Question(ask)),
            // Of what the gate judges, what people are asked comes from there.
            Event::ToolHeld { held } if held.judge => {}
            Event::ToolHeld { held } => self.ask(LiveAskBody::Held(held)),
            Event::PermissionResolved { permission_id, reply, by_gateway } => {
                self.settle(&permission_id, LiveAskState::Resolved { answer: reply, by_gateway });
            }
            Event::QuestionResolved { question_id, answers, by_gateway } => {
                let answer = answers.map_or_else(|| "dismissed".to_owned(), joined);
                self.settle(&question_id, LiveAskState::Resolved { answer, by_gateway });
            }
            Event::ToolUnheld { hold_id, ran } => {
                let answer = if ran { "let through" } else { "refused" }.to_owned();
                self.settle(&hold_id, LiveAskState::Resolved { answer, by_gateway: true });
            }
            Event::TodoChanged { todos } => self.set_todos(todos),
            Event::FilesChanged { files } => self.tell(ChangeKind::Files { files }),
            Event::GateAlarmed { .. } | Event::AgentChecksWanted { .. } => {}
            Event::SessionStale {} => return true,
        }
        false
    }

    /// The latest pod that tells of the session has it.
    pub(super) fn lives_in(&mut self, pod: &Arc<str>) {
        self.pod = Arc::clone(pod);
        self.set_online(true);
    }

    /// Puts right what is believed, from the snapshot of a `hello`.
    pub(super) fn reconcile(&mut self, info: SessionInfo, status: SessionStatus, pod: &Arc<str>) {
        self.lives_in(pod);
        self.describe(info);
        self.set_status(match status {
            SessionStatus::Idle => LiveStatus::Idle,
            SessionStatus::Busy => LiveStatus::Busy,
            SessionStatus::Retry => LiveStatus::Retrying,
            SessionStatus::Unknown => LiveStatus::Unknown,
        });
    }

    /// Closes the open asks that OpenCode no longer holds.
    pub(super) fn keep_asks(&mut self, held: &dyn Fn(&str) -> bool, became: &LiveAskState) {
        let gone: Vec<String> = self
            .asks
            .iter()
            .filter(|ask| ask.is_open() && !held(ask.id()))
            .map(|ask| ask.id().to_owned())
            .collect();
        for id in gone {
            self.settle(&id, became.clone());
        }
    }

    /// Takes in messages that were read from OpenCode, oldest first.
    pub(super) fn merge(&mut self, messages: Vec<MessageInfo>) {
        for theirs in messages {
            let changes = self.message_of(&theirs.id.clone(), theirs.role).merge(theirs);
            for change in changes {
                self.tell(change);
            }
        }
        // What was read is put in OpenCode's own order.
        self.messages.make_contiguous().sort_by(|a, b| a.order().cmp(&b.order()));
        self.bytes = self.weighed();
        self.drop_oldest();
        self.keep_within(KEPT_BYTES);
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// Leaves out the oldest: it is read from OpenCode when somebody asks for it.
    fn keep_within(&mut self, most: usize) {
        debug_assert_eq!(self.bytes, self.weighed(), "the sum is up to date");
        while self.bytes > most && self.messages.len() > 1 {
            self.drop_first();
        }
        if let Some(last) = self.messages.back_mut() {
            self.bytes -= last.shorten(most);
        }
    }

    /// All messages anew. With each piece of text that would be too much: a long session has thousands of parts.
    fn weighed(&self) -> usize {
        self.messages.iter().map(LiveMessage::bytes).sum()
    }

    fn drop_first(&mut self) {
        if let Some(oldest) = self.messages.pop_front() {
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
            self.dropped += 1;
        }
    }

    /// Gives up half of what it holds, and the last message too if it must.
    pub(super) fn give_up_half(&mut self) {
        let half = self.bytes / 2;
        while self.bytes > half && !self.messages.is_empty() {
            self.drop_first();
        }
        if self.messages.is_empty() {
            self.bytes = 0;
        }
    }

    pub(super) fn ask(&mut self, body: LiveAskBody) {
        let ask = LiveAsk::open(body);
        if self.asks.iter().any(|known| known.id() == ask.id() && known.state != LiveAskState::Orphaned) {
            return;
        }
        self.asks.retain(|known| known.id() != ask.id());
        self.asks.push_back(ask.clone());
        while self.asks.iter().filter(|ask| !ask.is_open()).count() > KEPT_SETTLED_ASKS {
            let Some(oldest) = self.asks.iter().position(|ask| !ask.is_open()) else { break };
            self.asks.remove(oldest);
        }
        self.tell(ChangeKind::Ask { ask });
    }

    pub(super) fn set_online(&mut self, online: bool) {
        if self.online != online {
            self.online = online;
            self.tell(ChangeKind::Online { online });
        }
    }

    pub fn info(&self) -> &SessionInfo {
        &self.info
    }

    pub fn pod(&self) -> &Arc<str> {
        &self.pod
    }

    pub fn status(&self) -> LiveStatus {
        self.status
    }

    pub fn view(&self, pages: &OpenCodePages) -> SessionView {
        SessionView {
            info: self.info.clone(),
            pod: self.pod.to_string(),
            online: self.online,
            status: self.status,
            rev: self.rev,
            open_asks: self.asks.iter().filter(|ask| ask.is_open()).count(),
            opencode_url: pages.url(&self.pod, &self.info.directory, &self.info.id),
            unrecoverable: None,
            guard: None,
        }
    }

    /// A message, and its parts that are finished.
    pub(super) fn look_at(&self, id: &str) -> Option<(MessageView, Vec<String>)> {
        let message = self.messages.iter().rev().find(|message| message.id() == id)?;
        Some((message.view(), message.finished_parts()))
    }

    pub fn messages(&self) -> Vec<MessageView> {
        self.messages.iter().map(LiveMessage::view).collect()
    }

    pub fn asks(&self) -> Vec<LiveAsk> {
        self.asks.iter().cloned().collect()
    }

    pub fn todos(&self) -> &[TodoItem] {
        &self.todos
    }

    pub(super) fn is_busy(&self) -> bool {
        matches!(self.status, LiveStatus::Busy | LiveStatus::Retrying)
    }

    pub(super) fn has_messages(&self) -> bool {
        !self.messages.is_empty()
    }

    pub(super) fn watch(&mut self) -> broadcast::Receiver<Arc<LiveChange>> {
        self.watchers.get_or_insert_with(|| broadcast::channel(WATCHER_QUEUE).0).subscribe()
    }

    // --- helpers ---

    fn describe(&mut self, info: SessionInfo) {
        let told = self.info.title != info.title || self.info.directory != info.directory;
        self.info = info;
        if told {
            let (title, directory) = (self.info.title.clone(), self.info.directory.clone());
            self.tell(ChangeKind::Info { title, directory });
        }
    }

    fn delete(&mut self) {
        self.keep_asks(&|_| false, &LiveAskState::Withdrawn);
        self.status = LiveStatus::Deleted;
        self.tell(ChangeKind::Deleted {});
    }

    fn fail(&mut self, name: String, message: String, aborted: bool) {
        if aborted {
            // OpenCode keeps the asks of an aborted turn in its lists although nobody waits for them.
            self.keep_asks(&|_| false, &LiveAskState::Withdrawn);
        } else {
            self.status = LiveStatus::Failed;
        }
        self.tell(ChangeKind::Failed { name, message, aborted });
    }

    fn set_status(&mut self, status: LiveStatus) {
        if self.status != status {
            self.status = status;
            self.tell(ChangeKind::Status { status });
        }
    }

    fn set_todos(&mut self, todos: Vec<TodoItem>) {
        self.todos.clone_from(&todos);
        self.tell(ChangeKind::Todos { todos });
    }

    fn message(&mut self, info: MessageInfo) {
        self.in_message(&info.id.clone(), info.role, |message| Folded::changed(message.describe(info)));
    }

    /// Changes one message, and says whether something is missing that only OpenCode can tell.
    fn in_message(
        &mut self,
        id: &str,
        role: bridge_protocol::Role,
        change: impl FnOnce(&mut LiveMessage) -> Folded,
    ) -> bool {
        let message = self.message_of(id, role);
        let before = message.bytes();
        let folded = change(message);
        let after = message.bytes();
        self.bytes = self.bytes - before + after;
        self.folded(folded)
    }

    fn settle(&mut self, id: &str, became: LiveAskState) {
        let Some(ask) = self.asks.iter_mut().find(|ask| ask.id() == id && ask.is_open()) else { return };
        ask.state = became;
        let ask = ask.clone();
        self.tell(ChangeKind::Ask { ask });
    }

    fn message_of(&mut self, id: &str, role: bridge_protocol::Role) -> &mut LiveMessage {
        let found = self.messages.iter().rposition(|message| message.id() == id);
        let index = found.unwrap_or_else(|| {
            let unknown = LiveMessage::unknown(id, role);
            self.bytes += unknown.bytes();
            self.messages.push_back(unknown);
            self.drop_oldest();
            self.messages.len() - 1
        });
        &mut self.messages[index]
    }

    fn drop_oldest(&mut self) {
        while self.messages.len() > KEPT_MESSAGES {
            let oldest = self.messages.pop_front().map_or(0, |oldest| oldest.bytes());
            self.bytes = self.bytes.saturating_sub(oldest);
        }
    }

    fn folded(&mut self, folded: Folded) -> bool {
        self.dropped += u64::from(folded.dropped);
        if let Some(change) = folded.change {
            self.tell(change);
        }
        folded.gap
    }

    fn tell(&mut self, kind: ChangeKind) {
        self.rev += 1;
        let Some(watchers) = &self.watchers else { return };
        if watchers.send(Arc::new(LiveChange { rev: self.rev, kind })).is_err() {
            self.watchers = None;
        }
    }
}

fn joined(answers: Vec<Vec<String>>) -> String {
    answers.iter().map(|answer| answer.join(", ")).collect::<Vec<_>>().join("; ")
}
