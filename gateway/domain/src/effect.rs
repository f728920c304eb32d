//! Everything that a session wants done, in order.

use crate::ask::{Answer, Ask, AskTool};
use crate::audit::AuditEntry;
use crate::files::FileNote;
use crate::limits::LimitReached;
use crate::record::ModelChoice;
use crate::thread::ThreadChange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// The thread changed.
    Thread(ThreadChange),
    /// The files of this message are not needed any more.
    Discard {
        message_id: String,
    },
    /// What the person who answered is told.
    Tell(Verdict),
}

/// What OpenCode is told about asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[serde(remote = "Self")]
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
    /// Goes on with the newest message, whose turn failed. Nothing is added to the conversation.
    Retry {
        session: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelChoice>,
    },
    /// Writes to the agent, under an id of ours.
    Say {
        session: String,
        message_id: String,
        text: String,
    },
    /// What a person wrote.
    Prompt {
        session: String,
        message_id: String,
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<FileNote>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<ModelChoice>,
    },
    /// Stops the turn.
    Abort {
        session: String,
    },
    /// Makes the workspace that a person configured. Asked again for the same session, it is the same one.
    MakePlace {
        session: String,
        title: String,
        values: BTreeMap<String, String>,
    },
    /// Stops the turn, refuses what it holds, and moves the session.
    Move {
        session: String,
        directory: String,
    },
    /// Lets a held call run, or refuses it with a sentence.
    Release {
        session: String,
        hold_id: String,
        refuse: Option<String>,
    },
}

by_name::by_name!(AskCommand);

/// What a person hears about an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[serde(remote = "Self")]
#[cfg_attr(feature = "schema", schemars(rename = "Verdict"))]
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
    /// Kept; a second person must allow it too.
    NeedsSecond {
        why: String,
    },
    /// The message is on its way to the agent.
    Sent,
    /// The agent is busy or away, or too much runs already; the message waits behind that many others.
    Queued {
        behind: usize,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_limit: Option<LimitReached>,
    },
    /// It answered the only open question.
    Answered {
        ask: String,
    },
    /// Too much waits already.
    QueueFull {
        limit: usize,
    },
    /// One message is longer than all that may wait.
    TooLong {
        limit: usize,
    },
    SessionEnded,
    /// Too much runs already, and this is not something that could wait.
    AtLimit(LimitReached),
    /// Steered as wanted.
    Done,
    /// There was nothing to do.
    Idle {
        why: String,
    },
    /// What is asked is not what this person saw.
    Changed,
    WrongKind,
    Unknown,
}

by_name::by_name!(Verdict);

impl Verdict {
    /// The answer was taken.
    pub fn is_taken(&self) -> bool {
        matches!(self, Self::Taken | Self::TakenForLater | Self::TakenLate)
    }

    /// What the person wanted was not done.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Taken
            | Self::TakenForLater
            | Self::TakenLate
            | Self::NeedsSecond { .. }
            | Self::Sent
            | Self::Queued { .. }
            | Self::Answered { .. }
            | Self::Done => false,
            Self::AnsweredBefore { .. }
            | Self::NoLongerAsked { .. }
            | Self::NotAllowed
            | Self::QueueFull { .. }
            | Self::TooLong { .. }
            | Self::SessionEnded
            | Self::AtLimit(_)
            | Self::Idle { .. }
            | Self::Changed
            | Self::WrongKind
            | Self::Unknown => true,
        }
    }
}
