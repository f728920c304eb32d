//! What a person hears about what they did: taken, queued, refused. One sentence for every surface.

use crate::ask::Answer;
use crate::demand::count_in_words;
use crate::limits::LimitReached;
use crate::proven::Proof;
use crate::sizes::MAX_QUEUED_BYTES;
use crate::visible::visible;
use serde::{Deserialize, Serialize};

/// What a person hears about an answer, a message, or a step such as to pause.
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
    /// The gateway itself goes on: no agent waited for this.
    DeployAllowed,
    DeployDenied,
    AnsweredBefore {
        by: String,
        answer: Answer,
    },
    NoLongerAsked {
        why: String,
    },
    NotAllowed,
    /// The rules of the repository don't let this person answer, or not so.
    RefusedByRule {
        why: String,
    },
    /// Kept; other people must allow it too.
    NeedsSecond {
        why: String,
        /// How many.
        more: u8,
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
    /// What a mask hides, for this person alone.
    InFull {
        text: InFull,
    },
    /// Steered as wanted.
    Done,
    /// There was nothing to do.
    Idle {
        why: String,
    },
    /// What is asked is not what this person saw.
    Changed,
    /// Another kind of answer is needed.
    WrongKind {
        takes: String,
    },
    /// Calls like this one can't be granted, or not in this way.
    NoGrant {
        why: String,
    },
    /// It takes better proof of who answers.
    NeedsProof {
        wanted: Proof,
    },
    Unknown,
}

by_name::by_name!(Verdict);

/// Text with its secrets: it is in no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct InFull(pub String);

impl std::fmt::Debug for InFull {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(crate::mask::MASK)
    }
}

impl Verdict {
    /// The answer was taken.
    pub fn is_taken(&self) -> bool {
        matches!(
            self,
            Self::Taken | Self::TakenForLater | Self::TakenLate | Self::DeployAllowed | Self::DeployDenied
        )
    }

    /// What the person wanted was not done.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Taken
            | Self::TakenForLater
            | Self::TakenLate
            | Self::DeployAllowed
            | Self::DeployDenied
            | Self::NeedsSecond { .. }
            | Self::Sent
            | Self::Queued { .. }
            | Self::Answered { .. }
            | Self::InFull { .. }
            | Self::Done => false,
            Self::AnsweredBefore { .. }
            | Self::NoLongerAsked { .. }
            | Self::NotAllowed
            | Self::RefusedByRule { .. }
            | Self::QueueFull { .. }
            | Self::TooLong { .. }
            | Self::SessionEnded
            | Self::AtLimit(_)
            | Self::Idle { .. }
            | Self::Changed
            | Self::WrongKind { .. }
            | Self::NoGrant { .. }
            | Self::NeedsProof { .. }
            | Self::Unknown => true,
        }
    }

    /// For the person who did it.
    pub fn sentence(&self) -> String {
        match self {
            Self::Taken => "Saved. The agent has your answer.".to_owned(),
            Self::TakenForLater => "Saved. Your answer is applied when the agent is back.".to_owned(),
            Self::TakenLate => "Saved. The request had timed out, but the agent has been told.".to_owned(),
            Self::DeployAllowed => "Saved. The deployment begins.".to_owned(),
            Self::DeployDenied => "Saved. Nothing is deployed.".to_owned(),
            Self::RefusedByRule { why } => visible(why),
            Self::NeedsSecond { why, more } => format!(
                "Your approval is saved, but nothing runs yet: {} must approve this too ({}).",
                others(*more),
                why.trim_end_matches('.')
            ),
            Self::Sent => "Sent to the agent.".to_owned(),
            Self::Queued { behind, at_limit } => queued(*behind, at_limit.as_ref()),
            Self::Answered { .. } => "Sent as your answer.".to_owned(),
            Self::InFull { .. } => "Shown to you, and noted in the audit log.".to_owned(),
            Self::Done => "Done.".to_owned(),
            Self::AnsweredBefore { by, answer } => {
                visible(&format!("{by} answered first: {}.", answer.in_words()))
            }
            Self::NoLongerAsked { why } => format!("This request is no longer open: {why}."),
            Self::NotAllowed => "You can't answer for this project. Ask one of its approvers.".to_owned(),
            Self::QueueFull { limit } => format!(
                "The agent is busy, and {limit} messages (or {} KiB) are already queued. Stop it, or wait until it has read them.",
                MAX_QUEUED_BYTES / 1024
            ),
            Self::TooLong { limit } => format!(
                "Messages are limited to {} KiB. Put the rest into a file in the repository.",
                limit / 1024
            ),
            Self::SessionEnded => "This session is closed. Reopen it to continue.".to_owned(),
            Self::AtLimit(limit) => format!("{limit}."),
            Self::Idle { why } => format!("Nothing was done: {why}."),
            Self::Changed => "The request has changed. Please review it again.".to_owned(),
            Self::WrongKind { takes } => {
                format!("This request can't be answered that way. It takes {takes}.")
            }
            Self::NoGrant { why } => visible(why),
            Self::NeedsProof { wanted } => needs_proof(*wanted).to_owned(),
            Self::Unknown => {
                "This request is no longer open. Its outcome is in the session's thread.".to_owned()
            }
        }
    }
}

fn needs_proof(wanted: Proof) -> &'static str {
    match wanted {
        Proof::Claimed | Proof::Account => {
            "To approve this, sign in with an account that proves who you are. Nothing was saved."
        }
        Proof::Fresh => "To approve this, sign in again: your sign-in is too old. Nothing was saved.",
        Proof::Passkey => "To approve this, use your passkey in the console. Nothing was saved.",
    }
}

fn queued(behind: usize, at_limit: Option<&LimitReached>) -> String {
    if let Some(limit) = at_limit {
        let then = "is queued and sent as soon as one of them finishes, is stopped or asks for input.";
        return format!("{} Your message {then}", limit.reason());
    }
    let place = match behind {
        0 => "is next".to_owned(),
        1 => "is second in the queue".to_owned(),
        more => format!("is queued behind {more} others"),
    };
    format!("The agent is busy or offline. Your message {place}.")
}

/// A verdict as the API serves it: with the sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reply {
    #[serde(flatten)]
    pub verdict: Verdict,
    /// For the person who did it.
    pub sentence: String,
}

impl From<Verdict> for Reply {
    fn from(verdict: Verdict) -> Self {
        let sentence = verdict.sentence();
        Self { verdict, sentence }
    }
}

fn others(more: u8) -> String {
    match more {
        1 => "another person".to_owned(),
        more => format!("{} other people", count_in_words(more)),
    }
}
