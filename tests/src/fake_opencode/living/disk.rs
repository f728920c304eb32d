//! What outlives the agent's death: the conversation, and how far each tool call came.

use bridge_protocol::{
    AskTool, MessageInfo, PartView, Role, SessionInfo, SessionSnapshot, SessionStatus, ToolCall, ToolStatus,
    TurnState,
};
use std::collections::BTreeMap;

#[derive(Default)]
pub struct Disk {
    sessions: BTreeMap<String, Vec<Turn>>,
    count: u64,
}

/// A user message and everything that was done about it.
#[derive(Clone, Debug)]
pub struct Turn {
    pub user_message: String,
    pub wish: Wish,
    pub calls: Vec<Call>,
    pub finished: bool,
}

/// What the model does in a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    Run { command: String },
    Ask { question: String },
}

/// One tool call. The call of a dead OpenCode stays `Waiting` or `Running` for ever.
#[derive(Clone, Debug)]
pub struct Call {
    pub message_id: String,
    pub call_id: String,
    /// The name of the ask that it brought, once it asked.
    pub asked_as: Option<String>,
    pub status: CallStatus,
    /// How often its command was really executed.
    pub runs: u32,
    /// What the model reads as its result.
    pub told: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallStatus {
    /// Waits for its answer.
    Waiting,
    /// Was allowed; the tool's own code runs.
    Running,
    Completed,
    Failed,
}

impl Wish {
    /// `run: COMMAND` or `ask: QUESTION`.
    pub(super) fn parse(text: &str) -> Self {
        match text.split_once(": ") {
            Some(("ask", question)) => Self::Ask { question: question.to_owned() },
            Some((_, command)) => Self::Run { command: command.to_owned() },
            None => Self::Run { command: text.to_owned() },
        }
    }
}

impl Turn {
    /// How often commands of this turn were executed.
    pub fn runs(&self) -> u32 {
        self.calls.iter().map(|call| call.runs).sum()
    }

    /// Every name under which this turn asked.
    pub fn asks(&self) -> Vec<String> {
        self.calls.iter().filter_map(|call| call.asked_as.clone()).collect()
    }

    /// A call that had begun when OpenCode died: it may have half run.
    pub fn was_cut_while_running(&self) -> bool {
        self.calls.iter().any(|call| call.status == CallStatus::Running)
    }

    /// Results of tools that the model was told.
    pub fn told(&self) -> Vec<&str> {
        self.calls.iter().filter(|call| !call.told.is_empty()).map(|call| call.told.as_str()).collect()
    }

    fn state(&self) -> TurnState {
        let last = self.calls.last().map_or(&self.user_message, |call| &call.message_id);
        TurnState {
            user_message_id: self.user_message.clone(),
            last_message_id: last.clone(),
            finished: self.finished,
        }
    }
}

impl Disk {
    pub(super) fn with(sessions: &[String]) -> Self {
        Self { sessions: sessions.iter().map(|id| (id.clone(), vec![])).collect(), count: 0 }
    }

    pub(super) fn turns(&self, session: &str) -> &[Turn] {
        self.sessions.get(session).map_or(&[], Vec::as_slice)
    }

    pub(super) fn newest(&mut self, session: &str) -> Option<&mut Turn> {
        self.sessions.get_mut(session)?.last_mut()
    }

    pub(super) fn has(&self, session: &str, user_message: &str) -> bool {
        self.turns(session).iter().any(|turn| turn.user_message == user_message)
    }

    pub(super) fn begin_turn(&mut self, session: &str, user_message: &str, wish: Wish) {
        let turn = Turn { user_message: user_message.to_owned(), wish, calls: vec![], finished: false };
        self.sessions.entry(session.to_owned()).or_default().push(turn);
    }

