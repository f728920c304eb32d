//! Everything that a session wants done, in order.

use crate::ask::{Answer, Ask, AskTool};
use crate::audit::AuditEntry;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The record must be on disk before any effect after this one (invariant I2).
    Persist,
    Command {
        request_id: String,
        command: AskCommand,
    },
    /// The card of this ask changed.
    Show(Box<Ask>),
    /// Wake the session at that time.
    Arm(Timestamp),
    Audit(AuditEntry),
    /// What the person who answered is told.
    Tell(Verdict),
}

/// What OpenCode is told about asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum AskCommand {
    Reply {
        session: String,
        directory: String,
        opencode_id: String,
        tool: Option<AskTool>,
        answer: Answer,
    },
    /// Writes the answers into a question that OpenCode's death interrupted.
    Complete {
        session: String,
        tool: AskTool,
        questions: Vec<String>,
        answers: Vec<Vec<String>>,
    },
    /// Goes on with an interrupted turn.
    Resume {
        session: String,
        user_message_id: String,
    },
    /// Writes to the agent, under an id of ours.
    Say {
        session: String,
        message_id: String,
        text: String,
    },
}

/// What a person hears about an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    Taken,
    /// Taken; it is applied when the agent is back.
    TakenForLater,
    /// The time was over; the agent is told all the same.
    TakenLate,
    AnsweredBefore {
        by: String,
        answer: Answer,
    },
    NoLongerAsked {
        why: String,
    },
    NotAllowed,
    /// What is asked is not what this person saw.
    Changed,
    WrongKind,
    Unknown,
}
