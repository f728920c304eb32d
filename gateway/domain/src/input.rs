//! Everything that can happen to a session, as one closed list.

use crate::ask::{Answer, Asked, Person};

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// OpenCode asks.
    Asked(Asked),
    /// OpenCode has an answer, whoever gave it.
    Resolved {
        opencode_id: String,
        answer: String,
        by_gateway: bool,
    },
    /// The turn was stopped: nobody waits for its asks.
    Aborted,
    Deleted,
    /// The agent has nothing more to do.
    TurnEnded,
    PodLost,
    PodBack(Reconnected),
    Answer(AnswerGiven),
    /// An ask's time is over (or the clock was set).
    Tick,
    CommandDone {
        request_id: String,
        outcome: CommandOutcome,
    },
}

/// How things stand in OpenCode after its link came back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconnected {
    /// The asks that OpenCode holds now, by its names.
    pub open: Vec<String>,
    /// The newest turn, when it was looked at.
    pub turn: Option<Turn>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub user_message_id: String,
    /// False when OpenCode died under it.
    pub finished: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AnswerGiven {
    pub ask: String,
    /// Of what the person saw; without one the ask as it is now is meant.
    pub digest: Option<String>,
    pub by: Person,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandOutcome {
    /// OpenCode was waiting and took it.
    Applied,
    Done,
    /// OpenCode holds no such ask.
    NotPending {
        ran: bool,
        interrupted: bool,
    },
    /// A newer turn followed, or the message is gone: nothing to go on with.
    Superseded,
    /// It may or may not have taken effect; it is sent again.
    Unknown,
}