    /// The call that the model makes now, under new names.
    pub(super) fn begin_call(&mut self, session: &str) -> Option<(Wish, AskTool)> {
        let (message_id, call_id) = (self.next("msg_double"), self.next("call_double"));
        let turn = self.newest(session)?;
        let (asked_as, status, told) = (None, CallStatus::Waiting, String::new());
        let tool = AskTool { message_id: message_id.clone(), call_id: call_id.clone() };
        turn.calls.push(Call { message_id, call_id, asked_as, status, runs: 0, told });
        Some((turn.wish.clone(), tool))
    }

    pub(super) fn call(&mut self, session: &str, tool: &AskTool) -> Option<&mut Call> {
        let turns = self.sessions.get_mut(session)?;
        let mut calls = turns.iter_mut().flat_map(|turn| &mut turn.calls);
        calls.find(|call| call.call_id == tool.call_id)
    }

    pub(super) fn next(&mut self, prefix: &str) -> String {
        self.count += 1;
        format!("{prefix}{:06}", self.count)
    }

    pub(super) fn snapshots(&self, busy: impl Fn(&str) -> bool) -> Vec<SessionSnapshot> {
        let snapshot = |(id, turns): (&String, &Vec<Turn>)| {
            let status = if busy(id) { SessionStatus::Busy } else { SessionStatus::Idle };
            let telling = |turn: &&Turn| busy(id) || !turn.finished;
            SessionSnapshot { session: info(id), status, turn: turns.last().filter(telling).map(Turn::state) }
        };
        self.sessions.iter().map(snapshot).collect()
    }

    pub(super) fn messages(&self, session: &str) -> Vec<MessageInfo> {
        self.turns(session).iter().flat_map(messages_of).collect()
    }
}

fn info(id: &str) -> SessionInfo {
    SessionInfo {
        id: id.to_owned(),
        title: "A double".to_owned(),
        directory: super::DIRECTORY.to_owned(),
        parent_id: None,
        agent: None,
        model: None,
        created_at: 1_000,
        updated_at: 1_000,
        archived: false,
    }
}

fn messages_of(turn: &Turn) -> Vec<MessageInfo> {
    let user = message(&turn.user_message, Role::User, None, vec![]);
    let calls = turn.calls.iter().map(|call| {
        let finish = call.is_over().then_some("tool-calls");
        message(&call.message_id, Role::Assistant, finish, vec![PartView::Tool(call.view())])
    });
    let last = format!("{}_final", turn.user_message);
    let last = turn.finished.then(|| message(&last, Role::Assistant, Some("stop"), vec![]));
    [user].into_iter().chain(calls).chain(last).collect()
}

fn message(id: &str, role: Role, finish: Option<&str>, parts: Vec<PartView>) -> MessageInfo {
    MessageInfo {
        id: id.to_owned(),
        role,
        parent_id: None,
        agent: None,
        model: None,
        created_at: 1_000,
        completed_at: finish.map(|_| 1_000),
        finish: finish.map(str::to_owned),
        error: None,
        tokens: None,
        cost: None,
        from_gateway: role == Role::User,
        parts,
    }
}

impl Call {
    pub(super) fn is_over(&self) -> bool {
        matches!(self.status, CallStatus::Completed | CallStatus::Failed)
    }

    /// As the plugin tells it: a call began once the tool's own code ran.
    pub(super) fn view(&self) -> ToolCall {
        let status = match self.status {
            CallStatus::Waiting | CallStatus::Running => ToolStatus::Running,
            CallStatus::Completed => ToolStatus::Completed,
            CallStatus::Failed => ToolStatus::Error,
        };
        ToolCall {
            part_id: format!("prt_{}", self.call_id),
            call_id: self.call_id.clone(),
            tool: "bash".to_owned(),
            status,
            title: None,
            file: None,
            command: None,
            output: None,
            error: None,
            diff: None,
            started_at: None,
            ended_at: None,
            exit_code: None,
            began: matches!(self.status, CallStatus::Running | CallStatus::Completed),
        }
    }
}
