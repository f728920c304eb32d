//! A message as OpenCode has it now, in the words of this crate.

/// The whole message, as far as it is written. It is told again whenever it changes.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageSeen {
    pub id: String,
    /// When it was begun, by the pod's clock.
    pub created_ms: i64,
    pub from_person: bool,
    /// Nothing follows in it.
    pub done: bool,
    /// The turn's last message: its text is the agent's answer, not a word in passing.
    pub closes_turn: bool,
    pub error: Option<String>,
    pub parts: Vec<PartSeen>,
}

/// Whose words a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writer<'a> {
    /// It came through the gateway, from the person of this name.
    Person(&'a str),
    /// The gateway told the agent something.
    Gateway,
    /// It did not come through the gateway.
    Elsewhere,
}

#[derive(Clone, Debug, PartialEq)]
pub enum PartSeen {
    Text {
        id: String,
        text: String,
        done: bool,
    },
    /// The model's own thoughts. They answer nothing and nobody.
    Reasoning {
        id: String,
        text: String,
        done: bool,
        took_ms: Option<i64>,
    },
    Tool(Box<ToolSeen>),
    File {
        id: String,
        name: String,
        mime: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolState {
    Waiting,
    Running,
    Done,
    Failed,
    /// OpenCode died while it ran.
    Cut,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ToolSeen {
    pub id: String,
    /// OpenCode's name of the call, which an ask about it names too.
    pub call: String,
    pub tool: String,
    pub state: ToolState,
    pub title: Option<String>,
    pub file: Option<String>,
    pub command: Option<String>,
    pub output: Option<String>,
    pub error: Option<String>,
    pub diff: Option<String>,
    /// Of a command that has ended.
    pub exit_code: Option<i64>,
    pub took_ms: Option<i64>,
}

impl ToolSeen {
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, ToolState::Waiting | ToolState::Running)
    }
}
