//! Everything that a session wants done, in order.

use crate::ask::{Answer, Ask};
use crate::audit::AuditEntry;
use crate::limits::LimitReached;
use crate::order::{AgentOrder, Order};
use crate::thread::ThreadChange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The record must be on disk before any other effect (invariant I2). Always the first, and there if the record changed.
    Persist,
    /// Something to be done outside.
    Order {
        request_id: String,
        order: Order,
    },
    /// The gate judged a call. Where a rule decided, this lets the call go or refuses it, and nothing waits for the outcome: a
    /// call that did not hear of it is told of again.
    Judged {
        /// `allow`, `deny`, `ask` or `ask_two`.
        verdict: &'static str,
        release: Option<AgentOrder>,
    },
    /// Something went past the gate, or tried to.
    Alarmed {
        alarm: &'static str,
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
